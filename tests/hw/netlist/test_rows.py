import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from db2hdl_hw.netlist.random_netlist import random_netlist
from db2hdl_hw.netlist.rows import Rows, fanin_rows, levels

ragged = st.lists(st.lists(st.integers(0, 9), max_size=5), max_size=6)


def pack(lists):
    counts = np.array([len(row) for row in lists], dtype=np.int64)
    return Rows(counts, np.array([v for row in lists for v in row], dtype=np.int32))


def unpack(rows):
    return [part.tolist() for part in np.split(rows.values, np.cumsum(rows.count))[:-1]]


@given(ragged)
def test_rows_are_ragged_lists(lists):
    rows = pack(lists)
    assert unpack(rows) == lists
    assert unpack(rows.sorted()) == [sorted(row) for row in lists]
    assert unpack(rows.keep(rows.values > 4)) == [[v for v in row if v > 4] for row in lists]
    assert rows.total(rows.values > 4).tolist() == [sum(v > 4 for v in row) for row in lists]


@given(ragged, st.data())
def test_take_picks_rows_in_any_order(lists, data):
    picks = data.draw(st.permutations(range(len(lists))))
    rows = pack(lists).take(np.array(picks, dtype=np.int64))
    assert unpack(rows) == [lists[i] for i in picks]


def test_levels_are_the_longest_distance_from_a_source():
    for seed in range(5):
        netlist = random_netlist(seed)
        expected = []
        for cell in range(len(netlist)):
            below = [expected[net] for net in netlist.fanins(cell)]
            expected.append(1 + max(below) if below else 0)
        found = levels(netlist)
        for level, cells in enumerate(found):
            assert cells.tolist() == [i for i, depth in enumerate(expected) if depth == level]
        assert len(found) == max(expected) + 1


def test_fanin_rows():
    netlist = random_netlist(3)
    cells = np.array([len(netlist) - 1, 0, 20])
    assert unpack(fanin_rows(netlist, cells)) == [netlist.fanins(c).tolist() for c in cells]
