from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db2hdl_hw.netlist.builder import Builder
from db2hdl_hw.netlist.netlist import Op
from db2hdl_hw.netlist.random_netlist import random_netlist
from db2hdl_hw.netlist.text import from_text, to_text
from db2hdl_hw.netlist.verify import NetlistError
from db2hdl_hw.passes import PASSES, optimise


def test_golden(head):
    """What one pass leaves, the next one needs: inverters merge, then cancel, then die."""
    cells = "n7 a not n2\nn8 a not n2\nn9 a and n7 n3\nn10 b and n3 n8 n3\nn11 b xor n9 n10 n4\n"
    netlist = optimise(from_text(f"{head}{cells}output y n11\nprobe a n7 n9\nprobe b n11\n"))
    assert to_text(netlist) == f"{head}output y n4\nprobe a . .\nprobe b n4\n"


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32))
def test_small_netlists_exhaustively(assert_same_function, seed):
    before = random_netlist(seed, cells=80)
    after = optimise(before)
    assert_same_function(before, after)
    for run in PASSES.values():
        assert run(after) == after


def test_a_large_netlist_by_packed_simulation(assert_same_function):
    before = random_netlist(3, cells=4000, bits=40, words=8, word_width=5, layers=20)
    after = optimise(before)
    assert len(after) < len(before)
    assert_same_function(before, after)


def test_wide_layers_by_packed_simulation(assert_same_function):
    rng, b = np.random.default_rng(0), Builder("t")
    x = b.input_bits("x", 100)
    for layer, gate in enumerate([b.parity, b.any_, b.all_, b.parity, b.parity]):
        with b.layer(f"l{layer}"):
            x = b.concat([x, b.not_(x)])
            x = gate(x[rng.integers(len(x), size=(400, 5))])
            b.mark(f"l{layer}", x)
    b.output("y", x)
    before = b.build()
    assert_same_function(before, optimise(before))


def test_progress_is_told_after_each_pass():
    told = []
    netlist = optimise(random_netlist(1), progress=lambda name, cells: told.append((name, cells)))
    names = [name for name, _ in told]
    assert names[: len(PASSES)] == list(PASSES) and told[-1][1] == len(netlist)
    assert [cells for _, cells in told] == sorted((cells for _, cells in told), reverse=True)


def wrong_gate(netlist):
    op = netlist.op.copy()
    op[np.flatnonzero(op == Op.AND)[-1]] = Op.OR
    return replace(netlist, op=op)


def broken_order(netlist):
    fanin = netlist.fanin.copy()
    fanin[-1] = len(netlist) - 1
    return replace(netlist, fanin=fanin)


def test_a_pass_that_changes_the_function_is_caught(assert_same_function, head):
    before = from_text(f"{head}n7 a and n2 n3\noutput y n7\n")
    with pytest.raises(AssertionError, match="output y differs"):
        assert_same_function(before, wrong_gate(before))


def test_a_probe_that_lies_is_caught(assert_same_function, head):
    before = from_text(f"{head}n7 a[0] and n2 n3\noutput y n2\nprobe a n7\n")
    with pytest.raises(AssertionError, match="probe a differs"):
        assert_same_function(before, wrong_gate(before))


def test_a_pass_that_breaks_a_rule_is_caught_at_once(head):
    netlist = from_text(f"{head}n7 a and n2 n3\noutput y n7\n")
    with pytest.raises(NetlistError, match=r"cell n7 \(and in a\) reads itself"):
        optimise(netlist, passes={**PASSES, "broken": broken_order})
