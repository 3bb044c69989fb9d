# amaranth: UnusedElaboratable=no
"""The circuit computes what the netlist's interpreter computes, in Amaranth's own simulator."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from db2hdl_hw.errors import InputError
from db2hdl_hw.gateware.circuit import Circuit
from db2hdl_hw.gateware.operations import STYLE
from db2hdl_hw.netlist.builder import Builder
from db2hdl_hw.netlist.interpret import evaluate
from db2hdl_hw.netlist.netlist import Netlist
from db2hdl_hw.netlist.random_netlist import random_netlist
from db2hdl_hw.passes import optimise

Values = dict[str, np.ndarray]


def as_numbers(netlist: Netlist, values: Values) -> Iterator[dict[str, int]]:
    """Yield the numbers on the ports, row by row, of values as the interpreter has them."""
    words: dict[str, list[int]] = {}
    for name, array in values.items():
        if array.ndim == 1:
            words[name] = array.tolist()
            continue
        nets = netlist.outputs.get(name)
        width = 1 if nets is None else max(1, int(netlist.width[nets[0]]))
        offsets = [0] * array.shape[1]
        if nets is not None:
            sizes = np.maximum(netlist.width[nets], 1)
            offsets = (np.cumsum(sizes) - sizes).tolist()
        else:
            offsets = [width * i for i in range(array.shape[1])]
        words[name] = [sum(int(v) << o for v, o in zip(row, offsets, strict=True)) for row in array]
    for row in zip(*words.values(), strict=True):
        yield dict(zip(words, row, strict=True))


def simulate(netlist: Netlist, inputs: Values, style: str = STYLE) -> list[dict[str, int]]:
    circuit = Circuit(netlist, style=style)
    results = []

    async def bench(context: Any) -> None:
        for row in as_numbers(netlist, inputs):
            for name, value in row.items():
                context.set(getattr(circuit, name), value)
            results.append({n: int(context.get(getattr(circuit, n))) for n in netlist.outputs})

    simulator = Simulator(circuit)
    simulator.add_testbench(bench)
    simulator.run()
    return results


def check(netlist: Netlist, inputs: Values, style: str = STYLE) -> None:
    expected = list(as_numbers(netlist, evaluate(netlist, inputs)))
    assert simulate(netlist, inputs, style) == expected


def every(bits: int) -> np.ndarray:
    """Return all rows of so many bits."""
    return np.array(list(product([False, True], repeat=bits)))


Make = Callable[[Builder, Any], Any]

REDUCTIONS: dict[str, Make] = {
    "and": lambda b, x: b.all_(x),
    "or": lambda b, x: b.any_(x),
    "xor": lambda b, x: b.parity(x),
    "not": lambda b, x: b.not_(x[0]),
    "at_least": lambda b, x: [b.at_least(k, x) for k in range(len(x) + 2)],
    "popcount": lambda b, x: b.popcount(x),
    "lut": lambda b, x: b.lut(0x9669F00D & ((1 << (1 << len(x))) - 1), x),
}


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions_of_all_inputs(name: str, bits: int) -> None:
    builder = Builder("core", fold=False)
    x = builder.input_bits("x", bits)
    with builder.layer("l0_op"):
        out = REDUCTIONS[name](builder, x)
    builder.output("y", np.reshape(out, -1))
    check(builder.build(), {"x": every(bits)})


@pytest.mark.parametrize("bits", [1, 2, 3])
def test_every_table(bits: int) -> None:
    builder = Builder("core", fold=False)
    x = builder.input_bits("x", bits)
    with builder.layer("l0_lut"):
        tables = np.arange(1 << (1 << bits))
        out = builder.lut(tables, np.broadcast_to(x, (len(tables), bits)))
    builder.output("y", out)
    check(builder.build(), {"x": every(bits)})


@pytest.mark.parametrize("style", ["plain", "lut6"])
@pytest.mark.parametrize("words", [1, 2, 3, 4, 5])
def test_argmax_of_all_inputs(words: int, style: str) -> None:
    builder = Builder("core", fold=False)
    nets = [builder.input_word(f"w{i}", 2) for i in range(words)]
    with builder.layer("l0_argmax"):
        index = builder.argmax(np.stack(nets))
    builder.output("class_index", [index])
    rows = np.array(list(product(range(4), repeat=words)))
    check(builder.build(), {f"w{i}": rows[:, i] for i in range(words)}, style)


@pytest.mark.parametrize("width", [1, 2, 4])
def test_every_comparison(width: int) -> None:
    builder = Builder("core", fold=False)
    word = builder.input_word("age", width)
    with builder.layer("encoder"):
        bits = builder.compare(word, np.arange((1 << width) + 1))
    builder.output("y", bits)
    check(builder.build(), {"age": np.arange(1 << width)})


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("shrink", [lambda n: n, optimise], ids=["as it is", "optimised"])
def test_random_netlists(seed: int, shrink: Callable[[Netlist], Netlist]) -> None:
    netlist = shrink(random_netlist(seed, words=2))
    rng = np.random.default_rng(seed)
    inputs: Values = {
        p.name: rng.integers(0, 1 << p.width, 50)
        if p.is_word
        else rng.integers(0, 2, (50, p.width)).astype(bool)
        for p in netlist.inputs
    }
    check(netlist, inputs)


def test_outputs_tied_to_inputs_and_constants() -> None:
    builder = Builder("core")
    x = builder.input_bits("x", 3)
    word = builder.input_word("age", 3)
    builder.output("y", [x[2], 1, x[0], 0])
    builder.output("same", [word])
    check(builder.build(), {"x": every(3), "age": np.arange(8)})


def small() -> Netlist:
    builder = Builder("core")
    x = builder.input_bits("x", 2)
    with builder.layer("l0_and"):
        out = builder.all_(x)
    builder.output("y", [out])
    return builder.build()


def test_it_is_a_component() -> None:
    circuit = Circuit(small())
    assert dict(circuit.signature.members) == {"x": In(2), "y": Out(1)}
    assert (circuit.latency, circuit.initiation_interval) == (0, 1)
    outer = Module()
    outer.submodules.core = circuit
    results = []

    async def bench(context: Any) -> None:
        context.set(circuit.x, 3)
        results.append(context.get(circuit.y))

    simulator = Simulator(outer)
    simulator.add_testbench(bench)
    simulator.run()
    assert results == [1]


@pytest.mark.parametrize("name", ["elaborate", "signature", "names", "_x", "a$b"])
def test_ports_that_a_component_cannot_have(name: str) -> None:
    builder = Builder("core")
    x = builder.input_bits(name, 2)
    builder.output("y", x)
    with pytest.raises(InputError, match="cannot be used here; choose another"):
        Circuit(builder.build())


def test_a_port_that_is_too_wide() -> None:
    builder = Builder("core")
    x = builder.input_bits("x", 1 << 16)
    builder.output("y", x[:1])
    with pytest.raises(InputError, match="'x' is 65536 bits wide, more than 65535"):
        Circuit(builder.build())


def test_a_wrong_circuit_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison of this file can fail."""
    from db2hdl_hw.gateware import operations
    from db2hdl_hw.netlist.netlist import Op

    monkeypatch.setitem(operations.LOWER, Op.AND, operations.LOWER[Op.OR])
    with pytest.raises(AssertionError):
        check(small(), {"x": every(2)})
