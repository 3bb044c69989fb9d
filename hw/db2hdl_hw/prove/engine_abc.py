"""The first engine: ABC's combinational equivalence checker, a program of its own."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from db2hdl_hw.errors import ToolError
from db2hdl_hw.prove.aiger import to_aiger
from db2hdl_hw.prove.cone import WINDOWS, Cone, Nodes, cone
from db2hdl_hw.prove.memory import Memory, key
from db2hdl_hw.prove.reduce import Obligation
from db2hdl_hw.system.processes import run
from db2hdl_hw.system.temporary import scratch

CONFLICTS = 100_000
"""Per node of ABC's sweeping."""

CHUNK = 512
"""Obligations that ABC is asked about at once: its time grows faster than their number."""

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
    graph: Nodes,
    obligations: Sequence[Obligation],
    windows: Sequence[int | None] | None = None,
    *,
    deadline: float | None = None,
    memory: Memory | None = None,
) -> bool | None:
    """Return whether all obligations hold, with digits of sums free; None if undecided.

    Parameters
    ----------
    windows : sequence of int or None, optional
        For each obligation the size of cone to begin with: a hint, by default the smallest.
    deadline : float, optional
        ``time.monotonic()`` at which to give up.
    memory : Memory, optional
        What need not be proved again.

    Raises
    ------
    ToolError
        If ABC is missing or does not start.
    """
    known = Memory() if memory is None else memory
    sizes = list(windows) if windows is not None else [WINDOWS[0]] * len(obligations)
    for start in range(0, len(obligations), CHUNK):
        part = slice(start, start + CHUNK)
        held = _decide(graph, obligations[part], sizes[part], deadline, known)
        if not held:
            return held
    return True


def _decide(
    graph: Nodes,
    obligations: Sequence[Obligation],
    sizes: Sequence[int | None],
    deadline: float | None,
    memory: Memory,
) -> bool | None:
    """Decide all at once; what cannot be decided so, in halves, and one by one in larger cones."""
    cones = [cone(graph, x.a, x.b, size) for x, size in zip(obligations, sizes, strict=True)]
    new = {line: one for one in cones if (line := key("abc", one)) not in memory}
    held = _all_hold(list(new.values()), deadline)
    if held:
        memory.add(new)
        return True
    late = deadline is not None and time.monotonic() > deadline
    if late or (len(cones) == 1 and cones[0].whole):
        return None if late else held
    if len(cones) == 1:
        larger = WINDOWS[WINDOWS.index(sizes[0]) + 1]
        return _decide(graph, obligations, [larger], deadline, memory)
    half = len(cones) // 2
    first = _decide(graph, obligations[:half], sizes[:half], deadline, memory)
    if not first:
        return first
    return _decide(graph, obligations[half:], sizes[half:], deadline, memory)


def _all_hold(cones: Sequence[Cone], deadline: float | None) -> bool | None:
    if not cones:
        return True
    file = to_aiger(cones)
    seconds = None if deadline is None else max(0.0, deadline - time.monotonic())
    if seconds is not None and seconds < 0.01:
        return None
    with scratch("abc") as folder:
        path = folder / "pairs.aig"
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


def _run(command: list[str], folder: Path, seconds: float | None) -> str | None:
    """Return what ABC prints; None if it was killed or out of time."""
    try:
        done = run(command, folder, timeout=seconds)
    except subprocess.TimeoutExpired:
        return None
    return done.stdout + done.stderr if done.returncode == 0 else None
