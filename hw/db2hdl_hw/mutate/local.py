"""What the inputs near a gate must be for a wrong gate to show a few gates on: by a small solver.

A gate is often far from the outputs and near the inputs: a table of six bits has a hundred gates,
and what makes a fault show at its output is said by those six. So the circuit is cut at the last
gate that all ways from the faulty one lead through and that depends on few gates. What no input
shows there, nothing shows; what some do is a pattern for words that show the place of the cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from db2hdl_hw.gateware.gates import ARITY, Gates, Kind
from db2hdl_hw.mutate.observe import Observer
from db2hdl_hw.mutate.reach import SOLVER, clauses_of, new_solver

MOST_GATES = 600
"""Gates that a cut may depend on."""

CONFLICTS = 2000
"""A question that needs more stays open."""

Bits = NDArray[np.bool_]


@dataclass(frozen=True)
class Pattern:
    """Values of some input bits that drive a minterm into a gate and change the cut.

    Attributes
    ----------
    bits : array of input bits
    values : their values
    """

    bits: NDArray[np.int64]
    values: Bits


class Local:
    """Answers for the gates of one circuit.

    Parameters
    ----------
    gates : Gates
    observer : Observer
        Of the same gates.
    """

    def __init__(self, gates: Gates, observer: Observer) -> None:
        self._new = new_solver()
        self._observer = observer
        self._kind: list[int] = gates.kind.tolist()
        self._reads: list[list[int]] = gates.reads.tolist()
        self._cuts: dict[int, tuple[int, list[int]]] = {}

    def cut(self, gate: int) -> int:
        """Return the gate at which a fault of another must show; maybe the same."""
        return self._cut(gate)[0]

    def patterns(self, gate: int, minterms: list[int], flips: Bits) -> dict[int, Pattern | None]:
        """Return a pattern for each minterm, None where there is none; open ones are left out.

        Parameters
        ----------
        gate : int
        minterms : list of int
        flips : booleans [input_width]
            What bits should rather be.
        """
        cut, support = self._cut(gate)
        if not support:
            return {}
        number = {node: place + 1 for place, node in enumerate(dict.fromkeys([0, 1, *support]))}
        inputs = [node for node in support if self._kind[node] == Kind.INPUT]
        bits = np.array([self._reads[node][0] for node in inputs], np.int64)
        reads = self._reads[gate][: ARITY[Kind(self._kind[gate])]]
        clauses, shown = self._clauses(gate, cut, number)
        found: dict[int, Pattern | None] = {}
        solver: Any = self._new(name=SOLVER, bootstrap_with=clauses)
        try:
            variables = np.array([number[node] for node in inputs], np.int64)
            solver.set_phases((variables * np.where(flips[bits], 1, -1)).tolist())
            for code in minterms:
                wanted = [number[r] * (1 if code >> i & 1 else -1) for i, r in enumerate(reads)]
                solver.conf_budget(CONFLICTS)
                answer = solver.solve_limited(assumptions=[*wanted, *shown])
                if answer:
                    model = np.array(solver.get_model())
                    found[code] = Pattern(bits, model[variables - 1] > 0)
                elif answer is not None:
                    found[code] = None
        finally:
            solver.delete()
        return found

    def _cut(self, gate: int) -> tuple[int, list[int]]:
        """Return the last gate on the way that depends on few, and all that it depends on."""
        if gate not in self._cuts:
            cut, support = gate, self._support([gate])
            if len(support) > MOST_GATES:
                support = []
            while support and len(support) <= MOST_GATES and not self._observer.is_output(cut):
                end = self._observer.dominator(cut)
                if end == len(self._kind):
                    break
                more = self._support(self._observer.behind(gate, end))
                if len(more) > MOST_GATES:
                    break
                cut, support = end, more
            self._cuts[gate] = cut, support
        return self._cuts[gate]

    def _support(self, ends: list[int]) -> list[int]:
        """Return what some gates depend on, themselves among them, in order."""
        waiting, found = list(ends), set(ends)
        while waiting and len(found) <= 2 * MOST_GATES:
            node = waiting.pop()
            kind = self._kind[node]
            for read in self._reads[node][: ARITY[Kind(kind)]] if kind in ARITY else ():
                if read not in found:
                    found.add(read)
                    waiting.append(read)
        return sorted(found)

    def _clauses(
        self, gate: int, cut: int, number: dict[int, int]
    ) -> tuple[list[list[int]], list[int]]:
        """Return the clauses of the support, and what to assume for the cut to change."""
        clauses = [[-1], [2]]
        for node in number:
            if self._kind[node] in ARITY:
                reads = [number[read] for read in self._reads[node]]
                clauses += clauses_of(self._kind[node], number[node], *reads)
        if cut == gate:
            return clauses, []
        other, top = {gate: -number[gate]}, len(number)
        for node in self._observer.behind(gate, cut)[1:]:
            top += 1
            other[node] = top
            reads = [other.get(read, number[read]) for read in self._reads[node]]
            clauses += clauses_of(self._kind[node], top, *reads)
        good, bad, shown = number[cut], other[cut], top + 1
        clauses += [[-shown, good, bad], [-shown, -good, -bad]]
        return clauses, [shown]
