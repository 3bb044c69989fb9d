"""A circuit inside a graph: its outputs, and the nets by which people know its inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from db2hdl_hw.prove.graph import Graph

Word = list[int]
"""Literals of a word, the least significant first."""

Point = tuple[str, int]
"""A bit by name: of a port, or of a layer."""


@dataclass
class Circuit:
    """One side of an equivalence.

    Attributes
    ----------
    graph : Graph
        Shared by both sides, so that what is built alike is one node.
    outputs : dict of port name to word
    points : dict of layer name to literals or None
        The output bits of a layer in C order; None for a bit that the circuit has not.
    names : dict of node to str
        What people call a node, where it has a name; for reports only.
    """

    graph: Graph
    outputs: dict[str, Word] = field(default_factory=dict)
    points: dict[str, list[int | None]] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)

    def name(self, literal: int, default: str) -> str:
        """Return the name of a literal's node."""
        return self.names.get(literal >> 1, default)


def port_word(graph: Graph, port: str, width: int) -> Word:
    """Return the word of an input port; the same bit of the same port is the same input."""
    return [graph.input(f"{port}[{bit}]") for bit in range(width)]


def pairs(a: Mapping[str, Word], b: Mapping[str, Word]) -> list[tuple[Point, int, int]]:
    """Return the bits of words of the same names, in two circuits.

    Raises
    ------
    ValueError
        If the names or widths differ.
    """
    if set(a) != set(b):
        raise ValueError(f"ports {sorted(a)} and {sorted(b)}")
    found = []
    for name, word in a.items():
        if len(word) != len(b[name]):
            raise ValueError(f"port {name!r} has {len(word)} and {len(b[name])} bits")
        found += [((name, i), x, y) for i, (x, y) in enumerate(zip(word, b[name], strict=True))]
    return found
