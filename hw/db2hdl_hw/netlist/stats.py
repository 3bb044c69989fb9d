"""How large a netlist is: cells by operation and by layer, and its depth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from db2hdl_hw.netlist.netlist import Netlist, Op
from db2hdl_hw.netlist.rows import levels


@dataclass(frozen=True)
class Stats:
    """Sizes of a netlist; constants and inputs are not counted as cells.

    Attributes
    ----------
    cells, fanins : int
        Cells that compute something, and their fan-ins together.
    depth : int
        Cells on the longest path from an input to a net.
    by_op, by_layer : dict of name to int
        Cells of each operation ("and", "at_least", …) and of each layer, zeros left out.
    """

    cells: int
    fanins: int
    depth: int
    by_op: dict[str, int]
    by_layer: dict[str, int]


def stats(netlist: Netlist) -> Stats:
    """Return the sizes of a netlist."""
    real = ~np.isin(netlist.op, [int(Op.CONST), int(Op.INPUT)])
    ops = np.bincount(netlist.op[real], minlength=len(Op))
    layers = np.bincount(netlist.layer[real], minlength=len(netlist.layers))
    return Stats(
        cells=int(real.sum()),
        fanins=len(netlist.fanin),
        depth=len(levels(netlist)) - 1,
        by_op={op.name.lower(): int(ops[op]) for op in Op if ops[op]},
        by_layer={n: int(c) for n, c in zip(netlist.layers, layers, strict=True) if c},
    )
