"""The second engine: CaDiCaL, from the Python package python-sat, on our own clauses.

Each obligation is looked at through cones of growing size (``cone.py``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from db2hdl_hw.errors import ToolError
from db2hdl_hw.prove.cnf import Clauses, clauses
from db2hdl_hw.prove.cone import WINDOWS, Cone, Nodes, cone
from db2hdl_hw.prove.memory import Memory, key
from db2hdl_hw.prove.reduce import Obligation

SOLVER = "cadical195"

OPEN = "sat open"
"""In the memory: a cone that decided nothing, and need not be tried again."""

CONFLICTS = 20_000
"""Per cone; the last one has as many as time allows."""

Keep = Callable[[int, Clauses, list[str]], None]
"""Told the number of an obligation, its clauses, and the solver's proof of them."""


@dataclass(frozen=True)
class Answer:
    """What an engine says of one obligation.

    Attributes
    ----------
    holds : bool or None
        None: it was not decided.
    inputs : dict of node to bool or None
        If it does not hold, values of what is free for which it is said not to.
    window : int or None
        If it holds, the size of the cone that shows it, as in ``WINDOWS``.
    """

    holds: bool | None
    inputs: dict[int, bool] | None = None
    window: int | None = None


def decide(
    graph: Nodes,
    obligations: Sequence[Obligation],
    *,
    deadline: float | None = None,
    keep: Keep | None = None,
    memory: Memory | None = None,
    most: int | None = None,
) -> list[Answer]:
    """Return an answer for each obligation; digits of sums are free.

    Parameters
    ----------
    deadline : float, optional
        ``time.monotonic()`` at which to give up; what is left is undecided.
    keep : callable, optional
        Takes certificates; what is remembered has none, so everything is proved again for it.
    memory : Memory, optional
        What need not be proved again.
    most : int, optional
        Gates of the largest cone to look at; what that does not decide is undecided.

    Raises
    ------
    ToolError
        If python-sat is not installed.
    """
    solver = _solver()
    known = Memory() if memory is None or keep is not None else memory
    sizes = WINDOWS if most is None else WINDOWS[: WINDOWS.index(most) + 1]
    answers = []
    for number, one in enumerate(obligations):
        if deadline is not None and time.monotonic() > deadline:
            answers.append(Answer(None))
            continue
        answers.append(_one(solver, graph, one, deadline, keep, number, known, sizes))
    return answers


def _one(
    solver: Any,
    graph: Nodes,
    one: Obligation,
    deadline: float | None,
    keep: Keep | None,
    number: int,
    memory: Memory,
    sizes: Sequence[int | None],
) -> Answer:
    for most in sizes:
        window = cone(graph, one.a, one.b, most)
        line = key("sat", window)
        if keep is None and line in memory:
            return Answer(True, window=most)
        if not window.whole and key(OPEN, window) in memory:
            continue
        formula = clauses(window)
        if [] in formula:
            return Answer(True, window=most)
        with solver(name=SOLVER, bootstrap_with=formula, with_proof=keep is not None) as sat:
            found = _search(sat, window.whole, deadline)
            if found is False:
                if keep is not None:
                    keep(number, formula, sat.get_proof())
                memory.add([line])
                return Answer(True, window=most)
            if window.whole:
                return Answer(None) if found is None else _refuted(window, sat)
            memory.add([key(OPEN, window)])
    return Answer(None)


def _search(sat: Any, whole: bool, deadline: float | None) -> bool | None:
    """Return whether there is an assignment; None if that takes too long."""
    while True:
        sat.conf_budget(CONFLICTS)
        found: bool | None = sat.solve_limited()
        late = deadline is not None and time.monotonic() > deadline
        if found is not None or late or not whole:
            return found


def _refuted(window: Cone, sat: Any) -> Answer:
    """Return what the solver's model gives to free variables (and to the gates)."""
    true = {number for number in sat.get_model() if number > 0}
    return Answer(False, {node: v in true for v, node in enumerate(window.nodes) if v})


def _solver() -> Any:
    try:
        from pysat.solvers import Solver
    except ImportError as error:
        raise ToolError("python-sat is not installed; pip install 'db2hdl[prove]'") from error
    return Solver
