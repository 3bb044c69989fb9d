"""Programs that fail, hang, or are not there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from db2hdl_hw.boards import programs
from db2hdl_hw.errors import SynthesisError

HANGS = "print('iter=9 overused=7', flush=True)\nwhile True: pass"


def fake(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr(programs, "command", lambda program: [sys.executable, "-c", line])


def test_what_does_not_end_is_stopped_and_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake(monkeypatch, HANGS)
    with pytest.raises(SynthesisError, match=r"did not finish in 1 s .*--timeout; log: ") as error:
        programs.run("nextpnr-ice40", [], tmp_path, timeout=1)
    assert str(tmp_path) in str(error.value)


def test_a_router_that_goes_round_in_circles_is_stopped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake(monkeypatch, HANGS.replace("iter=9", "iter=501"))
    with pytest.raises(programs.StoppedError, match=r"goes round in circles .*; log: "):
        programs.run("nextpnr-ice40", [], tmp_path, timeout=600)


def test_the_log_says_why_a_program_failed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake(monkeypatch, "print('ERROR: no such pin'); raise SystemExit(1)")
    with pytest.raises(SynthesisError, match="icepack failed: no such pin; log: "):
        programs.run("icepack", [], tmp_path)


def test_a_run_leaves_its_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake(monkeypatch, "import sys; print(sys.argv[1])")
    assert programs.run("icepack", ["hello"], tmp_path, timeout=60).read_text() == "hello\n"
