"""The second engine: CaDiCaL, from the Python package python-sat, on our own clauses.

Each obligation is looked at through windows of growing size: what lies before the window is
free. That two literals cannot differ in a window proves it; that they can says nothing until the
window is everything that they depend on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from db2hdl_hw.errors import ToolError
from db2hdl_hw.prove.cnf import Clauses, Variables, differ, gates, window
from db2hdl_hw.prove.graph import Graph
from db2hdl_hw.prove.reduce import Obligation

SOLVER = "cadical195"
WINDOWS = (40, 400, 4000)
"""AND nodes of the windows before the last one, which has all."""

CONFLICTS = 20_000
"""Per window; the last one has as many as time allows."""

Keep = Callable[[int, Clauses, list[str]], None]
"""Told the number of an obligation, its clauses, and the solver's proof of them."""


@dataclass(frozen=True)
class Answer:
    """What an engine says of one obligation.

    Attributes
    ----------
    holds : bool or None
        None: it was not decided.
    inputs : dict of input name to bool or None
        If it does not hold, inputs for which it is said not to.
    """

    holds: bool | None
    inputs: dict[str, bool] | None = None


def decide(
    graph: Graph,
    obligations: Sequence[Obligation],
    *,
    deadline: float | None = None,
    keep: Keep | None = None,
) -> list[Answer]:
    """Return an answer for each obligation; digits of sums are free.

    Parameters
    ----------
    deadline : float, optional
        ``time.monotonic()`` at which to give up; what is left is undecided.
    keep : callable, optional
        Takes certificates.

    Raises
    ------
    ToolError
        If python-sat is not installed.
    """
    solver = _solver()
    answers = []
    for number, one in enumerate(obligations):
        if deadline is not None and time.monotonic() > deadline:
            answers.append(Answer(None))
            continue
        answers.append(_one(solver, graph, one, deadline, keep, number))
    return answers


def _one(
    solver: Any,
    graph: Graph,
    one: Obligation,
    deadline: float | None,
    keep: Keep | None,
    number: int,
) -> Answer:
    for most in (*WINDOWS, None):
        nodes = window(graph, (one.a, one.b), most)
        whole = most is None or len(nodes) < most
        variables = Variables()
        formula = [*differ(one.a, one.b, variables), *gates(graph, nodes, variables)]
        if [] in formula:
            return Answer(True)
        with solver(name=SOLVER, bootstrap_with=formula, with_proof=keep is not None) as sat:
            found = _search(sat, whole, deadline)
            if found is False:
                if keep is not None:
                    keep(number, formula, sat.get_proof())
                return Answer(True)
            if whole:
                return Answer(None) if found is None else _refuted(graph, variables, sat)
    return Answer(None)


def _search(sat: Any, whole: bool, deadline: float | None) -> bool | None:
    """Return whether there is an assignment; None if that takes too long."""
    while True:
        sat.conf_budget(CONFLICTS)
        found: bool | None = sat.solve_limited()
        late = deadline is not None and time.monotonic() > deadline
        if found is not None or late or not whole:
            return found


def _refuted(graph: Graph, variables: Variables, sat: Any) -> Answer:
    """Return the inputs of the solver's model."""
    true = {number for number in sat.get_model() if number > 0}
    names = graph.input_nodes()
    inputs = {names[n]: v in true for n, v in variables.of_node.items() if n in names}
    return Answer(False, inputs)


def _solver() -> Any:
    try:
        from pysat.solvers import Solver
    except ImportError as error:
        raise ToolError("python-sat is not installed; pip install 'db2hdl[prove]'") from error
    return Solver
