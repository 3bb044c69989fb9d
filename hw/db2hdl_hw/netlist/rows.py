"""Rows of different lengths as two arrays, and the level order of a netlist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from db2hdl_hw.netlist.netlist import Netlist, Nets

Index = NDArray[np.int64]


def gather_index(start: Index, count: Index) -> Index:
    """Return the positions of all elements of rows that begin at ``start``, row after row.

    Row i covers ``start[i] .. start[i] + count[i] - 1`` of a flat array; shape [sum(count)].
    """
    ends = np.cumsum(count)
    total = int(ends[-1]) if len(ends) else 0
    position: Index = np.arange(total, dtype=np.int64)
    position += np.repeat(start - (ends - count), count)
    return position


@dataclass(frozen=True)
class Rows:
    """Rows of a ragged table: ``values`` flat, ``count`` the length of each row."""

    count: Index
    values: Nets

    @property
    def row(self) -> Index:
        """The row that each value belongs to."""
        return np.repeat(np.arange(len(self.count)), self.count)

    @property
    def start(self) -> Index:
        """The position of each row's first value."""
        return np.cumsum(self.count) - self.count

    def keep(self, mask: NDArray[np.bool_]) -> Rows:
        """Return the rows without the values whose mask is False."""
        count = self.total(mask)
        return Rows(count, self.values[mask])

    def take(self, rows: NDArray[Any]) -> Rows:
        """Return some of the rows (by index or by mask)."""
        count = self.count[rows]
        return Rows(count, self.values[gather_index(self.start[rows], count)])

    def total(self, amount: NDArray[Any]) -> Index:
        """Return the sum of an amount [values] over each row; exact below 2**53."""
        sums = np.bincount(self.row, weights=amount, minlength=len(self.count))
        return sums.astype(np.int64)

    def sorted(self) -> Rows:
        """Return the rows, each in ascending order."""
        key = np.sort(self.row << 32 | self.values)
        return Rows(self.count, (key & 0xFFFFFFFF).astype(np.int32))


def fanin_rows(netlist: Netlist, cells: NDArray[Any]) -> Rows:
    """Return the fan-ins of some cells."""
    start = netlist.fanin_start[cells]
    count = netlist.fanin_start[cells + 1] - start
    return Rows(count, netlist.fanin[gather_index(start, count)])


def levels(netlist: Netlist) -> list[Index]:
    """Return the cells of each level, ascending: level 0 has no fan-ins, others one level below.

    Takes time linear in cells and fan-ins, plus a few array operations a level.
    """
    arity = np.diff(netlist.fanin_start)
    owner = np.repeat(np.arange(len(netlist), dtype=np.int64), arity)
    owner = owner[np.argsort(netlist.fanin, kind="stable")]
    fanout = np.bincount(netlist.fanin, minlength=len(netlist))
    fanout_start = np.cumsum(fanout) - fanout
    waiting = arity.copy()
    level = np.flatnonzero(waiting == 0)
    found = []
    while len(level):
        found.append(level)
        readers = owner[gather_index(fanout_start[level], fanout[level])]
        np.subtract.at(waiting, readers, 1)
        level = np.unique(readers[waiting[readers] == 0])
    return found
