"""Verilog that nobody vouches for: read once, and refused if it could reach anything else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from db2hdl_hw.errors import InputError

_SKIPPED = re.compile(r"(?P<escaped>\\\S*)|//[^\n]*|/\*.*?\*/", re.DOTALL)
"""Escaped names and comments, whichever begins first: a comment does not begin inside a name."""

_ESCAPED = re.compile(r"\\[\w$.:\[\]-]+")
_FORBIDDEN = re.compile(r"`\s*\w*|\"|\\|(?<![\w$])\$(?!signed\b|unsigned\b)[A-Za-z_]\w*")


def check_text(name: str, text: str) -> None:
    """Refuse Verilog that could make a tool read or run anything but this text.

    Compiler directives (`` `include``, `` `define``), system tasks (``$readmemh``), strings (file
    names, DPI imports) and escaped names with odd characters: exported Verilog has none of them.

    Parameters
    ----------
    name : str
        What an error calls the text.
    text : str

    Raises
    ------
    InputError
        Names the file, the line and what was found.
    """
    plain = _SKIPPED.sub(_without, text)
    found = _FORBIDDEN.search(plain)
    if found:
        line = plain.count("\n", 0, found.start()) + 1
        what = found[0].strip()
        raise InputError(
            f"{name}, line {line}: {what!r} is refused; a bundle's Verilog has no directives, "
            "system tasks, strings or odd escaped names, so this file was edited; export it again"
        )


def check_files(files: Sequence[Path]) -> list[str]:
    """Return the texts of Verilog files, each checked: what every reader of a bundle's RTL calls.

    Raises
    ------
    InputError
        As ``check_text``, or if a file cannot be read or is no UTF-8.
    """
    texts = []
    for file in files:
        try:
            texts.append(file.read_text(encoding="utf-8"))
        except UnicodeDecodeError as error:
            raise InputError(f"{file} is not UTF-8 text") from error
        except OSError as error:
            raise InputError(f"cannot read {file}: {error.strerror}") from error
        check_text(str(file), texts[-1])
    return texts


def _without(match: re.Match[str]) -> str:
    """Return what stays of a comment or an escaped name: its lines, and names that are odd."""
    if match["escaped"] is not None:
        return " x " if _ESCAPED.fullmatch(match[0]) else "\\"
    return "\n" * match[0].count("\n") or " "
