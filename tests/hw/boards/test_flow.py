"""What nextpnr's reports say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from db2hdl_hw.boards.flow import NoPathError, read_report
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
