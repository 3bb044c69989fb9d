"""Every net has one name, and the net map says where it is."""

import numpy as np

from db2hdl_hw.gateware.naming import name_nets, net_map
from db2hdl_hw.netlist.builder import Builder
from db2hdl_hw.netlist.netlist import Netlist
from db2hdl_hw.netlist.random_netlist import random_netlist
from db2hdl_hw.passes import optimise


def net_map_of(netlist: Netlist) -> dict[str, list[str | None]]:
    return {str(e["name"]): e["nets"] for e in net_map(netlist, name_nets(netlist))}  # type: ignore[misc]


def test_paths() -> None:
    builder = Builder("core")
    x = builder.input_bits("x", 3)
    with builder.layer("encoder"):
        builder.mark("encoder", x)
    with builder.layer("l0_and"):
        a = builder.and_(x[[0, 1]], x[1])
        builder.mark("l0_and", [a[0], 1, a[0], x[2], a[1]])
    builder.output("y", [a[0], 0])
    netlist = builder.build()
    assert net_map_of(netlist) == {
        "encoder": ["core.x_0", "core.x_1", None],
        "l0_and": ["core.l0_and.l0_and_0", "1", "core.l0_and.l0_and_0", None, None],
    }
    assert net_map_of(optimise(netlist))["l0_and"][4] is None


def test_names_keep_off_ports() -> None:
    builder = Builder("core")
    x = builder.input_bits("x", 3)
    words = [builder.input_word(name, 2) for name in ("x_0", "l0_and_0", "unused", "l0_and")]
    with builder.layer("l0_and"):
        a = builder.and_(x[0], x[1])
        bits = builder.compare(np.stack(words[:2]), 2)
        builder.mark("l0_and", [a, *bits])
    builder.output("y", [a, *bits])
    names = name_nets(builder.build())
    assert names.layers == ["", "l0_and_p"]
    assert names.unused == "unused_s"
    assert [s for s in names.signals if s] == [
        "x_0_s",
        "x_1",
        "l0_and_p_0",
        "l0_and_p_1",
        "l0_and_p_2",
    ]


def test_names_are_unique() -> None:
    for seed in range(20):
        netlist = random_netlist(seed)
        names = name_nets(netlist)
        used = [s.lower() for s in names.signals if s] + [names.unused]
        used += [p.name for p in netlist.inputs] + list(netlist.outputs) + names.layers
        assert len(set(used)) == len(used)
