from dataclasses import replace

import numpy as np
import pytest

from db2hdl_hw.netlist.netlist import Port
from db2hdl_hw.netlist.random_netlist import random_netlist

CHANGES = {
    "top": lambda n: "other",
    "op": lambda n: n.op + np.uint8(1),
    "param": lambda n: n.param + np.uint64(1),
    "place": lambda n: n.place + np.int32(1),
    "fanin": lambda n: n.fanin[::-1],
    "layers": lambda n: [*n.layers, "more"],
    "inputs": lambda n: [*n.inputs, Port("more", 1)],
    "outputs": lambda n: {**n.outputs, "y": n.outputs["y"][1:]},
    "probes": lambda n: {**n.probes, "l0": n.probes["l0"][1:]},
}


@pytest.mark.parametrize("field", CHANGES)
def test_equality_sees_every_field(field):
    netlist = random_netlist(1)
    assert netlist == random_netlist(1)
    assert netlist != replace(netlist, **{field: CHANGES[field](netlist)})


def test_a_netlist_is_no_other_thing():
    assert random_netlist(1) != "netlist"
