"""Verilator's lint of the Verilog in a bundle, with every warning switched on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from db2hdl_hw.errors import InputError, ToolError
from db2hdl_hw.tools import find_verilator


def lint(files: Sequence[Path], top: str) -> list[str]:
    """Return the warnings and errors of ``verilator --lint-only -Wall``; none is a clean file.

    Raises
    ------
    InputError
        If there is no file, or one is missing.
    ToolError
        If Verilator is missing, too old, or fails without saying why.
    """
    if not files:
        raise InputError("no Verilog files to lint")
    for file in files:
        if not file.is_file():
            raise InputError(f"{file} does not exist")
    tool = find_verilator()
    done = tool.run(["--lint-only", "-Wall", "--no-timing", "--top-module", top, *files])
    text = done.stdout + done.stderr
    found = [line for line in text.splitlines() if line.startswith("%")]
    # The last line only counts the others.
    found = [line for line in found if not line.startswith("%Error: Exiting due to")]
    if done.returncode != 0 and not found:
        said = " ".join(text.split())[-300:] or "nothing"
        raise ToolError(f"{tool} failed with exit code {done.returncode}, saying {said}")
    return found
