from hypothesis import given, settings
from hypothesis import strategies as st

from db2hdl_hw.netlist.netlist import Op
from db2hdl_hw.netlist.random_netlist import random_netlist
from db2hdl_hw.netlist.text import from_text, to_text
from db2hdl_hw.netlist.verify import verify
from db2hdl_hw.passes import remove_dead


def test_golden(head):
    cells = "n7 a[0] not n2\nn8 a[1] not n3\nn9 b and n7 n8\nn10 b or n8 n4\n"
    before = from_text(f"{head}{cells}output y n10\nprobe a n7 n8\nprobe b n9 n10\n")
    after = remove_dead.run(before)
    assert to_text(after) == (
        f"{head}n7 a[1] not n3\nn8 b or n4 n7\noutput y n8\nprobe a . n7\nprobe b . n8\n"
    ).replace("n4 n7", "n7 n4")


def test_inputs_and_constants_stay(head):
    before = from_text(f"{head}n7 a not n2\nn8:2 a const(1)\noutput y n0\n")
    assert to_text(remove_dead.run(before)) == f"{head}output y n0\n"


def test_a_netlist_without_dead_cells_is_returned_as_it_is(head):
    netlist = from_text(f"{head}n7 a not n2\noutput y n7\n")
    assert remove_dead.run(netlist) is netlist


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32))
def test_function_and_idempotence_on_random_netlists(assert_same_function, seed):
    before = random_netlist(seed, cells=60)
    after = remove_dead.run(before)
    verify(after)
    assert_same_function(before, after)
    assert remove_dead.run(after) == after
    read = {int(net) for net in after.fanin} | {int(n) for p in after.outputs.values() for n in p}
    for cell in range(2, len(after)):
        assert cell in read or after.op[cell] == Op.INPUT


def test_a_live_cell_that_goes_is_caught(monkeypatch, head):
    """Planted: the fan-ins of live cells are forgotten."""
    import numpy as np
    import pytest

    from db2hdl_hw.netlist.rows import Rows
    from db2hdl_hw.netlist.verify import NetlistError

    nothing = Rows(np.zeros(0, np.int64), np.zeros(0, np.int32))
    monkeypatch.setattr(remove_dead, "fanin_rows", lambda *_: nothing)
    netlist = from_text(f"{head}n7 a not n2\nn8 b not n7\noutput y n8\n")
    with pytest.raises(NetlistError, match=r"cell n7 \(not in b\) reads a net that does not exist"):
        verify(remove_dead.run(netlist))
