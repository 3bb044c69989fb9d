"""What nextpnr's reports say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from db2hdl_hw.boards import flow
from db2hdl_hw.boards.flow import NoPathError, read_report, route
from db2hdl_hw.boards.programs import StoppedError
from db2hdl_hw.errors import SynthesisError

LOG = Path("nextpnr-ice40.log")
USED = {"LUT4": {"used": 3, "available": 8}}


def report(folder: Path, fmax: dict[str, float]) -> Path:
    file = folder / "report.json"
    clocks = {name: {"achieved": mhz} for name, mhz in fmax.items()}
    file.write_text(json.dumps({"fmax": clocks, "utilization": USED}))
    return file


def test_the_clock_at_the_pin_and_the_divided_one(tmp_path: Path) -> None:
    found = read_report(
        report(tmp_path, {"clk$SB_IO_IN_$glb_clk": 90.0, "shell_clock_$g": 20.0}), LOG
    )
    assert (found.fmax_mhz, found.board_fmax_mhz, found.used) == (20.0, 90.0, {"LUT4": (3, 8)})


def test_no_path_between_registers_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(NoPathError, match="no path between registers"):
        read_report(report(tmp_path, {}), LOG)


@pytest.mark.parametrize("text", ["", "[]", '{"fmax": {"clk": {}}, "utilization": {}}'])
def test_a_report_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "report.json").write_text(text)
    with pytest.raises(
        SynthesisError, match=r"cannot read nextpnr's report .*report\.json: .*; log: nextpnr"
    ):
        read_report(tmp_path / "report.json", LOG)


def test_another_router_is_tried_when_one_does_not_come_to_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def run(program: str, arguments: list[str], folder: Path, timeout: float) -> None:
        tried.append(arguments[arguments.index("--router") + 1])
        if len(tried) == 1:
            raise StoppedError("goes round in circles")
        report(folder, {"clk": 20.0})

    monkeypatch.setattr(flow, "run", run)
    assert route("ice40", [], tmp_path, 12.0).fmax_mhz == 20.0
    assert tried == ["router2", "router1"]


def test_if_no_router_comes_to_an_end_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: object) -> None:
        raise StoppedError("nextpnr-ice40 did not finish in 9 s")

    monkeypatch.setattr(flow, "run", run)
    with pytest.raises(SynthesisError, match="did not finish in 9 s"):
        route("ice40", [], tmp_path, 12.0)
