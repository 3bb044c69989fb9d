"""Evaluate all nodes of a graph on many patterns, 64 a word, level by level."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from db2hdl_hw.prove.graph import DIGIT, INPUT, Graph

Words = NDArray[np.uint64]
ONES = np.uint64(0xFFFFFFFFFFFFFFFF)


class Simulator:
    """A graph made ready to be evaluated; nodes added later are not known to it."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.left = np.array(graph.left, np.int64)
        self.right = np.array(graph.right, np.int64)
        level = _levels(graph)
        self._order = np.argsort(level, kind="stable")
        count = np.bincount(level)
        self._ends = np.cumsum(count)

    def run(self, inputs: Mapping[str, NDArray[Any]], patterns: int) -> Words:
        """Return the values [nodes, words] for booleans [patterns] of each input (else 0)."""
        words = -(-patterns // 64)
        values = np.zeros((len(self.left), words), np.uint64)
        for name, literal in self.graph.inputs.items():
            if name in inputs:
                values[literal >> 1] = pack(inputs[name])
        first = 0
        for end in self._ends.tolist():
            nodes = self._order[first:end]
            kind = self.left[nodes]
            gates = nodes[kind >= 0]
            gates = gates[gates > 0]
            values[gates] = read(values, self.left[gates]) & read(values, self.right[gates])
            digits = nodes[kind == DIGIT]
            if len(digits):
                self._digits(values, digits)
            first = end
        return values

    def _digits(self, values: Words, nodes: NDArray[np.int64]) -> None:
        sums: dict[tuple[object, int], NDArray[np.int64]] = {}
        for node in nodes.tolist():
            digit = self.graph.digits[int(self.right[node])]
            key = (digit.form, digit.constant)
            if key not in sums:
                literals = np.array([literal for literal, _ in digit.form])
                weights = np.array([weight for _, weight in digit.form], np.int64)
                bits = np.unpackbits(
                    read(values, literals).view(np.uint8), axis=1, bitorder="little"
                )
                sums[key] = weights @ bits.astype(np.int64) + digit.constant
            values[node] = pack(sums[key] >> digit.place & 1)


def read(values: Words, literals: NDArray[np.int64]) -> Words:
    """Return the values [literals, words] of literals."""
    flip = np.where(literals & 1, ONES, np.uint64(0))[:, None]
    return np.asarray(values[literals >> 1] ^ flip)


def pack(bits: NDArray[Any]) -> Words:
    """Return bits [patterns] as words, pattern 0 the low bit of word 0."""
    padded = np.zeros(-(-len(bits) // 64) * 64, np.uint8)
    padded[: len(bits)] = bits
    return np.packbits(padded, bitorder="little").view(np.uint64)


def bit_of(values: Words, literal: int, pattern: int) -> bool:
    """Return the value of one literal in one pattern."""
    word = int(values[literal >> 1, pattern // 64])
    return bool((word >> pattern % 64 & 1) ^ (literal & 1))


def _levels(graph: Graph) -> NDArray[np.int64]:
    level = [0] * len(graph)
    for node, (a, b) in enumerate(zip(graph.left, graph.right, strict=True)):
        if a >= 0 and node:
            x, y = level[a >> 1], level[b >> 1]
            level[node] = (x if x > y else y) + 1
        elif a == DIGIT:
            level[node] = 1 + max(level[literal >> 1] for literal, _ in graph.digits[b].form)
    return np.array(level, np.int64)


def is_input(graph: Graph, node: int) -> bool:
    """Return whether a node is a free input."""
    return graph.left[node] == INPUT
