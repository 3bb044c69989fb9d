"""What a log says about a failure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

_INTERNAL = ("Internal Error", "Exiting due to", "Command Failed", "threw signal", "Cannot write")
_LONGEST = 300


def last_line(log: Path) -> str:
    """Return the last line that says something, or "" of an empty or missing log."""
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    said = [line.strip() for line in lines if line.strip()]
    return said[-1][:_LONGEST] if said else ""


def mention(log: Path, file: Path) -> str:
    """Return the first complaint about a file: a line that gives a place in it, or ""."""
    place = f"{file.absolute()}:"
    for line in log.read_text(errors="replace").splitlines():
        if place in line:
            return line[:_LONGEST]
    return ""


def loop(log: Path) -> str:
    """Return the net of a combinational loop that Verilator has warned of, or ""."""
    try:
        text = log.read_text(errors="replace")
    except OSError:
        return ""
    found = re.search(r"Circular combinational logic: '([^']*)'", text)
    return found[1].removeprefix("TOP.") if found else ""


def refusal(log: Path, rtl: Sequence[Path]) -> str:
    """Return why a simulator refuses the RTL, or "" if that is not why its build failed.

    Verilator's complaints start with ``%Error``, those of Icarus with a file of the RTL; neither
    does what a crash or a C++ compiler prints.
    """
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    for line in lines:
        if line.startswith("%Error") and not any(word in line for word in _INTERNAL):
            return re.sub(r"^%Error(-\w+)?: ", "", line)[:_LONGEST]
        if line.startswith("error: ") or (
            line.startswith(tuple(str(path.absolute()) for path in rtl))
            and re.search(r"error", line)
        ):
            return line[:_LONGEST]
    return ""
