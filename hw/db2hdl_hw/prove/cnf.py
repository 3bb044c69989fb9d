"""Clauses of the nodes of a graph: Tseitin's encoding, variables numbered from 1 without gaps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush

from db2hdl_hw.prove.graph import Graph

Clauses = list[list[int]]


class Variables:
    """The solver's variable of each node; few, because solvers make room up to the greatest."""

    def __init__(self) -> None:
        self.of_node: dict[int, int] = {}

    def __call__(self, literal: int) -> int:
        """Return a literal as a solver writes it: a positive or negative number."""
        number = self.of_node.setdefault(literal >> 1, len(self.of_node) + 1)
        return -number if literal & 1 else number


def gates(graph: Graph, nodes: Iterable[int], variable: Variables) -> Clauses:
    """Return the clauses that define AND nodes: n = a and b."""
    clauses: Clauses = []
    left, right = graph.left, graph.right
    for node in nodes:
        n, x, y = variable(2 * node), variable(left[node]), variable(right[node])
        clauses += ([-n, x], [-n, y], [n, -x, -y])
    return clauses


def window(graph: Graph, roots: Sequence[int], most: int | None) -> list[int]:
    """Return at most so many AND nodes that roots depend on, the latest first.

    What lies before them is left free, which can only make more assignments possible: if a
    window has none, the circuit has none.
    """
    left, right = graph.left, graph.right
    heap = [-(root >> 1) for root in set(roots)]
    heapify(heap)
    seen = set(heap)
    inside: list[int] = []
    while heap and (most is None or len(inside) < most):
        node = -heappop(heap)
        if left[node] < 0 or node == 0:
            continue
        inside.append(node)
        for below in (-(left[node] >> 1), -(right[node] >> 1)):
            if below not in seen:
                seen.add(below)
                heappush(heap, below)
    return inside


def differ(a: int, b: int, variable: Variables) -> Clauses:
    """Return the clauses that two literals differ; with a constant, one clause."""
    if a < 2 or b < 2:
        gate, constant = (b, a) if a < 2 else (a, b)
        if gate < 2:
            return [[]] if gate == constant else []
        return [[variable(gate ^ constant)]]
    x, y = variable(a), variable(b)
    return [[x, y], [-x, -y]]
