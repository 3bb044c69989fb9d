"""Run Yosys on Verilog that nobody vouches for."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from db2hdl_hw.errors import InputError, NotProvedError, SynthesisError, ToolError
from db2hdl_hw.synth.yosys import find_yosys

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_FORBIDDEN = re.compile(r"`\s*\w*|\"|\$(?!signed\b|unsigned\b)[A-Za-z_]\w*|\\")


def check_text(name: str, text: str) -> None:
    """Refuse Verilog that could make a tool read or run anything but this text.

    Compiler directives (`` `include``, `` `define``), system tasks (``$readmemh``), strings (file
    names, DPI imports) and escaped identifiers: exported Verilog has none of them.

    Raises
    ------
    InputError
        Names the file, the line and what was found.
    """
    plain = _COMMENT.sub(lambda match: "\n" * match[0].count("\n") or " ", text)
    found = re.search(r"(?<![\w$])" + f"(?:{_FORBIDDEN.pattern})", plain)
    if found:
        line = plain.count("\n", 0, found.start()) + 1
        what = found[0].strip()
        raise InputError(
            f"{name}, line {line}: {what!r} is refused; a bundle's Verilog has no directives, "
            "system tasks, strings or escaped names, so this file was edited; export it again"
        )


def run_yosys(
    commands: Sequence[str],
    files: Mapping[str, str],
    result: str,
    *,
    timeout: float | None = None,
    blame: str = "",
) -> str:
    """Run commands in a fresh folder that holds some files, and return the file they write.

    Parameters
    ----------
    result : str
        The name of the file that the commands write.
    blame : str
        The user's file that an error of Yosys is about; without it the error is the tool's.

    Raises
    ------
    InputError
        If Yosys refuses the file to blame.
    ToolError
        If Yosys is missing or fails for another reason.
    NotProvedError
        If it is out of time.
    """
    yosys = find_yosys()
    with tempfile.TemporaryDirectory(prefix="db2hdl-prove-") as name:
        folder = Path(name)
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
        try:
            yosys.run(commands, folder, timeout=timeout)
        except SynthesisError as error:
            line = " ".join(str(error).split("; log:")[0].split())[:300]
            if "was stopped after" in line:
                raise NotProvedError(line) from error
            if blame:
                raise InputError(f"{blame}: {line}") from error
            raise ToolError(line) from error
        return (folder / result).read_text(encoding="utf-8")


def read_commands(files: Sequence[str], top: str) -> list[str]:
    """Return the commands that read plain Verilog files and flatten them."""
    return [
        *(f"read_verilog -noautowire {name}" for name in files),
        f"hierarchy -check -top {top}",
        "proc -noopt",
        "flatten",
    ]
