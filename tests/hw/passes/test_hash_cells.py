import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db2hdl_hw.netlist.netlist import Op
from db2hdl_hw.netlist.random_netlist import random_netlist
from db2hdl_hw.netlist.text import from_text, to_text
from db2hdl_hw.netlist.verify import NetlistError, verify
from db2hdl_hw.passes import hash_cells

# name: (cells, outputs and probes before; the same after)
GOLDEN = {
    "sorted fan-ins": (
        "n7 a and n3 n2\nn8 b and n2 n3\noutput y n7 n8",
        "n7 a and n2 n3\noutput y n7 n7",
    ),
    "unlike operations": (
        "n7 a and n2 n3\nn8 a or n2 n3\noutput y n7 n8",
        "n7 a and n2 n3\nn8 a or n2 n3\noutput y n7 n8",
    ),
    "unlike parameters": (
        "n7 a at_least(2) n2 n3 n4\nn8 a at_least(1) n2 n3 n4\noutput y n7 n8",
        "n7 a at_least(2) n2 n3 n4\nn8 a at_least(1) n2 n3 n4\noutput y n7 n8",
    ),
    "unlike widths": (
        "n7:2 a popcount n2 n3\nn8:3 a popcount n2 n3\noutput y n7 n8",
        "n7:2 a popcount n2 n3\nn8:3 a popcount n2 n3\noutput y n7 n8",
    ),
    "repeated fan-ins count": (
        "n7 a xor n2 n3\nn8 a xor n2 n3 n3\noutput y n7 n8",
        "n7 a xor n2 n3\nn8 a xor n2 n3 n3\noutput y n7 n8",
    ),
    "a table has an order": (
        "n7 a lut(0x2) n2 n3\nn8 a lut(0x2) n3 n2\nn9 a lut(0x2) n3 n2\noutput y n7 n8 n9",
        "n7 a lut(0x2) n2 n3\nn8 a lut(0x2) n3 n2\noutput y n7 n8 n8",
    ),
    "argmax has an order": (
        "n7:3 a const(1)\nn8:1 a argmax n6 n7\nn9:1 a argmax n7 n6\noutput y n8 n9",
        "n7:3 a const(1)\nn8:1 a argmax n6 n7\nn9:1 a argmax n7 n6\noutput y n8 n9",
    ),
    "constants": (
        "n7:2 a const(1)\nn8:2 b const(1)\nn9 b const(1)\nn10:3 b const(1)\noutput y n7 n8 n10",
        "n7:2 a const(1)\nn8:3 b const(1)\noutput y n7 n7 n8",
    ),
    "a cone": (
        "n7 a not n2\nn8 a not n2\nn9 a and n7 n3\nn10 b and n3 n8\noutput y n9 n10",
        "n7 a not n2\nn8 a and n3 n7\noutput y n8 n8",
    ),
    "the earlier layer, though its cell is later": (
        "n7 b[0] and n2 n3\nn8 a[1] and n3 n2\nn9 b or n7 n4\n"
        "output y n9\nprobe a . n8\nprobe b n7",
        "n7 a[1] and n2 n3\nn8 b or n4 n7\noutput y n8\nprobe a . n7\nprobe b n7",
    ),
    "a place rather than none": (
        "n7 a and n2 n3\nn8 a[0] and n2 n3\noutput y n7\nprobe a n8",
        "n7 a[0] and n2 n3\noutput y n7\nprobe a n7",
    ),
    "dead cells are not its business": ("n7 a and n2 n3\noutput y n2",) * 2,
}


@pytest.mark.parametrize("case", GOLDEN)
def test_golden(case, head, assert_same_function):
    before = from_text(f"{head}{GOLDEN[case][0]}\n")
    after = hash_cells.run(before)
    verify(after)
    assert to_text(after) == f"{head}{GOLDEN[case][1]}\n"
    assert_same_function(before, after)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32))
def test_function_and_idempotence_on_random_netlists(assert_same_function, seed):
    before = random_netlist(seed, cells=60)
    after = hash_cells.run(before)
    verify(after)
    assert_same_function(before, after)
    assert hash_cells.run(after) == after


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32))
def test_no_two_cells_are_the_same_afterwards(seed):
    netlist = hash_cells.run(random_netlist(seed, cells=60, bits=3))
    columns = zip(netlist.op, netlist.width, netlist.param, strict=True)
    keys = [(*key, *netlist.fanins(cell)) for cell, key in enumerate(columns)]
    assert len(set(keys)) == len(keys)


def test_equal_hashes_of_unlike_cells_do_not_merge_them(monkeypatch, assert_same_function):
    monkeypatch.setattr(hash_cells, "_mix", lambda x: np.zeros_like(x))
    before = random_netlist(2)
    after = hash_cells.run(before)
    assert_same_function(before, after)
    assert len(after) <= len(before)


def test_a_wrong_merge_is_caught(monkeypatch, assert_same_function):
    """Planted: a table is taken for commutative."""
    monkeypatch.setattr(hash_cells, "_COMMUTATIVE", [int(op) for op in Op])
    before = random_netlist(1, cells=100)
    with pytest.raises(AssertionError, match="differs"):
        assert_same_function(before, hash_cells.run(before))


def test_a_wrong_layer_is_caught(monkeypatch, head):
    """Planted: the merged cell stays in the layer of its number."""
    monkeypatch.setattr(hash_cells._Work, "_take_earliest_layer", lambda *_: None)
    cells = "n7 b and n2 n3\nn8 a and n3 n2\nn9 a or n8 n4\noutput y n7 n9"
    with pytest.raises(NetlistError, match=r"cell n8 \(or in a\) reads a later layer: fan-in n7"):
        verify(hash_cells.run(from_text(f"{head}{cells}\n")))
