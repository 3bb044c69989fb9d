"""Remove cells that no output depends on."""

from __future__ import annotations

import numpy as np

from db2hdl_hw.netlist.netlist import Netlist, Op
from db2hdl_hw.netlist.rows import fanin_rows
from db2hdl_hw.passes.select import select


def run(netlist: Netlist) -> Netlist:
    """Return the netlist without the cells that no output reaches through fan-ins.

    Input cells and the constants 0 and 1 stay, so that ports stay as they are. A probe keeps no
    cell alive: where its cell goes it becomes ``NO_NET``.
    """
    keep = netlist.op == Op.INPUT
    keep[:2] = True
    live = np.unique(np.concatenate(list(netlist.outputs.values())))
    while len(live):
        keep[live] = True
        read = np.unique(fanin_rows(netlist, live).values)
        live = read[~keep[read]]
    return netlist if keep.all() else select(netlist, keep)
