"""The growth of proof time is measured as it says, and what grows faster is not accepted."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import prove_scale


def test_a_size_is_measured_and_proved():
    row = prove_scale.measure(100, [])
    assert row["cells"] == 522
    links = ("hard = netlist", "netlist = optimised", "optimised = rtl", "rtl = yosys")
    assert prove_scale.total(row) == pytest.approx(sum(row[link] for link in links))
    assert all(value > 0 for value in row.values())


@pytest.mark.parametrize("power", [1.0, 1.5])
def test_the_exponent_is_the_slope_of_the_logarithms(power):
    rows = [{"cells": float(n), "a = b": 0.01 * n**power} for n in (1000, 3000, 10_000)]
    assert prove_scale.exponent(rows) == pytest.approx(power)


@pytest.mark.parametrize(("power", "code"), [(1.1, 0), (1.3, 1)])
def test_the_check_is_of_the_exponent(monkeypatch, capsys, power, code):
    class Here:
        def __init__(self, *_): ...
        def __enter__(self):
            return self

        def __exit__(self, *_): ...
        def submit(self, _, cells, targets):
            row = {"cells": float(cells), "export": 1.0, "a = b": cells**power, "MB": 1.0}
            return type("Future", (), {"result": lambda self: row})()

    monkeypatch.setattr(prove_scale, "ProcessPoolExecutor", Here)
    assert prove_scale.main(["--tiny", "--check"]) == code
    assert f"growth exponent of the proof: {power:.2f}" in capsys.readouterr().out
    assert prove_scale.main(["--tiny"]) == 0
