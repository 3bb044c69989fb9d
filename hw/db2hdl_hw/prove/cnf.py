"""Clauses of a cone: Tseitin's encoding, how obligations reach the SAT solver."""

from __future__ import annotations

from db2hdl_hw.prove.cone import Cone

Clauses = list[list[int]]


def clauses(cone: Cone) -> Clauses:
    """Return the clauses that the gates are as they are, and that the two literals differ."""
    made = _differ(cone.a, cone.b)
    for n, x, y in cone:
        a, b = _literal(x), _literal(y)
        made += ([-n, a], [-n, b], [n, -a, -b])
    return made


def _literal(literal: int) -> int:
    """Return a literal as solvers write it: the number of a variable, negative if inverted."""
    return -(literal >> 1) if literal & 1 else literal >> 1


def _differ(a: int, b: int) -> Clauses:
    """Return the clauses that two literals differ; with a constant, one clause."""
    if a < 2 or b < 2:
        gate, constant = (b, a) if a < 2 else (a, b)
        if gate < 2:
            return [[]] if gate == constant else []
        return [[_literal(gate ^ constant)]]
    x, y = _literal(a), _literal(b)
    return [[x, y], [-x, -y]]
