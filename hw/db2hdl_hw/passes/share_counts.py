"""Count once for all thresholds of the same bits, as those of a count-hot layer are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from db2hdl_hw.netlist.netlist import NO_NET, Netlist, Op
from db2hdl_hw.netlist.rows import Index, Rows, fanin_rows
from db2hdl_hw.passes.select import order

NO_PLACE = -1
"""The place of a cell inside a layer."""

LEAST = 7
"""Bits from which on a count is built; a threshold of fewer is a table on some family."""


def run(netlist: Netlist) -> Netlist:
    """Return the netlist with one POPCOUNT, and a COMPARE for each, in place of such AT_LEASTs.

    Two or more thresholds of the same bits, as often each, at least one of which is neither AND,
    OR nor a constant: those are then nearly free, too, where they would be gates of their own.
    """
    cells = np.flatnonzero((netlist.op == Op.AT_LEAST) & (np.diff(netlist.fanin_start) >= LEAST))
    rows = fanin_rows(netlist, cells).sorted()
    groups: dict[bytes, list[int]] = {}
    for number, first, count in zip(range(len(cells)), rows.start, rows.count, strict=True):
        groups.setdefault(rows.values[first : first + count].tobytes(), []).append(number)
    limit = netlist.param[cells].astype(np.int64)
    real = (limit > 1) & (limit < rows.count)
    shared = [group for group in groups.values() if len(group) > 1 and real[group].any()]
    if not shared:
        return netlist
    return _insert(netlist, cells, rows, shared)


def _insert(netlist: Netlist, cells: Index, rows: Rows, shared: list[list[int]]) -> Netlist:
    """Put a POPCOUNT before the first AT_LEAST of each group, and let all of them compare it."""
    old, new = len(netlist), len(shared)
    firsts = np.array([group[0] for group in shared])
    counts, bits = np.arange(old, old + new, dtype=np.int32), rows.take(firsts)
    word = np.full(old, NO_NET, np.int32)
    for count, group in zip(counts, shared, strict=True):
        word[cells[group]] = count
    every = fanin_rows(netlist, np.arange(old))
    first = np.zeros(len(every.values), np.bool_)
    first[every.start[every.count > 0]] = True
    one = every.keep((word == NO_NET)[every.row] | first)
    values = np.where(word[one.row] == NO_NET, one.values, word[one.row])
    op = np.where(word == NO_NET, netlist.op, np.uint8(Op.COMPARE))
    width = np.array([int(count).bit_length() for count in bits.count], np.int32)
    made = replace(
        netlist,
        op=np.append(op, np.full(new, Op.POPCOUNT, np.uint8)),
        width=np.append(netlist.width, width),
        param=np.append(netlist.param, np.zeros(new, np.uint64)),
        layer=np.append(netlist.layer, netlist.layer[cells[firsts]]),
        place=np.append(netlist.place, np.full(new, NO_PLACE, np.int32)),
        fanin_start=np.append(0, np.cumsum(np.append(one.count, bits.count))),
        fanin=np.append(values, bits.values),
    )
    return order(made, np.append(2 * np.arange(old) + 1, 2 * cells[firsts]))
