"""How tables fold: inputs that are constant, or that make no difference, are left out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from db2hdl_hw.netlist.netlist import CONST0, CONST1, Nets, Op
from db2hdl_hw.netlist.rows import Index, Rows
from db2hdl_hw.passes.fold_state import FoldState

_Tables = NDArray[np.bool_]


def fold_lut(state: FoldState, cells: Index) -> None:
    """Fold tables of one level; a table of one bit left is the bit or its inverse."""
    for arity in np.unique(state.count(cells)):
        group = cells[state.count(cells) == arity]
        nets = state.rows(group).values.reshape(len(group), arity)
        tables = _restrict(_unpack(state.param[group], int(arity)), nets)
        needed = np.stack([_depends(tables, i) for i in range(arity)], axis=1)
        for kept in np.unique(needed, axis=0):
            same = np.flatnonzero((needed == kept).all(axis=1))
            inputs = np.flatnonzero(kept)
            _rewrite(state, group[same], _project(tables[same], inputs), nets[same][:, inputs])


def _unpack(param: NDArray[np.uint64], arity: int) -> _Tables:
    """Return the tables as booleans [cells, 2**arity]."""
    codes = np.arange(1 << arity, dtype=np.uint64)
    return (param[:, None] >> codes & np.uint64(1)).astype(np.bool_)


def _restrict(tables: _Tables, nets: Nets) -> _Tables:
    """Return tables whose answer for a constant input is the same for both of its values."""
    codes = np.arange(tables.shape[1])
    for i in range(nets.shape[1]):
        low, high = tables[:, codes & ~(1 << i)], tables[:, codes | 1 << i]
        column = nets[:, i, None]
        tables = np.where(column == CONST0, low, np.where(column == CONST1, high, tables))
    return tables


def _depends(tables: _Tables, i: int) -> NDArray[np.bool_]:
    codes = np.arange(tables.shape[1])
    low, high = tables[:, codes & ~(1 << i)], tables[:, codes | 1 << i]
    depends: NDArray[np.bool_] = (low != high).any(axis=1)
    return depends


def _project(tables: _Tables, inputs: Index) -> _Tables:
    """Return the tables over some of the inputs, the others being 0."""
    codes = np.arange(1 << len(inputs))[:, None]
    spread = ((codes >> np.arange(len(inputs)) & 1) << inputs).sum(axis=1)
    return tables[:, spread]


def _rewrite(state: FoldState, cells: Index, tables: _Tables, nets: Nets) -> None:
    if nets.shape[1] == 0:
        state.replace(cells, tables[:, 0])
        return
    count = np.full(len(cells), nets.shape[1], dtype=np.int64)
    if nets.shape[1] == 1:
        same = tables[:, 1]
        state.replace(cells[same], nets[same, 0])
        state.rewrite(cells[~same], Op.NOT, 0, Rows(count[~same], nets[~same, 0]))
        return
    codes = np.arange(tables.shape[1], dtype=np.uint64)
    param = np.bitwise_or.reduce(tables.astype(np.uint64) << codes, axis=1)
    state.rewrite(cells, Op.LUT, param, Rows(count, nets.reshape(-1)))
