# amaranth: UnusedElaboratable=no
"""A pipelined circuit computes what the interpreter computes, ``latency`` cycles later."""

from typing import Any

import numpy as np
import pytest
from amaranth.hdl import C, Cat, Mux, Signal
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from db2hdl_hw.errors import InputError
from db2hdl_hw.gateware import registers
from db2hdl_hw.gateware.circuit import Circuit, cut_stages
from db2hdl_hw.gateware.operations import STYLE, STYLES
from db2hdl_hw.gateware.registers import depths, substitute
from db2hdl_hw.netlist.builder import Builder
from db2hdl_hw.netlist.interpret import evaluate
from db2hdl_hw.netlist.random_netlist import random_netlist
from db2hdl_hw.passes import optimise
from db2hdl_hw.passes.stages import Pipeline


def inputs_of(netlist, rows, seed):
    rng = np.random.default_rng(seed)
    return {
        p.name: rng.integers(0, 1 << p.width, rows)
        if p.is_word
        else rng.integers(0, 2, (rows, p.width)).astype(bool)
        for p in netlist.inputs
    }


def number(value, widths):
    total = low = 0
    for one, width in zip(np.atleast_1d(value).tolist(), widths, strict=True):
        total |= int(one) << low
        low += width
    return total


def outputs_of(netlist, inputs):
    """Return the numbers on the output ports, row by row."""
    found = evaluate(netlist, inputs)
    rows = len(next(iter(inputs.values())))
    widths = {n: netlist.width[nets].clip(min=1).tolist() for n, nets in netlist.outputs.items()}
    return [{n: number(found[n][i], widths[n]) for n in widths} for i in range(rows)]


def simulate(netlist, pipeline, inputs, gaps, style):
    """Return (cycle, outputs) of each cycle with ``out_valid``, and the cycles of the inputs."""
    circuit = Circuit(netlist, pipeline, style)
    rows = len(next(iter(inputs.values())))
    given, taken = [], []

    async def bench(context: Any) -> None:
        row = cycle = 0
        while len(taken) < rows and cycle < 10 * rows + 100:
            valid = row < rows and bool(gaps[cycle % len(gaps)])
            for port in netlist.inputs:
                value = inputs[port.name][row] if valid else 0
                context.set(getattr(circuit, port.name), number(value, [1] * np.size(value)))
            context.set(circuit.in_valid, valid)
            if valid:
                given.append(cycle)
                row += 1
            if context.get(circuit.out_valid):
                values = {n: int(context.get(getattr(circuit, n))) for n in netlist.outputs}
                taken.append((cycle, values))
            await context.tick()
            cycle += 1

    simulator = Simulator(circuit)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return taken, given


def check(netlist, pipeline, seed=0, rows=40, style=STYLE):
    inputs = inputs_of(netlist, rows, seed)
    gaps = np.random.default_rng(seed).integers(0, 3, 97).astype(bool)
    taken, given = simulate(netlist, pipeline, inputs, gaps, style)
    assert [cycle for cycle, _ in taken] == [cycle + pipeline.latency for cycle in given]
    assert [values for _, values in taken] == outputs_of(netlist, inputs)


@pytest.mark.parametrize("seed", range(10))
def test_random_netlists(seed):
    netlist = random_netlist(seed, words=2)
    pipeline = Pipeline(1 + seed % 5, bool(seed & 1), bool(seed & 2))
    check(optimise(netlist) if seed % 2 else netlist, pipeline, seed)


@pytest.mark.parametrize("pipeline", [Pipeline(0, True), Pipeline(0, False, True), Pipeline(9)])
def test_registers_at_the_ends_and_more_of_them_than_logic(pipeline):
    check(random_netlist(77, words=1), pipeline)


def counting(bits, classes=1):
    builder = Builder("core")
    x = builder.input_bits("x", bits * classes)
    with builder.layer("count"):
        counts = [builder.popcount(x[i * bits : (i + 1) * bits]) for i in range(classes)]
    with builder.layer("argmax"):
        index = builder.argmax(np.stack(counts)) if classes > 1 else counts[0]
    builder.output("class_index", [index])
    return builder.build()


def test_a_large_count_is_cut_inside():
    netlist = counting(64)
    depth = {stages: cut_stages(netlist, Pipeline(stages)).levels for stages in (0, 1, 2, 3)}
    assert depth[1] < 0.7 * depth[0] and depth[3] < 0.5 * depth[0]
    check(netlist, Pipeline(3))


