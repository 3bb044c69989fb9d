"""How cells that read or make words fold."""

from __future__ import annotations

import numpy as np

from db2hdl_hw.netlist.netlist import CONST0, CONST1, Op
from db2hdl_hw.netlist.rows import Index
from db2hdl_hw.passes.fold_state import FoldState


def fold_popcount(state: FoldState, cells: Index) -> None:
    """A count leaves zeros out and keeps its width; a count of constants is a constant."""
    rows = state.rows(cells)
    rows = rows.keep(rows.values != CONST0).sorted()
    known = rows.total(rows.values != CONST1) == 0
    state.constant(cells[known], rows.count[known])
    rest = np.flatnonzero(~known)
    state.rewrite(cells[rest], Op.POPCOUNT, 0, rows.take(rest))


def fold_compare(state: FoldState, cells: Index) -> None:
    """A comparison with 0, with more than the word can be, or of a constant is a constant."""
    word = state.rows(cells).values
    limit = state.param[cells]
    one = np.uint64(1)
    most = (one << state.width[word].astype(np.uint64)) - one
    counts = state.op[word] == Op.POPCOUNT
    most[counts] = np.minimum(most, state.count(word).astype(np.uint64))[counts]
    constant = state.op[word] == Op.CONST
    most[constant] = state.param[word][constant]
    low = limit > most
    high = (limit == 0) | (constant & ~low)
    state.replace(cells[low], CONST0)
    state.replace(cells[high], CONST1)


def fold_argmax(state: FoldState, cells: Index) -> None:
    """The greatest of one word, or of constants, is known."""
    rows = state.rows(cells)
    known = rows.total(state.op[rows.values] != Op.CONST) == 0
    rows, where = rows.take(known), np.flatnonzero(known)
    if len(where):
        values = state.param[rows.values]
        greatest = np.maximum.reduceat(values, rows.start)[rows.row]
        position = np.arange(len(values)) - rows.start[rows.row]
        index = np.where(values == greatest, position, len(values))
        state.constant(cells[where], np.minimum.reduceat(index, rows.start))
    single = cells[~known & (state.count(cells) == 1)]
    state.constant(single, np.zeros(len(single), dtype=np.uint64))
