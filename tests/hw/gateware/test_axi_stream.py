# amaranth: UnusedElaboratable=no
"""The AXI4-Stream shell as a component around a core that is a component, too."""

from typing import Any

import pytest
from amaranth.hdl import Module
from amaranth.sim import Simulator

from db2hdl_hw.emit.interface import Clocking, InputPort, Interface, OutputPort
from db2hdl_hw.errors import InputError
from db2hdl_hw.gateware.axi_stream import AxiStreamShell, beats
from db2hdl_hw.gateware.circuit import Circuit
from db2hdl_hw.netlist.builder import Builder
from db2hdl_hw.passes.stages import Pipeline


def inverting(bits: int, pipeline: Pipeline) -> tuple[Interface, Circuit]:
    builder = Builder("core")
    x = builder.input_bits("x", bits)
    with builder.layer("l0_not"):
        out = builder.not_(x)
    builder.output("y", out)
    latency = pipeline.latency
    interface = Interface(
        "core",
        "00",
        (InputPort("x", bits, tuple(f"f{i}" for i in range(bits))),),
        (OutputPort("y", bits, "bits"),),
        (),
        latency=latency,
        clocking=Clocking() if latency else None,
    )
    return interface, Circuit(builder.build(), pipeline)


@pytest.mark.parametrize(("width", "expected"), [(1, 1), (8, 1), (9, 2), (784, 98)])
def test_beats(width: int, expected: int) -> None:
    assert beats(width, 8) == expected


@pytest.mark.parametrize("data_width", [0, 4, 12, 4104, -8])
def test_widths_that_are_none(data_width: int) -> None:
    interface, _ = inverting(4, Pipeline())
    with pytest.raises(InputError, match=f"multiple of 8 in 8..4096, not {data_width}"):
        AxiStreamShell(interface, data_width)


@pytest.mark.parametrize("pipeline", [Pipeline(), Pipeline(2)])
def test_a_frame_in_is_a_frame_out(pipeline: Pipeline) -> None:
    interface, core = inverting(12, pipeline)
    shell = AxiStreamShell(interface, 8, core=core)
    assert (shell.input_beats, shell.output_beats) == (2, 2)
    outer = Module()
    outer.submodules.shell = shell
    taken, first = [], []

    async def bench(context: Any) -> None:
        context.set(shell.m_axis_tready, 1)
        frames = [(0x34, 0), (0x01, 1), (0xFF, 0), (0x0F, 1)]
        for cycle in range(60):
            context.set(shell.aresetn, cycle > 1)
            context.set(shell.aclk, 0)
            data, last = frames[0] if frames else (0, 0)
            context.set(shell.s_axis_tvalid, bool(frames) and cycle > 3)
            context.set(shell.s_axis_tdata, data)
            context.set(shell.s_axis_tlast, last)
            await context.delay(1e-6)
            if frames and cycle > 3 and context.get(shell.s_axis_tready):
                frames.pop(0)
                first.append(cycle)
            if context.get(shell.m_axis_tvalid):
                names = ("m_axis_tdata", "m_axis_tlast", "m_axis_tuser")
                taken.append((cycle, *(context.get(getattr(shell, n)) for n in names)))
            context.set(shell.aclk, 1)
            await context.delay(1e-6)

    simulator = Simulator(outer)
    simulator.add_testbench(bench)
    simulator.run()
    assert [beat[1:] for beat in taken] == [
        (0xCB, 0, 0),
        (0x0E, 1, 0),
        (0x00, 0, 0),
        (0x00, 1, 0),
    ]
    assert taken[0][0] - first[1] == pipeline.latency + 3