@pytest.mark.parametrize("style", STYLES)
def test_every_style_of_counting_is_cut(style):
    netlist = counting(40, classes=3)
    depth = [cut_stages(netlist, Pipeline(stages), style).levels for stages in (0, 4)]
    assert depth[1] < 0.5 * depth[0]
    check(netlist, Pipeline(4), style=style)


def test_a_wide_gate_is_cut_inside():
    builder = Builder("core")
    x = builder.input_bits("x", 300)
    with builder.layer("l0_and"):
        out = [builder.all_(x), builder.any_(x), builder.parity(x)]
    builder.output("y", np.array(out))
    netlist = builder.build()
    assert cut_stages(netlist, Pipeline(1)).levels < cut_stages(netlist, Pipeline(0)).levels
    check(netlist, Pipeline(2))


def test_argmax_is_cut_inside():
    netlist = counting(7, classes=5)
    assert cut_stages(netlist, Pipeline(3)).levels < 0.5 * cut_stages(netlist, Pipeline(0)).levels
    check(netlist, Pipeline(4))


def test_outputs_tied_to_inputs_and_constants():
    builder = Builder("core")
    x = builder.input_bits("x", 3)
    word = builder.input_word("age", 3)
    builder.output("y", [x[2], 1, x[0], 0])
    builder.output("same", [word])
    check(builder.build(), Pipeline(2, True, True))


def test_a_stage_too_few_is_found(monkeypatch):
    """The comparison of this file can fail."""
    later = registers.Pipelined._later

    def early(self, node, stage):
        return later(self, node, max(stage - 1, self.stages.stage[node]))

    monkeypatch.setattr(registers.Pipelined, "_later", early)
    with pytest.raises(AssertionError):
        check(random_netlist(3, words=1), Pipeline(3))


def test_it_is_a_component_with_valid():
    circuit = Circuit(counting(4), Pipeline(2, True))
    assert dict(circuit.signature.members) == {
        "rst": In(1),
        "in_valid": In(1),
        "out_valid": Out(1),
        "x": In(4),
        "class_index": Out(3),
    }
    assert (circuit.latency, circuit.initiation_interval) == (3, 1)


@pytest.mark.parametrize("name", ["clk", "rst", "in_valid", "out_valid"])
def test_ports_that_a_pipeline_has_for_itself(name):
    builder = Builder("core")
    builder.output("y", builder.input_bits(name, 2))
    netlist = builder.build()
    assert Circuit(netlist).latency == 0
    with pytest.raises(InputError, match="cannot be used here; choose another"):
        Circuit(netlist, Pipeline(1))


def test_a_reset_clears_valid():
    circuit = Circuit(counting(4), Pipeline(3))
    seen = []

    async def bench(context: Any) -> None:
        context.set(circuit.in_valid, 1)
        for cycle in range(8):
            context.set(circuit.rst, cycle == 3)
            seen.append(context.get(circuit.out_valid))
            await context.tick()

    simulator = Simulator(circuit)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    assert seen == [0, 0, 0, 1, 0, 0, 0, 1]


def test_depths_and_substitution_of_every_kind_of_value():
    a, b, s = Signal(2, name="a"), Signal(2, name="b"), Signal(name="s")
    index = {id(a): 0, id(b): 1, id(s): 2}
    shared = a + b
    value = Mux(s, Cat(shared, shared), Cat(a[0], C(1, 2), (~b).any(), a == b))
    found = depths(value, index)
    assert set(found) == {0, 1, 2}
    assert found[2] < found[0]
    assert found[0] == found[1] == depths(shared, index)[0] + depths(Mux(s, a, b), index)[0]
    c = Signal(2, name="c")
    moved = substitute(value, {id(a): c}, {})
    assert "(sig c)" in repr(moved) and "(sig a)" not in repr(moved) and "(sig a)" in repr(value)
    assert moved.shape() == value.shape()


def test_bits_are_read_through_slices_of_what_is_put_together():
    a, b = Signal(4, name="a"), Signal(4, name="b")
    read = {}
    registers.mark_read(Cat(a, b)[3:6] + 1, read)
    assert read == {id(a): 0b1000, id(b): 0b0011}
