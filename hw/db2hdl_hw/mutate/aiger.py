"""And-inverter graphs: reading AIGER text, and a graph in which equal nodes are one node.

A literal is ``2 * node``, plus 1 if inverted; node 0 is the constant 0.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Mapping
from dataclasses import dataclass

from db2hdl_hw.errors import InputError

FALSE, TRUE = 0, 1


@dataclass(frozen=True)
class Aiger:
    """A combinational graph as a file has it.

    Attributes
    ----------
    inputs : mapping of name to literal
        ``port[bit]``; a port of one bit is ``port[0]``, too.
    outputs : mapping of name to literal
    nodes : list of (left, right)
        The operands of node ``first + i``; each of earlier nodes.
    first : int
        The first node that is a conjunction.
    """

    inputs: Mapping[str, int]
    outputs: Mapping[str, int]
    nodes: list[tuple[int, int]]
    first: int


def read_aiger(text: str) -> Aiger:
    """Return the graph in an ASCII AIGER file with symbols.

    Raises
    ------
    InputError
        If it has latches (the Verilog is not combinational), or a bit without a name.
    """
    lines = text.splitlines()
    largest, n_in, n_latch, n_out, n_and = map(int, lines[0].split()[1:6])
    if n_latch:
        raise InputError("the Verilog is not combinational: it has registers or latches")
    ins = [int(line) for line in lines[1 : 1 + n_in]]
    outs = [int(line) for line in lines[1 + n_in : 1 + n_in + n_out]]
    start = 1 + n_in + n_out
    nodes = [(0, 0)] * n_and
    first = largest - n_and + 1
    for line in lines[start : start + n_and]:
        out, left, right = map(int, line.split())
        if max(left, right) >= out or out >> 1 < first:
            raise InputError("the graph that Yosys wrote is not in order")
        nodes[(out >> 1) - first] = (left, right)
    names = {"i": [""] * n_in, "o": [""] * n_out}
    for line in lines[start + n_and :]:
        if line == "c":
            break
        found = re.fullmatch(r"([io])(\d+) (\S+)", line)
        if found:
            names[found[1]][int(found[2])] = found[3] if "[" in found[3] else f"{found[3]}[0]"
    if "" in names["i"] or "" in names["o"]:
        raise InputError("the graph that Yosys wrote has a bit without a name")
    return Aiger(
        dict(zip(names["i"], ins, strict=True)),
        dict(zip(names["o"], outs, strict=True)),
        nodes,
        first,
    )


class Graph:
    """A graph that has each node once: equal operands give the same literal."""

    def __init__(self) -> None:
        self.left, self.right = [0], [0]
        self._known: dict[tuple[int, int], int] = {}
        self._inputs: dict[str, int] = {}

    def input(self, name: str) -> int:
        """Return the literal of an input; the same each time."""
        if name not in self._inputs:
            self._inputs[name] = self._append(-1, -1)
        return self._inputs[name]

    @property
    def inputs(self) -> Mapping[str, int]:
        """The literal of every input so far."""
        return self._inputs

    def and_(self, a: int, b: int) -> int:
        """Return the literal of ``a and b``."""
        if a > b:
            a, b = b, a
        if a == FALSE or a == b ^ 1:
            return FALSE
        if a in (TRUE, b):
            return b
        found = self._known.get((a, b))
        if found is None:
            found = self._known[a, b] = self._append(a, b)
        return found

    def _append(self, a: int, b: int) -> int:
        self.left.append(a)
        self.right.append(b)
        return 2 * (len(self.left) - 1)


class Design:
    """An Aiger graph inside a ``Graph``, with some inputs at constants that may be changed.

    Parameters
    ----------
    graph : Graph
        Where its nodes go; inputs of the same name are the same.
    aiger : Aiger
    free : mapping of input name to name in the graph
        The other inputs are 0.
    """

    def __init__(self, graph: Graph, aiger: Aiger, free: Mapping[str, str]) -> None:
        self._graph, self._aiger = graph, aiger
        self._value = [FALSE] * (aiger.first + len(aiger.nodes))
        for name, literal in aiger.inputs.items():
            if name in free:
                self._value[literal >> 1] = graph.input(free[name])
        self._readers: list[list[int]] = [[] for _ in self._value]
        for number, (a, b) in enumerate(aiger.nodes, start=aiger.first):
            self._value[number] = graph.and_(self._of(a), self._of(b))
            self._readers[a >> 1].append(number)
            self._readers[b >> 1].append(number)

    def outputs(self) -> dict[str, int]:
        """Return the literal of every output."""
        return {name: self._of(literal) for name, literal in self._aiger.outputs.items()}

    def outputs_with(self, name: str) -> dict[str, int]:
        """Return the literals of the outputs that change when one constant input becomes 1."""
        changed = {self._aiger.inputs[name] >> 1: TRUE} if name in self._aiger.inputs else {}
        waiting = [node for start in changed for node in self._readers[start]]
        heapq.heapify(waiting)
        before, last = self._value, -1
        while waiting:
            node = heapq.heappop(waiting)
            if node == last:
                continue
            last = node
            a, b = self._aiger.nodes[node - self._aiger.first]
            left = changed.get(a >> 1, before[a >> 1]) ^ (a & 1)
            right = changed.get(b >> 1, before[b >> 1]) ^ (b & 1)
            value = self._graph.and_(left, right)
            if value != before[node]:
                changed[node] = value
                for reader in self._readers[node]:
                    heapq.heappush(waiting, reader)
        return {
            output: changed[literal >> 1] ^ (literal & 1)
            for output, literal in self._aiger.outputs.items()
            if literal >> 1 in changed
        }

    def _of(self, literal: int) -> int:
        return self._value[literal >> 1] ^ (literal & 1)
