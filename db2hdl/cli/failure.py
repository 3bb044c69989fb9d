"""From an exception to one clear line and an exit code (docs/reference/exit-codes.md)."""

from __future__ import annotations

import os

import typer

from db2hdl_hw.errors import Db2hdlError
from db2hdl_hw.system.text import one_line

INTERRUPTED = 130

EXTRAS = {
    "torch": "train",
    "sklearn": "train",
    "cocotb_tools": "sim",
    "amaranth": "fpga",
    "serial": "boards",
}
"""Which extra brings a package that a command may miss."""


def explain(error: BaseException) -> tuple[str, int]:
    """Return the line to print for an error, and the exit code."""
    if isinstance(error, Db2hdlError):
        return one_line(str(error)), error.exit_code
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return "interrupted", INTERRUPTED
    if isinstance(error, typer.TyperException):
        return _usage_line(error), 2
    if isinstance(error, ModuleNotFoundError) and error.name in EXTRAS:
        return f"{error.name} is not installed; pip install 'db2hdl[{EXTRAS[error.name]}]'", 3
    if isinstance(error, OSError):
        return one_line(_system_line(error)), 2
    kind = type(error).__name__
    return one_line(f"internal error ({kind}: {error}); run again with --debug"), 1


def _system_line(error: OSError) -> str:
    what = error.strerror or str(error)
    where = error.filename
    if where is None:
        return what
    return f"{os.fspath(where) if not isinstance(where, int) else where}: {what}"


def _usage_line(error: typer.TyperException) -> str:
    """Return what was wrong with the command line, with the nearest option if there is one."""
    near = getattr(error, "possibilities", None)
    context = getattr(error, "ctx", None)
    text = error.message if near else error.format_message()
    text = text[:1].lower() + text[1:].rstrip(".")
    if near:
        text += f"; did you mean {near[0]}?"
    if context is not None:
        text += f" (see '{context.command_path} --help')"
    return one_line(text)
