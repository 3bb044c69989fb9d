"""The netlist in the hands of ``fold_constants``: which cells changed, and into what."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from db2hdl_hw.netlist.netlist import NO_NET, Netlist, Nets, Op
from db2hdl_hw.netlist.rows import Index, Rows, gather_index
from db2hdl_hw.passes.select import select

Mask = NDArray[np.bool_]


class FoldState:
    """Cells are rewritten in place, level by level.

    Attributes
    ----------
    op, param, width : [cells]
        As in the netlist; ``op`` and ``param`` change.
    alias : [cells]
        The net that stands for each cell; it is final for cells of lower levels.
    inverse : [cells]
        For a cell that is an inverter the net it inverts, else ``NO_NET``.
    """

    def __init__(self, netlist: Netlist) -> None:
        self._netlist = netlist
        self.op = netlist.op.copy()
        self.param = netlist.param.copy()
        self.width = netlist.width
        self.alias: Nets = np.arange(len(netlist), dtype=np.int32)
        self.inverse: Nets = np.full(len(netlist), NO_NET, dtype=np.int32)
        # Rows of fan-ins, with room for one more: xor of inverted bits gains the constant 1.
        self._count: Index = np.diff(netlist.fanin_start)
        room = self._count + (netlist.op == Op.XOR)
        self._start: Index = np.cumsum(room) - room
        self._fanin: Nets = np.zeros(int(room.sum()), dtype=np.int32)
        self._fanin[gather_index(self._start, self._count)] = netlist.fanin

    def count(self, cells: NDArray[Any]) -> Index:
        """Return the number of fan-ins of cells."""
        count: Index = self._count[cells]
        return count

    def rows(self, cells: Index) -> Rows:
        """Return the fan-ins of cells, as the nets that stand for them now."""
        count = self._count[cells]
        return Rows(count, self.alias[self._fanin[gather_index(self._start[cells], count)]])

    def replace(self, cells: Index, nets: ArrayLike) -> None:
        """Let nets stand for cells, which are thereby gone."""
        self.alias[cells] = nets

    def rewrite(self, cells: Index, op: ArrayLike, param: ArrayLike, rows: Rows) -> None:
        """Make cells compute something else; the width of their nets stays."""
        self.op[cells] = op
        self.param[cells] = param
        self._count[cells] = rows.count
        self._fanin[gather_index(self._start[cells], rows.count)] = rows.values

    def constant(self, cells: Index, values: ArrayLike) -> None:
        """Make words constants, in place: a word has no common constant net as a bit has."""
        self.rewrite(cells, Op.CONST, values, Rows(np.zeros(len(cells), np.int64), self.alias[:0]))

    def literals(self, nets: Nets) -> tuple[Nets, Mask]:
        """Return each bit as (net, inverted): an inverter's input and True, or itself and False."""
        inverse = self.inverse[nets]
        return np.where(inverse == NO_NET, nets, inverse), inverse != NO_NET

    def finish(self) -> Netlist:
        """Return the netlist of the cells that are not replaced."""
        rows = self.rows(np.arange(len(self.op), dtype=np.int64))
        edited = replace(
            self._netlist,
            op=self.op,
            param=self.param,
            fanin_start=np.concatenate([[0], np.cumsum(rows.count)]).astype(np.int64),
            fanin=rows.values,
        )
        return select(edited, self.alias == np.arange(len(self.op)), self.alias)
