"""A simulation that comes to no end is ended, with the reason."""

from dataclasses import replace
from typing import Any

import pytest

from db2hdl_hw.errors import InputError, MismatchError, NotProvedError, ToolError
from db2hdl_sim import process, runner
from db2hdl_sim.process import _Clock
from db2hdl_sim.runner import simulate

RIGHT = "l0_xor_0 & l0_xor_1;"
LOOPED = "l0_xor_0 & l0_xor_1 & ~ l1_and_0;"


@pytest.fixture
def looped(bundle: Any) -> Any:
    bundle.rtl.write_text(bundle.rtl.read_text().replace(RIGHT, LOOPED))
    assert LOOPED in bundle.rtl.read_text()
    return bundle


def test_a_combinational_loop_is_named(looped: Any, simulator: str, request: Any) -> None:
    if simulator == "icarus":
        request.getfixturevalue("verilator")  # which finds the loop
    job = replace(looped.job(simulator=simulator), timeout=2.0)
    with pytest.raises(MismatchError, match=r"a combinational loop through .*l1_and_0"):
        simulate(job)


def test_without_verilator_the_loop_is_a_question(
    looped: Any, icarus: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise ToolError("no Verilator")

    monkeypatch.setattr(runner, "find_verilator", missing)
    monkeypatch.setattr(runner, "PATIENCE", 1.0)
    with pytest.raises(NotProvedError, match=r"no end of simulation.*a combinational loop\?"):
        simulate(looped.job(simulator=icarus))


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan")])
def test_no_time_is_refused(bundle: Any, seconds: float) -> None:
    with pytest.raises(InputError, match="needs some time"):
        replace(bundle.job("icarus"), timeout=seconds)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    time = [0.0]
    monkeypatch.setattr(process.time, "monotonic", lambda: time[0])
    return time


def test_building_takes_as_long_as_it_takes(now: list[float]) -> None:
    clock = _Clock(1.0, 1.0)
    now[0] = 1000.0
    clock.note("build", 0)
    clock.note("run", 0)
    now[0] += 2
    with pytest.raises(NotProvedError, match="within 1 s, 500 vectors are done"):
        clock.note("run", 500)


def test_without_a_limit_it_must_only_go_on(now: list[float]) -> None:
    clock = _Clock(None, 10.0)
    clock.note("run", 0)
    for done in range(500, 5000, 500):
        now[0] += 9
        clock.note("run", done)
        clock.note("run", done)
    now[0] += 11
    with pytest.raises(NotProvedError, match="after vector 4500 nothing was heard for 10 s"):
        clock.note("run", 4500)
