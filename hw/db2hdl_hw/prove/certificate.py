"""A checker of clausal proofs, small enough to read: reverse unit propagation.

Each clause that a solver says it learnt must follow by unit propagation alone from the clauses
before it; when the empty clause does, the formula has no solution. It knows nothing of how the
solver found the clauses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from db2hdl_hw.prove.cnf import Clauses


def to_dimacs(clauses: Clauses) -> str:
    """Return a formula in the DIMACS form."""
    most = max((abs(x) for clause in clauses for x in clause), default=0)
    lines = [f"p cnf {most} {len(clauses)}"]
    lines += [" ".join(map(str, [*clause, 0])) for clause in clauses]
    return "\n".join(lines) + "\n"


def check(clauses: Clauses, proof: Sequence[str]) -> bool:
    """Return whether a proof shows that the clauses contradict each other.

    Parameters
    ----------
    proof : sequence of str
        Lines of the DRAT form: a learnt clause, or ``d`` and a clause that is not needed any
        more. Steps that need more than unit propagation (RAT) are not followed.
    """
    known = _Known(clauses)
    for line in proof:
        words = line.split()
        if words and words[0] == "d":
            continue  # keeping a clause is always sound
        clause = [int(word) for word in words if word != "0"]
        if not known.follows(clause):
            return False
        known.add(clause)
        if not clause:
            return True
    return known.follows([])


class _Known:
    """Clauses, found by the literals they watch."""

    def __init__(self, clauses: Iterable[Sequence[int]]) -> None:
        self._clauses: list[list[int]] = []
        self._watch: dict[int, list[int]] = {}
        self._units: list[int] = []
        self._empty = False
        for clause in clauses:
            self.add(clause)

    def add(self, clause: Sequence[int]) -> None:
        literals = list(dict.fromkeys(clause))
        if len(literals) < 2:
            self._units += literals
            self._empty |= not literals
            return
        self._clauses.append(literals)
        for literal in literals[:2]:
            self._watch.setdefault(literal, []).append(len(self._clauses) - 1)

    def follows(self, clause: Sequence[int]) -> bool:
        """Return whether assuming the clause false ends in a contradiction by unit propagation."""
        true: set[int] = set()
        queue: list[int] = [-literal for literal in clause] + self._units
        if self._empty:
            return True
        while queue:
            literal = queue.pop()
            if -literal in true:
                return True
            if literal not in true:
                true.add(literal)
                if self._propagate(-literal, true, queue):
                    return True
        return False

    def _propagate(self, false: int, true: set[int], queue: list[int]) -> bool:
        """Move watches off a literal that became false; return whether a clause is violated."""
        kept: list[int] = []
        watching = self._watch.get(false, [])
        for position, number in enumerate(watching):
            clause = self._clauses[number]
            if clause[0] == false:
                clause[0], clause[1] = clause[1], clause[0]
            for place in range(2, len(clause)):
                if -clause[place] not in true:
                    clause[1], clause[place] = clause[place], clause[1]
                    self._watch.setdefault(clause[1], []).append(number)
                    break
            else:
                kept.append(number)
                if -clause[0] in true:
                    self._watch[false] = kept + watching[position + 1 :]
                    return True
                if clause[0] not in true:
                    queue.append(clause[0])
        self._watch[false] = kept
        return False
