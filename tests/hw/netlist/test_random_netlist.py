import numpy as np

from db2hdl_hw.netlist.random_netlist import random_netlist
from db2hdl_hw.netlist.stats import stats


def test_the_same_seed_gives_the_same_netlist():
    assert random_netlist(7, cells=100) == random_netlist(7, cells=100)
    assert random_netlist(7, cells=100) != random_netlist(8, cells=100)


def test_size_and_ports_are_as_asked():
    netlist = random_netlist(1, cells=90, bits=5, words=2, word_width=4, layers=4)
    assert [(p.name, p.width, p.is_word) for p in netlist.inputs] == [
        ("x", 5, False),
        ("w0", 4, True),
        ("w1", 4, True),
    ]
    assert netlist.layers == ["", "l0", "l1", "l2", "l3"]
    assert list(netlist.outputs) == ["y", "word", "several"]
    assert stats(netlist).cells == 90


def test_without_words():
    netlist = random_netlist(2, cells=3, words=0, layers=1)
    assert "y" in netlist.outputs and np.all(netlist.layer <= 1)
