"""The harness in which the clock of a core is measured."""

from dataclasses import replace

import pytest

from db2hdl_hw.boards.speed import core_speed, harness
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.emit.interface import Clocking
from db2hdl_hw.emit.lint import lint
from db2hdl_hw.errors import ToolError
from db2hdl_hw.tools import find_verilator


def test_the_harness_connects_every_port(small_bundle, tmp_path):
    try:
        find_verilator()
    except ToolError as error:
        pytest.skip(str(error))
    bundle = Bundle.open(small_bundle)
    file = tmp_path / "harness.v"
    file.write_text(harness(bundle.interface))
    found = lint([file, *bundle.rtl], "speed")
    assert all("DECLFILENAME" in line for line in found), found


def test_a_pipelined_core_gets_its_clock(small_bundle):
    interface = replace(Bundle.open(small_bundle).interface, latency=2, clocking=Clocking())
    text = harness(interface)
    assert ".clk(clk)" in text and ".rst(1'b0)" in text and ".in_valid(1'b1)" in text


@pytest.mark.slow
@pytest.mark.parametrize("target", ["ice40", "ecp5", "gowin"])
def test_a_core_is_placed_and_routed(small_bundle, target):
    bundle = Bundle.open(small_bundle)
    routed = core_speed(bundle.rtl[0].read_text(), bundle.interface, target, 100.0)
    assert 20 < routed.fmax_mhz < 2000
