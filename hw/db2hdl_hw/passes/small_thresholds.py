"""Make tables of thresholds that read few bits."""

from __future__ import annotations

import numpy as np

from db2hdl_hw.netlist.netlist import CONST1, Netlist, Op
from db2hdl_hw.netlist.rows import Index, Rows
from db2hdl_hw.passes.fold_state import FoldState, Mask

MOST = 4
"""Inputs of the largest table: more are good for 6-input LUTs only, whose counters see to them."""


def run(netlist: Netlist) -> Netlist:
    """Return the netlist with each AT_LEAST of at most four different bits as a table.

    As a count and a comparison it would be an adder, on a carry chain that synthesis cannot look
    into. Thresholds that are AND, OR or constant are left for ``fold_constants``.
    """
    state = FoldState(netlist)
    cells = np.flatnonzero(netlist.op == Op.AT_LEAST)
    rows = state.rows(cells).sorted()
    different = rows.total(_fresh(rows))
    limit = netlist.param[cells].astype(np.int64)
    real = (limit > 1) & (limit < rows.count) & (rows.total(rows.values <= CONST1) == 0)
    for size in range(1, MOST + 1):
        chosen = np.flatnonzero(real & (different == size))
        if len(chosen):
            _rewrite(state, cells[chosen], rows.take(chosen), limit[chosen], size)
    return state.finish()


def _rewrite(state: FoldState, cells: Index, rows: Rows, limit: Index, size: int) -> None:
    """Replace thresholds over ``size`` different bits each; the rows are sorted."""
    fresh = _fresh(rows)
    nets = rows.values[fresh].reshape(len(cells), size)
    weight = np.diff(np.flatnonzero(fresh), append=len(rows.values)).reshape(len(cells), size)
    codes = np.arange(1 << size)
    high = codes[None, :] >> np.arange(size)[:, None] & 1
    answers = weight @ high >= limit[:, None]
    tables = np.bitwise_or.reduce(answers.astype(np.uint64) << codes.astype(np.uint64), axis=1)
    count = np.full(len(cells), size, dtype=np.int64)
    state.rewrite(cells, Op.LUT, tables, Rows(count, nets.reshape(-1)))


def _fresh(rows: Rows) -> Mask:
    """Return which values of sorted rows are not the one before again."""
    fresh = np.ones(len(rows.values), dtype=np.bool_)
    fresh[1:] = (rows.values[1:] != rows.values[:-1]) | (rows.row[1:] != rows.row[:-1])
    return fresh
