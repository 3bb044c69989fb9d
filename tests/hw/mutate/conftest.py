"""Evaluating graphs, so that faults can be compared with what they should be."""

from collections.abc import Callable

import numpy as np
import pytest

from db2hdl_hw.mutate.aiger import Aiger

Evaluate = Callable[..., dict[str, list[bool]]]


@pytest.fixture
def evaluate_graph() -> Evaluate:
    """A function from a graph, rows of ``in`` and a bit of ``sel`` to the rows of ``out``."""

    def evaluate(graph: Aiger, rows: np.ndarray, fault: int | None = None) -> np.ndarray:
        full = (1 << len(rows)) - 1
        value = [0] * (graph.first + len(graph.nodes))
        for name, literal in graph.inputs.items():
            port, bit = name[:-1].split("[")
            on = port == "sel" and int(bit) == fault
            column = rows[:, int(bit)] if port == "in" else np.full(len(rows), on)
            packed = np.packbits(column, bitorder="little").tobytes()
            value[literal >> 1] = int.from_bytes(packed, "little")

        def read(literal: int) -> int:
            return value[literal >> 1] ^ (full if literal & 1 else 0)

        for number, (a, b) in enumerate(graph.nodes, start=graph.first):
            value[number] = read(a) & read(b)
        out = np.zeros((len(rows), len(graph.outputs)), bool)
        for name, literal in graph.outputs.items():
            bits = read(literal)
            out[:, int(name[4:-1])] = [bits >> row & 1 for row in range(len(rows))]
        return out

    return evaluate
