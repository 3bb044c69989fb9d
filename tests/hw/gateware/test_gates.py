# amaranth: UnusedElaboratable=no
"""The gates of a circuit compute what the netlist's interpreter computes, in every style."""

import numpy as np
import pytest

from db2hdl_hw.gateware.counters import COUNTS
from db2hdl_hw.gateware.gates import ARITY, Gates, Kind, gates_of
from db2hdl_hw.netlist.builder import Builder
from db2hdl_hw.netlist.interpret import evaluate
from db2hdl_hw.netlist.netlist import Netlist
from db2hdl_hw.netlist.random_netlist import random_netlist


def outputs_of(gates: Gates, words: np.ndarray) -> np.ndarray:
    """Evaluate gate by gate in plain Python booleans."""
    value = [np.zeros(len(words), bool), np.ones(len(words), bool)]
    for kind, (a, b, c) in zip(gates.kind[2:].tolist(), gates.reads[2:].tolist(), strict=True):
        if kind == Kind.INPUT:
            value.append(words[:, a])
            continue
        x, y, z = value[a], value[b], value[c]
        table = {Kind.BUF: x, Kind.NOT: ~x, Kind.AND: x & y, Kind.OR: x | y, Kind.XOR: x ^ y}
        value.append(table.get(Kind(kind), np.where(z, x, y)))
    return np.stack([value[node] for node in gates.outputs], axis=1)


def expected(netlist: Netlist, words: np.ndarray) -> np.ndarray:
    """What the interpreter says, as bits of the output word."""
    inputs, low = {}, 0
    for port in netlist.inputs:
        bits = words[:, low : low + port.width]
        low += port.width
        inputs[port.name] = bits @ (1 << np.arange(port.width)) if port.is_word else bits
    parts = []
    for name, values in evaluate(netlist, inputs).items():
        widths = netlist.width[netlist.outputs[name]].clip(min=1)
        columns = values.reshape(len(words), -1).astype(np.int64)
        if len(widths) == columns.shape[1]:
            for width, column in zip(widths.tolist(), columns.T, strict=True):
                parts.append(column[:, None] >> np.arange(width) & 1)
    return np.concatenate(parts, axis=1).astype(bool)


@pytest.mark.parametrize("style", COUNTS)
@pytest.mark.parametrize("seed", range(6))
def test_gates_compute_what_the_interpreter_does(seed: int, style: str) -> None:
    netlist = random_netlist(seed, cells=50)
    words = np.random.default_rng(seed).random((300, 9)) < 0.5
    gates = gates_of(netlist, style)
    assert (outputs_of(gates, words) == expected(netlist, words)).all()


@pytest.mark.parametrize("style", COUNTS)
def test_wide_counts_and_their_argmax(style: str) -> None:
    builder = Builder("top")
    bits = builder.input_bits("x", 40)
    with builder.layer("count"):
        counts = builder.popcount(bits[[range(0, 20), range(20, 40)]])
        builder.output("y", builder.argmax(counts).reshape(1))
        builder.output("half", builder.at_least(17, bits).reshape(1))
    netlist = builder.build()
    words = np.random.default_rng(0).random((500, 40)) < 0.5
    assert (outputs_of(gates_of(netlist, style), words) == expected(netlist, words)).all()


def test_nodes_read_earlier_nodes_and_are_named() -> None:
    gates = gates_of(random_netlist(3, cells=50))
    for node, kind in enumerate(gates.kind.tolist()):
        if kind in ARITY:
            assert (gates.reads[node, : ARITY[Kind(kind)]] < node).all()
            assert gates.where[node]
