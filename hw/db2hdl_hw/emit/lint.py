"""Verilator's lint of the Verilog in a bundle, with every warning switched on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from db2hdl_hw.errors import InputError, ToolError
from db2hdl_hw.system.reading import plain_copy
from db2hdl_hw.system.sandbox import Sandbox
from db2hdl_hw.system.temporary import scratch
from db2hdl_hw.tools import find_verilator


def lint(files: Sequence[Path], top: str) -> list[str]:
    """Return the warnings and errors of ``verilator --lint-only -Wall``; none is a clean file.

    That the modules of a circuit are in one file (``DECLFILENAME``) is no fault.

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
    with scratch("lint") as folder:
        copies = {plain_copy(file, folder / str(n)): file for n, file in enumerate(files)}
        rules = ["-Wall", "-Wno-DECLFILENAME"]
        options = ["--lint-only", *rules, "--no-timing", "--top-module", top]
        done = tool.run([*options, *copies], cwd=folder, sandbox=Sandbox())
    text = done.stdout + done.stderr
    for copy, file in copies.items():
        text = text.replace(str(copy), str(file))
    found = [line for line in text.splitlines() if line.startswith("%")]
    # The last line only counts the others.
    found = [line for line in found if not line.startswith("%Error: Exiting due to")]
    if done.returncode != 0 and not found:
        said = " ".join(text.split())[-300:] or "nothing"
        raise ToolError(f"{tool} failed with exit code {done.returncode}, saying {said}")
    return found
