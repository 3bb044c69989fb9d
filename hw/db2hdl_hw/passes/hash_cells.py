"""Merge cells that compute the same from the same nets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from db2hdl_hw.netlist.netlist import Netlist, Nets, Op
from db2hdl_hw.netlist.rows import Index, Rows, gather_index, levels
from db2hdl_hw.passes.select import select

_COMMUTATIVE = [int(op) for op in (Op.AND, Op.OR, Op.XOR, Op.AT_LEAST, Op.POPCOUNT)]
_Hash = NDArray[np.uint64]


def run(netlist: Netlist) -> Netlist:
    """Return the netlist with one cell for each operation, parameter and list of fan-ins.

    Fan-ins of and, or, xor, at_least and popcount are sorted first, and stay so. Of equal cells
    the one with the smallest number stays; it moves to the earliest of their layers and takes the
    place it has there, so no cell ever reads a later layer. Input cells are left alone.
    """
    work = _Work(netlist)
    for level, cells in enumerate(levels(netlist)):
        work.merge(cells if level else cells[netlist.op[cells] != Op.INPUT])
    edited = replace(netlist, layer=work.layer, place=work.place, fanin=work.fanin)
    return select(edited, work.alias == np.arange(len(netlist)), work.alias)


class _Work:
    """The columns that change; ``alias`` is the cell that stands for each cell."""

    def __init__(self, netlist: Netlist) -> None:
        self.netlist = netlist
        self.count: Index = np.diff(netlist.fanin_start)
        self.fanin = netlist.fanin.copy()
        self.layer = netlist.layer.copy()
        self.place = netlist.place.copy()
        self.alias: Nets = np.arange(len(netlist), dtype=np.int32)

    def merge(self, cells: Index) -> None:
        """Merge equal cells of one level; those of lower levels are merged already."""
        rows = self._sort_fanins(cells)
        hashes = self._hash(cells, rows)
        order = np.argsort(hashes, kind="stable")
        fresh = np.ones(len(cells), dtype=np.bool_)
        fresh[1:] = np.diff(hashes[order]) != 0
        head = np.maximum.accumulate(np.where(fresh, np.arange(len(cells)), 0))
        member, leader = order[~fresh], order[head[~fresh]]
        equal = self._equal(cells, rows, member, leader)
        member, leader = cells[member[equal]], cells[leader[equal]]
        self.alias[member] = leader
        self._take_earliest_layer(member, leader)

    def _sort_fanins(self, cells: Index) -> Rows:
        count = self.count[cells]
        at = gather_index(self.netlist.fanin_start[cells], count)
        rows = Rows(count, self.alias[self.fanin[at]])
        sortable = np.isin(self.netlist.op[cells], _COMMUTATIVE)[rows.row]
        rank = np.where(sortable, rows.values, np.arange(len(at)))
        rows = Rows(count, rows.values[np.argsort(rows.row << 32 | rank, kind="stable")])
        self.fanin[at] = rows.values
        return rows

    def _hash(self, cells: Index, rows: Rows) -> _Hash:
        """Return a hash of each cell: only a way to find candidates, which are then compared."""
        netlist = self.netlist
        position = np.arange(len(rows.values)) - rows.start[rows.row]
        mixed = _mix(rows.values.astype(np.uint64) << np.uint64(32) | position.astype(np.uint64))
        upto = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(mixed)])
        fanins = upto[rows.start + rows.count] - upto[rows.start]
        kind = netlist.op[cells].astype(np.uint64) << np.uint64(32)
        return _mix(
            fanins + _mix(_mix(netlist.param[cells]) + kind + _unsigned(netlist.width[cells]))
        )

    def _equal(self, cells: Index, rows: Rows, a: Index, b: Index) -> NDArray[np.bool_]:
        """Return whether cells a[i] and b[i] (positions in ``cells``) are the same, exactly."""
        one, other = cells[a], cells[b]
        equal: NDArray[np.bool_] = rows.count[a] == rows.count[b]
        for column in (self.netlist.op, self.netlist.width, self.netlist.param):
            equal &= column[one] == column[other]
        pairs = np.flatnonzero(equal)
        left, right = rows.take(a[pairs]), rows.take(b[pairs])
        equal[pairs] = left.total(left.values != right.values) == 0
        return equal

    def _take_earliest_layer(self, member: Index, leader: Index) -> None:
        leaders = np.unique(leader)
        cell, group = np.concatenate([member, leaders]), np.concatenate([leader, leaders])
        order = np.lexsort((cell, self.place[cell] < 0, self.layer[cell], group))
        first = order[np.unique(group[order], return_index=True)[1]]
        self.layer[leaders] = self.layer[cell[first]]
        self.place[leaders] = self.place[cell[first]]


def _unsigned(values: NDArray[np.int32]) -> _Hash:
    return values.astype(np.uint64)


def _mix(x: _Hash) -> _Hash:
    """Return the bits of 64-bit numbers well mixed (the finaliser of splitmix64)."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ x >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ x >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return x ^ x >> np.uint64(31)
