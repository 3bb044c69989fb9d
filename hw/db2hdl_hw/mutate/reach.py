"""A word that drives given values into a gate and shows its inverse, if there is one: by SAT.

One solver holds the circuit; for each gate asked about, what is behind it is added once more, with
the gate inverted. Between answers only assumptions change, so what was learnt stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from db2hdl_hw.errors import ToolError
from db2hdl_hw.gateware.gates import ARITY, Gates, Kind
from db2hdl_hw.mutate.observe import Observer

SOLVER = "minicard"

FRESH = 4
"""A new solver is begun when copies of cones have so many times the gates of the circuit."""


@dataclass(frozen=True)
class Reached:
    """The answer: ``word`` is an input word, or None; then there is none if it is ``decided``."""

    decided: bool
    word: NDArray[np.bool_] | None = None


class Reach:
    """Answers for the gates of one circuit.

    Parameters
    ----------
    gates : Gates
    observer : Observer
        Of the same gates.
    seed : int
        Of the values that inputs have where they do not matter.

    Raises
    ------
    ToolError
        If python-sat is not installed.
    """

    def __init__(self, gates: Gates, observer: Observer, seed: int) -> None:
        self._new = new_solver()
        self._gates, self._observer = gates, observer
        self._inputs = np.flatnonzero(gates.kind == Kind.INPUT)
        self._base = _circuit(gates, observer)
        self._rng = np.random.default_rng(seed)
        self._sat: Any = None
        self._added = 0
        self._spent = 0
        self._top = 0
        self._asked: dict[tuple[int, int], int] = {}

    @property
    def conflicts(self) -> int:
        """What the answers have cost so far: the same on every machine, unlike seconds."""
        return self._spent + (self._sat.accum_stats()["conflicts"] if self._sat else 0)

    def close(self) -> None:
        """Free the solver."""
        if self._sat is not None:
            self._spent = self.conflicts
            self._sat.delete()
            self._sat = None

    def word(self, gate: int, minterm: int, budget: int) -> Reached:
        """Return a word that drives a minterm into a gate and shows its inverse.

        First it is asked whether the next gate that all ways lead through changes at all: most of
        what no word shows is not even seen there, and that cone is small.

        Parameters
        ----------
        gate : int
        minterm : int
            Digit i is the value of the gate's input i.
        budget : int
            Conflicts after which the answer is not known.
        """
        ends = [self._observer.dominator(gate), len(self._gates)]
        answer = Reached(False)
        for end in dict.fromkeys(ends):
            shown = self._shown(gate, end)
            arity = ARITY[Kind(self._gates.kind[gate])]
            reads = self._gates.reads[gate, :arity].tolist()
            wanted = [(r + 1) * (1 if minterm >> i & 1 else -1) for i, r in enumerate(reads)]
            answer = self._solve([*wanted, *shown], budget)
            if answer.decided and answer.word is None:
                break
        return answer

    def _solve(self, wanted: list[int], budget: int) -> Reached:
        flips = self._rng.random(len(self._inputs)) < 0.5
        self._sat.set_phases(((self._inputs + 1) * np.where(flips, 1, -1)).tolist())
        self._sat.conf_budget(budget)
        answer = self._sat.solve_limited(assumptions=wanted)
        if not answer:
            return Reached(answer is not None)
        model = np.array(self._sat.get_model())
        return Reached(True, model[self._inputs] > 0)

    def _shown(self, gate: int, end: int) -> list[int]:
        """Return what to assume for the inverse of a gate to change another, or an output."""
        if self._sat is None or self._added > FRESH * len(self._gates):
            self.close()
            self._sat = self._new(name=SOLVER, bootstrap_with=self._base)
            self._added, self._top, self._asked = 0, len(self._gates), {}
        if self._observer.is_output(gate):
            return []
        if (gate, end) not in self._asked:
            if self._asked and gate not in {asked for asked, _ in self._asked}:
                for old in self._asked.values():
                    self._sat.add_clause([-old])
                self._asked = {}
            self._asked[gate, end] = self._copy(gate, end)
        return [self._asked[gate, end]]

    def _copy(self, gate: int, end: int) -> int:
        """Add what is behind a gate, up to an end, once more with the gate inverted."""
        cone = self._observer.behind(gate, end)
        self._added += len(cone)
        other = {gate: -gate - 1}
        clauses, differ = [], []
        for node in cone:
            if node != gate:
                other[node] = out = self._variable()
                reads = [other.get(r, r + 1) for r in self._gates.reads[node].tolist()]
                clauses += clauses_of(int(self._gates.kind[node]), out, *reads)
            if node == end or (end == len(self._gates) and self._observer.is_output(node)):
                wrong = self._variable()
                good, bad = node + 1, other[node]
                clauses += [[-wrong, good, bad], [-wrong, -good, -bad]]
                differ.append(wrong)
        shown = self._variable()
        self._sat.append_formula([*clauses, [-shown, *differ]])
        return shown

    def _variable(self) -> int:
        self._top += 1
        return self._top


def _circuit(gates: Gates, observer: Observer) -> list[list[int]]:
    """Return the clauses of all gates; node n is variable n + 1."""
    clauses = [[-1], [2]]
    for node in range(2, len(gates)):
        if gates.kind[node] in ARITY and observer.reached[node]:
            reads = (gates.reads[node] + 1).tolist()
            clauses += clauses_of(int(gates.kind[node]), node + 1, *reads)
    return clauses


def clauses_of(kind: int, y: int, a: int, b: int, c: int) -> list[list[int]]:
    """Return the clauses of a gate: variable y is what this kind makes of a, b and c."""
    if kind == Kind.AND:
        return [[-y, a], [-y, b], [y, -a, -b]]
    if kind == Kind.OR:
        return [[y, -a], [y, -b], [-y, a, b]]
    if kind == Kind.XOR:
        return [[-y, a, b], [-y, -a, -b], [y, -a, b], [y, a, -b]]
    if kind == Kind.NOT:
        return [[-y, -a], [y, a]]
    if kind == Kind.BUF:
        return [[-y, a], [y, -a]]
    return [[-c, -a, y], [-c, a, -y], [c, -b, y], [c, b, -y], [-a, -b, y], [a, b, -y]]


def new_solver() -> Any:
    """Return the class of python-sat's solvers.

    Raises
    ------
    ToolError
        If python-sat is not installed.
    """
    try:
        from pysat.solvers import Solver
    except ImportError as error:
        raise ToolError(
            "python-sat is not installed; pip install 'db2hdl[fpga]', or export with "
            "--vector-seconds 0 to have no made vectors"
        ) from error
    return Solver
