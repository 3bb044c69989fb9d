"""``db2hdl synth`` prints and keeps what a bundle costs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from db2hdl.bundle import export
from db2hdl_hw.boards import speed
from db2hdl_hw.boards.flow import NoPathError
from db2hdl_hw.errors import SynthesisError

Run = Callable[..., Any]

ORDER = ["encoder", "l0_and", "l1_or", "count", "argmax"]


def routed(monkeypatch: pytest.MonkeyPatch, result: object) -> None:
    def core_speed(*_: object, **__: object) -> object:
        if isinstance(result, Exception):
            raise result
        return result

    monkeypatch.setattr(speed, "core_speed", core_speed)


def test_parts_total_clock_and_evidence(
    db2hdl: Run, small_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib")
    used = {"ICESTORM_LC": (50, 7680), "SB_GB": (0, 8)}
    routed(monkeypatch, SimpleNamespace(fmax_mhz=80.0, used=used))
    plot = small_bundle.parent / "cost.svg"
    done = db2hdl("synth", small_bundle, "--target", "ice40", "--plot", plot, "--json")
    assert done.code == 0
    parts = done.json["parts"]
    assert list(parts) == sorted(parts, key=ORDER.index)
    assert 0 < done.json["total"]["luts"] <= sum(one["luts"] for one in parts.values())
    assert done.json["routed"]["slack_ns"] == -2.5
    assert done.json["routed"]["used"] == {"ICESTORM_LC": [50, 7680]}
    kept = json.loads((small_bundle / "evidence" / "synth-ice40.json").read_text())
    assert kept == done.json and "<svg" in plot.read_text()
    again = db2hdl("synth", small_bundle, "--target", "ice40")
    assert "80.0 MHz between registers" in again.out and "all in one, flat" in again.out
    assert "cached: synthesis of top for ice40 of 20" in " ".join(again.out.split())


def test_a_net_that_does_not_fit_is_a_result(
    db2hdl: Run, small_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    routed(monkeypatch, SynthesisError("the net does not fit: it needs 9 LC, 1 too few"))
    done = db2hdl("synth", small_bundle, "--target", "ice40")
    assert done.code == 0 and "1 too few" in done.out


def test_a_net_without_a_path_between_registers_has_no_clock(
    db2hdl: Run, small_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    routed(monkeypatch, NoPathError("nextpnr finds no path between registers"))
    done = db2hdl("synth", small_bundle, "--target", "ice40")
    assert done.code == 0 and "no path between registers" in done.out


def test_other_failures_of_place_and_route_are_failures(
    db2hdl: Run, small_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    routed(monkeypatch, SynthesisError("nextpnr-ice40 failed: no route; log: x.log"))
    done = db2hdl("synth", small_bundle, "--target", "ice40")
    assert done.code == 5 and "no route; log: x.log" in done.err


def test_unknown_targets_and_plots_in_the_way(db2hdl: Run, small_bundle: Path) -> None:
    done = db2hdl("synth", small_bundle, "--target", "ice4")
    assert done.code == 2 and "did you mean 'ice40'" in done.err
    (small_bundle.parent / "p.svg").write_text("mine")
    done = db2hdl(
        "synth", small_bundle, "--target", "ice40", "--plot", small_bundle.parent / "p.svg"
    )
    assert done.code == 2 and "exists" in done.err


def test_without_place_and_route(db2hdl: Run, small_bundle: Path) -> None:
    done = db2hdl("synth", small_bundle, "--target", "ice40", "--no-route", "--json")
    assert done.code == 0 and done.json["routed"] is None


def test_a_shell_is_counted_beside_the_core(db2hdl: Run, small_model: Any, tmp_path: Path) -> None:
    bundle = export(small_model, tmp_path / "b", shell="axi-stream", data_width=8)
    done = db2hdl("synth", bundle, "--target", "ice40", "--no-route", "--json")
    assert done.code == 0 and done.json["shell"]["module"] == "top_axis"
    assert done.json["shell"]["luts"] > 10 and "shell" not in done.json["parts"]
    assert "shell, beside it" in db2hdl("synth", bundle, "--target", "ice40", "--no-route").out
    (bundle / "rtl" / "top_axis.v").write_text('`include "/etc/passwd"\n')
    # It is made anew, and the one in the bundle is not read.
    again = db2hdl("synth", bundle, "--target", "ice40", "--no-route", "--json")
    assert (
        again.code == 0 and again.json["shell"]["luts"] == done.json["shell"]["luts"]
    )  # made anew
