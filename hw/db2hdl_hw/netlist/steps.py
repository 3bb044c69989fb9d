"""The interpreter's plan: cells of one level and one operation are evaluated together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from db2hdl_hw.netlist import planes
from db2hdl_hw.netlist.netlist import CONST0, CONST1, Netlist, Op
from db2hdl_hw.netlist.planes import Number, Plane
from db2hdl_hw.netlist.rows import Index, fanin_rows, levels

_PADDING = {
    Op.AND: CONST1,
    Op.OR: CONST0,
    Op.XOR: CONST0,
    Op.AT_LEAST: CONST0,
    Op.POPCOUNT: CONST0,
}
_READS_WORDS = (Op.COMPARE, Op.ARGMAX)
_WORDS_AT_ONCE = 1 << 21  # words of 8 bytes gathered by one array operation: 16 MB


@dataclass(frozen=True)
class Step:
    """Cells that differ only in their nets and parameters.

    Attributes
    ----------
    op : Op
        The operation of all of them.
    fanin : [cells, n, digits]
        The planes of the fan-ins, bits having one digit; short rows are padded with constants.
    param : [cells]
        The parameters.
    target : [cells, digits]
        The planes of the results.
    """

    op: Op
    fanin: Index
    param: NDArray[np.uint64]
    target: Index

    def run(self, table: Plane) -> None:
        """Evaluate the cells in a table of planes [planes, words], in parts that fit the cache."""
        _, fanins, digits = self.fanin.shape
        spread = 1 << max(0, fanins - 1) if self.op is Op.LUT else fanins * digits
        part = max(1, _WORDS_AT_ONCE // (spread * max(1, table.shape[1])))
        for first in range(0, len(self.fanin), part):
            here = slice(first, first + part)
            read = table[self.fanin[here]]
            number = _EVALUATE[self.op](read, self.param[here], self.target.shape[1])
            for digit, plane in enumerate(number):
                table[self.target[here, digit]] = plane


def plan(netlist: Netlist, plane: Index) -> list[Step]:
    """Return the steps that evaluate a netlist in order; ``plane`` is each net's first plane."""
    return [step for cells in levels(netlist)[1:] for step in _plan_level(netlist, plane, cells)]


def _plan_level(netlist: Netlist, plane: Index, cells: Index) -> list[Step]:
    op = netlist.op[cells].astype(np.int64)
    arity = np.diff(netlist.fanin_start)[cells]
    first = netlist.fanin[netlist.fanin_start[cells]]
    padded = np.isin(op, [int(each) for each in _PADDING])
    size = np.where(padded, _bucket(arity), arity)
    key = np.stack([op, size, netlist.width[cells], netlist.width[first]])
    order = np.lexsort(key[::-1])
    changes = np.flatnonzero((np.diff(key[:, order]) != 0).any(axis=0)) + 1
    return [
        _step(netlist, plane, cells[group], int(size[group[0]]))
        for group in np.split(order, changes)
    ]


def _bucket(arity: Index) -> Index:
    """Return the next of 1, 2, 3, 4, 6, 8, 12, 16, …: few sizes, at most half as much again."""
    power = np.int64(1) << np.floor(np.log2(arity)).astype(np.int64)
    middle = np.where(power > 1, power + power // 2, 2 * power)
    return np.where(arity == power, power, np.where(arity <= middle, middle, 2 * power))


def _step(netlist: Netlist, plane: Index, cells: Index, size: int) -> Step:
    op = Op(int(netlist.op[cells[0]]))
    rows = fanin_rows(netlist, cells)
    nets = np.full((len(cells), size), _PADDING.get(op, CONST0), dtype=np.int64)
    nets[np.arange(size) < rows.count[:, None]] = rows.values
    digits = int(netlist.width[nets[0, 0]]) if op in _READS_WORDS else 1
    width = max(1, int(netlist.width[cells[0]]))
    return Step(
        op=op,
        fanin=plane[nets][:, :, None] + np.arange(digits),
        param=netlist.param[cells],
        target=plane[cells][:, None] + np.arange(width),
    )


# What each operation does: (planes read [cells, n, digits, words], params, digits) -> Number.


def _reduce(ufunc: np.ufunc) -> Callable[[Plane, Any, int], Number]:
    return lambda read, param, digits: [ufunc.reduce(read[:, :, 0], axis=1)]


def _popcount(read: Plane, param: NDArray[np.uint64], digits: int) -> Number:
    number = planes.count_ones(read[:, :, 0])[:digits]
    zero = np.zeros_like(number[0])
    return number + [zero] * (digits - len(number))


def _at_least(read: Plane, param: NDArray[np.uint64], digits: int) -> Number:
    return [planes.at_least(planes.count_ones(read[:, :, 0]), param)]


def _compare(read: Plane, param: NDArray[np.uint64], digits: int) -> Number:
    return [planes.at_least([read[:, 0, d] for d in range(read.shape[2])], param)]


def _argmax(read: Plane, param: NDArray[np.uint64], digits: int) -> Number:
    words = [[read[:, i, d] for d in range(read.shape[2])] for i in range(read.shape[1])]
    return planes.argmax(words, digits)


def _lut(read: Plane, param: NDArray[np.uint64], digits: int) -> Number:
    """Halve the tables [cells, 2**n, words] by one input after the other, the first one first."""
    codes = np.arange(1 << read.shape[1], dtype=np.uint64)
    answers = param[:, None, None] >> codes[:, None] & np.uint64(1)
    chosen = -answers.view(np.int64)
    table = chosen.view(np.uint64)
    for i in range(read.shape[1]):
        select = read[:, i, 0][:, None]
        table = (select & table[:, 1::2]) | (~select & table[:, 0::2])
    return [table[:, 0]]


_EVALUATE: dict[Op, Callable[[Plane, NDArray[np.uint64], int], Number]] = {
    Op.NOT: lambda read, param, digits: [~read[:, 0, 0]],
    Op.AND: _reduce(np.bitwise_and),
    Op.OR: _reduce(np.bitwise_or),
    Op.XOR: _reduce(np.bitwise_xor),
    Op.LUT: _lut,
    Op.AT_LEAST: _at_least,
    Op.POPCOUNT: _popcount,
    Op.COMPARE: _compare,
    Op.ARGMAX: _argmax,
}
