"""Leave out what constants, repetitions and inverters decide."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from db2hdl_hw.netlist.netlist import BIT, Netlist, Op
from db2hdl_hw.netlist.rows import Index, levels
from db2hdl_hw.passes.fold_gates import fold_and_or, fold_at_least, fold_not, fold_xor
from db2hdl_hw.passes.fold_lut import fold_lut
from db2hdl_hw.passes.fold_state import FoldState
from db2hdl_hw.passes.fold_words import fold_argmax, fold_compare, fold_popcount

# In this order: at_least becomes and, or; xor and lut become not.
_RULES: tuple[tuple[tuple[Op, ...], Callable[[FoldState, Index], None]], ...] = (
    ((Op.AT_LEAST,), fold_at_least),
    ((Op.AND, Op.OR), fold_and_or),
    ((Op.XOR,), fold_xor),
    ((Op.LUT,), fold_lut),
    ((Op.NOT,), fold_not),
    ((Op.POPCOUNT,), fold_popcount),
    ((Op.COMPARE,), fold_compare),
    ((Op.ARGMAX,), fold_argmax),
)


def run(netlist: Netlist) -> Netlist:
    """Return the netlist with every cell folded that constants or its own fan-ins decide.

    One sweep from inputs to outputs, a level at a time, so a constant goes as far as it reaches.
    Bits that become constants are nets 0 and 1; words become constant cells, and keep their width.
    """
    state = FoldState(netlist)
    first, *others = levels(netlist)
    bits = first[(netlist.op[first] == Op.CONST) & (netlist.width[first] == BIT)]
    state.replace(bits, netlist.param[bits])
    for cells in others:
        for ops, rule in _RULES:
            alive = state.alias[cells] == cells
            chosen = cells[alive & np.isin(state.op[cells], [int(op) for op in ops])]
            if len(chosen):
                rule(state, chosen)
    return state.finish()
