"""Estimates of netlists whose cost is known."""

from __future__ import annotations

import numpy as np
import pytest

from db2hdl_hw.errors import InputError
from db2hdl_hw.netlist.builder import Builder
from db2hdl_hw.netlist.random_netlist import random_netlist
from db2hdl_hw.passes import optimise
from db2hdl_hw.synth.estimate import FAMILIES, estimate
from db2hdl_hw.synth.targets import TARGETS


def test_every_target_has_a_family() -> None:
    assert list(FAMILIES) == list(TARGETS)


@pytest.mark.parametrize(("target", "luts", "depth"), [("xc7", 1, 1), ("ice40", 2, 2)])
def test_gates_that_one_gate_reads_are_merged(target: str, luts: int, depth: int) -> None:
    b = Builder("top")
    x = b.input_bits("x", 6)
    with b.layer("l0"):
        y = b.or_(b.and_(x[0], b.not_(x[1])), b.xor(x[2], b.and_(x[3], b.or_(x[4], x[5]))))
    b.output("y", [y])
    found = estimate(b.build(), target)
    assert (found.luts, found.depth, dict(found.parts)) == (luts, depth, {"l0": luts})


def test_a_gate_that_is_read_twice_stays() -> None:
    b = Builder("top")
    x = b.input_bits("x", 5)
    with b.layer("l0"):
        shared = b.and_(x[0], x[1])
        b.output("y", [b.or_(shared, x[2]), b.xor(shared, b.xor(x[3], x[4]))])
    assert estimate(b.build(), "xc7").luts == 3


def test_a_trained_like_table_costs_one_lut_on_xc7_and_more_on_ice40() -> None:
    b = Builder("top")
    x = b.input_bits("x", 6)
    with b.layer("l0_lut"):
        b.output("y", b.lut(np.array([0x9669F00D12345678], np.uint64), x[None, :]))
    netlist = b.build()
    assert estimate(netlist, "xc7").luts == 1 and estimate(netlist, "ice40").luts > 4


def test_counts_cost_what_was_measured() -> None:
    b = Builder("top")
    x = b.input_bits("x", 100)
    with b.layer("count"):
        b.output("y", b.popcount(x[None, :]))
    netlist = b.build()
    # measured: benchmarks/counts.py
    for target, luts in (("xc7", 63), ("ice40", 149), ("gowin", 171), ("ecp5", 179)):
        assert abs(estimate(netlist, target).luts - luts) <= 0.15 * luts


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("target", TARGETS)
def test_any_netlist_has_an_estimate(seed: int, target: str) -> None:
    for netlist in (random_netlist(seed), optimise(random_netlist(seed))):
        found = estimate(netlist, target)
        assert found.luts >= 0 and abs(found.luts - sum(found.parts.values())) <= len(found.parts)


def test_an_unknown_target_is_refused() -> None:
    with pytest.raises(InputError, match="did you mean 'gowin'"):
        estimate(random_netlist(0), "gowim")
