"""Faults of time in exported Verilog: each is another text that a simulator still takes."""

import re

import pytest

from db2hdl_hw.emit.interface import Clocking, InputPort, Interface, OutputPort
from db2hdl_hw.emit.verilog import to_verilog
from db2hdl_hw.errors import InputError
from db2hdl_hw.mutate.latency import latency_faults
from db2hdl_hw.netlist.builder import Builder
from db2hdl_hw.passes.stages import Pipeline


def made(stages):
    builder = Builder("core")
    x = builder.input_bits("x", 20)
    with builder.layer("l0_count"):
        count = builder.popcount(x)
    builder.output("y", x[:3])
    builder.output("n", [count])
    text, _ = to_verilog(builder.build(), model_hash="0", versions={}, pipeline=Pipeline(stages))
    interface = Interface(
        "core",
        "0",
        (InputPort("x", 20, tuple(f"f{i}" for i in range(20))),),
        (OutputPort("y", 3, "bits"), OutputPort("n", 5, "bits")),
        (),
        latency=stages,
        clocking=Clocking() if stages else None,
    )
    return text, interface


@pytest.mark.parametrize("stages", [1, 2])
def test_valid_outputs_and_registers_are_shifted(stages):
    text, interface = made(stages)
    found = latency_faults(text, interface, count=5)
    assert [one.where for one in found[:4]] == [
        "out_valid comes a cycle early",
        "out_valid comes a cycle late",
        "y comes a cycle late",
        "n comes a cycle late",
    ]
    texts = [one.applied(text) for one in found]
    assert len(found) == 9 and len({*texts, text}) == 10
    for one in found[4:]:
        assert re.fullmatch(r"latency in core\w*, line \d+: register \w+_d\d left out", str(one))
    clocks = text.count("always @(posedge clk)")
    assert {one.count("always @(posedge clk)") for one in texts[4:]} == {clocks - 1}
    assert {one.module for one in found[:4]} == {"core"}


def test_the_choice_is_seeded():
    text, interface = made(2)
    assert latency_faults(text, interface, 3, 1) == latency_faults(text, interface, 3, 1)
    assert latency_faults(text, interface, 3, 1) != latency_faults(text, interface, 3, 2)


def test_a_core_without_a_clock_or_of_another_form():
    with pytest.raises(InputError, match="has no registers"):
        latency_faults(*made(0))
    _, interface = made(2)
    with pytest.raises(InputError, match="does not assign 'out_valid'"):
        latency_faults("module core();endmodule", interface)
