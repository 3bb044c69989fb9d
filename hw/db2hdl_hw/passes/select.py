"""Leave cells out of a netlist, or put them in another order, and keep their readers right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from db2hdl_hw.netlist.netlist import NO_NET, Netlist, Nets
from db2hdl_hw.netlist.rows import Index, fanin_rows


def select(netlist: Netlist, keep: NDArray[np.bool_], alias: Nets | None = None) -> Netlist:
    """Return the netlist of the cells to keep, renumbered in the same order.

    Parameters
    ----------
    netlist : Netlist
        Its fan-ins, outputs and probes may still name cells that go.
    keep : [cells]
        Which cells stay. Constants and inputs must be among them.
    alias : [cells], optional
        For each cell the net that now stands for it: itself, or a cell that stays. A probe of a
        cell that goes without an alias becomes ``NO_NET``.
    """
    number = np.where(keep, np.cumsum(keep) - 1, NO_NET).astype(np.int32)
    to = number if alias is None else number[alias]
    cells = np.flatnonzero(keep)
    rows = fanin_rows(netlist, cells)
    return replace(
        netlist,
        op=netlist.op[cells],
        width=netlist.width[cells],
        param=netlist.param[cells],
        layer=netlist.layer[cells],
        place=netlist.place[cells],
        fanin_start=np.concatenate([[0], np.cumsum(rows.count)]).astype(np.int64),
        fanin=to[rows.values],
        outputs={name: to[nets] for name, nets in netlist.outputs.items()},
        probes={
            name: np.where(nets == NO_NET, NO_NET, to[nets]).astype(np.int32)
            for name, nets in netlist.probes.items()
        },
    )


def order(netlist: Netlist, key: Index) -> Netlist:
    """Return the netlist with its cells in ascending order of different keys [cells].

    Fan-ins must come before their readers in the new order; in the old one they need not.
    """
    cells = np.argsort(key)
    number = np.empty(len(cells), np.int32)
    number[cells] = np.arange(len(cells), dtype=np.int32)
    rows = fanin_rows(netlist, cells)

    def to(nets: Nets) -> Nets:
        return np.where(nets == NO_NET, NO_NET, number[nets]).astype(np.int32)

    return replace(
        netlist,
        op=netlist.op[cells],
        width=netlist.width[cells],
        param=netlist.param[cells],
        layer=netlist.layer[cells],
        place=netlist.place[cells],
        fanin_start=np.concatenate([[0], np.cumsum(rows.count)]).astype(np.int64),
        fanin=to(rows.values),
        outputs={name: to(nets) for name, nets in netlist.outputs.items()},
        probes={name: to(nets) for name, nets in netlist.probes.items()},
    )
