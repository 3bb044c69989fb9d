"""The first engine: ABC's combinational equivalence checker, a program of its own."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from db2hdl_hw.errors import ToolError
from db2hdl_hw.prove.aiger import to_aiger
from db2hdl_hw.prove.graph import Graph
from db2hdl_hw.prove.reduce import Obligation

CONFLICTS = 100_000
"""Per node of ABC's sweeping."""

REMEDY = "pip install 'db2hdl[prove]'"


def find_abc() -> Path:
    """Return the program.

    Raises
    ------
    ToolError
        If the Python package that brings it is not installed.
    """
    spec = find_spec("pyosys")
    folder = Path(spec.origin).parent if spec is not None and spec.origin else None
    program = folder / "yosys-abc" if folder else None
    if program is None or not program.is_file():
        raise ToolError(f"ABC (of the package pyosys) is not installed; {REMEDY}")
    return program


def abc_version() -> str:
    """Return which package ABC comes from."""
    try:
        return f"yosys-abc of pyosys {version('pyosys')}"
    except PackageNotFoundError:
        return "yosys-abc"


def decide(
    graph: Graph, obligations: Sequence[Obligation], *, deadline: float | None = None
) -> bool | None:
    """Return whether all obligations hold, with digits of sums free; None if undecided.

    Raises
    ------
    ToolError
        If ABC is missing or does not start.
    """
    if not obligations:
        return True
    file, _ = to_aiger(graph, [x for one in obligations for x in (one.a, one.b)])
    seconds = None if deadline is None else max(0.0, deadline - time.monotonic())
    if seconds is not None and seconds < 0.01:
        return None
    with tempfile.TemporaryDirectory(prefix="db2hdl-abc-") as folder:
        path = Path(folder) / "pairs.aig"
        path.write_bytes(file)
        command = [str(find_abc()), "-c", f"&r {path.name}; &cec -m -d -C {CONFLICTS}"]
        said = _run(command, folder, seconds)
    if said is None or "UNDECIDED" in said:
        return None
    if "NOT EQUIVALENT" in said:
        return False
    if "are equivalent" in said:
        return True
    return None


def _run(command: list[str], folder: str, seconds: float | None) -> str | None:
    """Return what ABC prints; None if it was killed or out of time."""
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return None
    except OSError as error:
        raise ToolError(f"ABC at {command[0]} does not start: {error}") from error
    return done.stdout + done.stderr if done.returncode == 0 else None
