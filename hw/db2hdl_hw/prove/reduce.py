"""From guesses to obligations: the only step between engines' answers and the conclusion.

Guesses say of a node that it equals an earlier literal. The graph is built again with every
guessed node replaced by its literal, and for each replacement one obligation is kept: that the
node, *as it is built over the replaced nodes*, equals the literal. If all obligations hold, all
guesses are true: by induction over the order of nodes, the first false one would break its own
obligation, because everything that it was built of was replaced by equals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from db2hdl_hw.prove.graph import DIGIT, INPUT, Graph
from db2hdl_hw.prove.sums import Sums


@dataclass(frozen=True)
class Obligation:
    """Two literals of a reduced graph that must be equal, and the node this is about."""

    a: int
    b: int
    node: int


@dataclass(frozen=True)
class Reduced:
    """A graph over replaced nodes.

    Attributes
    ----------
    graph : Graph
    literal : list of int
        For each node of the original graph, its literal in this one.
    obligations : list of Obligation
    """

    graph: Graph
    literal: list[int]
    obligations: list[Obligation]

    def of(self, literal: int) -> int:
        """Return the literal that stands for one of the original graph."""
        return self.literal[literal >> 1] ^ (literal & 1)


def reduce(
    graph: Graph, guesses: Mapping[int, int], *, exact: bool = True, into: Sums | None = None
) -> Reduced:
    """Return the graph with each guessed node replaced by an earlier literal.

    With ``exact`` off, sums are built of adders: what engines fall back to when the meaning of
    a sum matters. With ``into`` the nodes are added to a graph that earlier guesses were reduced
    to, so that an obligation which comes again is known by its literals.
    """
    sums = into or Sums(Graph(), exact=exact)
    new = sums.graph
    names = {literal >> 1: name for name, literal in graph.inputs.items()}
    literal: list[int] = []
    words: dict[object, list[int]] = {}
    obligations: list[Obligation] = []
    and_, guess = new.and_, guesses.get
    for node, (a, b) in enumerate(zip(graph.left, graph.right, strict=True)):
        if node == 0:
            made = 0
        elif a >= 0:
            made = and_(literal[a >> 1] ^ (a & 1), literal[b >> 1] ^ (b & 1))
        elif a == INPUT:
            made = new.input(names[node])
        else:
            made = _digit(graph, sums, literal, words, b)
        target = guess(node)
        if target is not None:
            if target >> 1 >= node:
                raise ValueError(f"node {node} cannot be replaced by the later literal {target}")
            wanted = literal[target >> 1] ^ (target & 1)
            if wanted != made:
                obligations.append(Obligation(made, wanted, node))
            made = wanted
        literal.append(made)
    return Reduced(new, literal, obligations)


def _digit(
    graph: Graph, sums: Sums, literal: list[int], words: dict[object, list[int]], number: int
) -> int:
    digit = graph.digits[number]
    key = (digit.form, digit.constant)
    if key not in words:
        form = tuple((literal[x >> 1] ^ (x & 1), weight) for x, weight in digit.form)
        words[key] = sums.weighted(form, digit.constant)
    word = words[key]
    return word[digit.place] if digit.place < len(word) else 0


def extract(graph: Graph, roots: list[int], leaves: frozenset[int] = frozenset()) -> list[int]:
    """Return the nodes that roots (literals) depend on, in order; leaves are not looked into."""
    seen = {root >> 1 for root in roots}
    stack = list(seen)
    left, right = graph.left, graph.right
    while stack:
        node = stack.pop()
        if node in leaves:
            continue
        a = left[node]
        if a == DIGIT:
            below = [x >> 1 for x, _ in graph.digits[right[node]].form]
        elif a == INPUT or node == 0:
            continue
        else:
            below = [a >> 1, right[node] >> 1]
        for one in below:
            if one not in seen:
                seen.add(one)
                stack.append(one)
    return sorted(seen)
