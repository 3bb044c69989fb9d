"""Lint finds what it should, and failures of the tool are not a clean file."""

from pathlib import Path

import pytest

from db2hdl_hw.emit import lint as module
from db2hdl_hw.emit.lint import lint
from db2hdl_hw.errors import InputError, ToolError
from db2hdl_hw.tools import Tool

pytestmark = pytest.mark.usefixtures("verilator")


def write(folder: Path, body: str) -> Path:
    path = folder / "t.v"
    path.write_text(f"module t(a, y);\ninput [1:0] a;\noutput y;\n{body}\nendmodule\n")
    return path


def test_clean(tmp_path: Path) -> None:
    assert lint([write(tmp_path, "assign y = a[0] & a[1];")], "t") == []


def test_a_warning_is_found(tmp_path: Path) -> None:
    (warning,) = lint([write(tmp_path, "assign y = a[0];")], "t")
    assert warning.startswith("%Warning-UNUSEDSIGNAL:") and "'a'[1]" in warning


def test_an_error_is_found(tmp_path: Path) -> None:
    assert any("%Error" in line for line in lint([write(tmp_path, "assign y = b;")], "t"))


def test_missing_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no Verilog files"):
        lint([], "t")
    with pytest.raises(InputError, match=r"gone\.v does not exist"):
        lint([tmp_path / "gone.v"], "t")


def test_a_tool_that_dies_is_no_clean_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "verilator"
    script.write_text("#!/bin/sh\necho ouch\nexit 9\n")
    script.chmod(0o755)
    monkeypatch.setattr(module, "find_verilator", lambda: Tool("Verilator", script, (5, 48), {}))
    with pytest.raises(ToolError, match=r"Verilator 5\.48 failed with exit code 9, saying ouch"):
        lint([write(tmp_path, "assign y = a[0];")], "t")
