"""Run Yosys on texts that were printed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from db2hdl_hw.errors import InputError, NotProvedError, SynthesisError, ToolError
from db2hdl_hw.synth.yosys import find_yosys
from db2hdl_hw.system.temporary import scratch


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
    with scratch("yosys") as folder:
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
