"""What an engine is asked about one obligation: the gates just before it, the rest left free.

A cone is the last so many AND nodes that two literals depend on. What lies before them is free,
which can only make more assignments possible: literals that cannot differ in a cone cannot differ
in the circuit. That they can says nothing unless the cone is ``whole``. Numbers in a cone are its
own, so a cone is a formula by itself: its ``digest`` names what was proved wherever it stands.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from heapq import heapify, heappop, heappush
from typing import Protocol

WINDOWS = (40, 400, 4000, None)
"""AND nodes of the cones of an obligation that are tried one after the other; the last has all."""


class Nodes(Protocol):
    """What is read of a graph; one that was written into a file will do."""

    @property
    def left(self) -> Sequence[int]:
        """First operands; below 0 of nodes that are free."""

    @property
    def right(self) -> Sequence[int]:
        """Second operands."""


@dataclass(frozen=True)
class Cone:
    """Two literals, and gates before them.

    Attributes
    ----------
    a, b : int
        Must be equal. Literals are twice the number of a variable, plus 1 if inverted; variable
        0 is false.
    gates : array of int
        Variable, operand, operand for each AND, operands first; variables without a gate are free.
    nodes : list of int
        The node of the graph that each variable is.
    whole : bool
        Whether the free variables are free in the circuit, too.
    """

    a: int
    b: int
    gates: array[int]
    nodes: list[int]
    whole: bool

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        """Yield (variable, operand, operand) of each gate."""
        return zip(self.gates[::3], self.gates[1::3], self.gates[2::3], strict=True)

    @cached_property
    def digest(self) -> str:
        """A hash of the formula."""
        text = array("q", [self.a, self.b]).tobytes() + self.gates.tobytes()
        return blake2b(text, digest_size=16).hexdigest()


def cone(graph: Nodes, a: int, b: int, most: int | None) -> Cone:
    """Return the cone of two literals with at most so many gates."""
    inside = _latest(graph, {a >> 1, b >> 1}, most)
    left, right = graph.left, graph.right
    number = {0: 0}
    gates = array("q")
    for node in reversed(inside):
        x, y = left[node], right[node]
        p = number.setdefault(x >> 1, len(number))
        q = number.setdefault(y >> 1, len(number))
        n = number.setdefault(node, len(number))
        gates.extend((n, 2 * p | x & 1, 2 * q | y & 1))
    ends = [2 * number.setdefault(x >> 1, len(number)) | x & 1 for x in (a, b)]
    whole = most is None or len(inside) < most
    return Cone(ends[0], ends[1], gates, list(number), whole)


def _latest(graph: Nodes, roots: set[int], most: int | None) -> list[int]:
    """Return at most so many AND nodes that roots depend on, the latest first."""
    left, right = graph.left, graph.right
    heap = [-root for root in roots]
    heapify(heap)
    seen = set(heap)
    inside: list[int] = []
    while heap and (most is None or len(inside) < most):
        node = -heappop(heap)
        x = left[node]
        if x < 0 or node == 0:
            continue
        inside.append(node)
        for below in (-(x >> 1), -(right[node] >> 1)):
            if below not in seen:
                seen.add(below)
                heappush(heap, below)
    return inside
