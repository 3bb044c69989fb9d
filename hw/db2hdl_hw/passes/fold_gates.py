"""How gates on bits fold; each rule takes the state and cells of one level, and rewrites them."""

from __future__ import annotations

import numpy as np

from db2hdl_hw.netlist.netlist import CONST0, CONST1, NO_NET, Op
from db2hdl_hw.netlist.rows import Index, Rows
from db2hdl_hw.passes.fold_state import FoldState, Mask


def fold_not(state: FoldState, cells: Index) -> None:
    """Not of a constant is the other one; not of not x is x."""
    net = state.rows(cells).values
    inverse = np.where(net <= CONST1, CONST1 - net, state.inverse[net])
    gone = inverse != NO_NET
    state.replace(cells[gone], inverse[gone])
    state.inverse[cells[~gone]] = net[~gone]


def fold_and_or(state: FoldState, cells: Index) -> None:
    """And, or: the other constant decides, as x beside not x does.

    Neutral constants and repeated bits are left out, and a gate of one bit is that bit.
    """
    rows = state.rows(cells)
    neutral = np.where(state.op[cells] == Op.AND, CONST1, CONST0)
    decided = rows.total(rows.values == CONST1 - neutral[rows.row]) > 0
    rows = rows.keep(rows.values != neutral[rows.row]).sorted()
    net, inverted = state.literals(rows.values)
    literal = _key(rows, net) << 1 | inverted
    order = np.argsort(literal, kind="stable")
    literal = literal[order]
    rows = Rows(rows.count, rows.values[order])
    repeated, opposed = np.zeros((2, len(literal)), dtype=np.bool_)
    repeated[1:] = literal[1:] == literal[:-1]
    opposed[1:] = (literal[1:] >> 1 == literal[:-1] >> 1) & ~repeated[1:]
    decided |= rows.total(opposed) > 0
    rows = rows.keep(~repeated).sorted()
    state.replace(cells[decided], CONST1 - neutral[decided])
    empty = ~decided & (rows.count == 0)
    state.replace(cells[empty], neutral[empty])
    _one_or_more(state, cells, rows, ~decided & ~empty)


def fold_xor(state: FoldState, cells: Index) -> None:
    """Xor: pairs of equal bits go, and inverters and constants become one constant 1 at most.

    So ``not a xor b``, ``a xor not b`` and ``a xor b xor 1`` are all the last. A single bit that
    is left is itself, or is inverted.
    """
    rows = state.rows(cells)
    flips = rows.total(rows.values == CONST1)
    rows = rows.keep(rows.values > CONST1)
    net, inverted = state.literals(rows.values)
    order = np.argsort(_key(rows, net) << 1 | ~inverted, kind="stable")  # inverters come first
    key, literal = _key(rows, net)[order], rows.values[order]
    flips = (flips + rows.total(inverted)) % 2
    head = np.flatnonzero(np.diff(key, prepend=-1))
    head = head[np.diff(head, append=len(key)) % 2 == 1]
    row = key[head] >> 32
    count = np.bincount(row, minlength=len(cells)).astype(np.int64)
    rows = Rows(count, net[order][head])
    empty = count == 0
    state.replace(cells[empty], flips[empty])
    same = (count == 1) & (flips == 0)
    state.replace(cells[same], rows.take(same).values)
    _inverted_or_more(state, cells, rows, Rows(count, literal[head]), flips)


def _inverted_or_more(
    state: FoldState, cells: Index, rows: Rows, literals: Rows, flips: Index
) -> None:
    """Finish the xors that are inverted single bits, or have at least two bits left."""
    one = np.flatnonzero((rows.count == 1) & (flips == 1))
    net, literal = rows.take(one).values, literals.take(one).values
    known = net != literal  # an inverter of this bit exists
    state.replace(cells[one[known]], literal[known])
    fresh = one[~known]
    state.rewrite(cells[fresh], Op.NOT, 0, rows.take(fresh))
    state.inverse[cells[fresh]] = net[~known]
    more = np.flatnonzero(rows.count > 1)
    rows, flip = rows.take(more), np.flatnonzero(flips[more])
    key = np.concatenate([_key(rows, rows.values), flip << 32 | CONST1])
    key.sort()
    count = rows.count + flips[more]
    state.rewrite(cells[more], Op.XOR, 0, Rows(count, (key & 0xFFFFFFFF).astype(np.int32)))


def fold_at_least(state: FoldState, cells: Index) -> None:
    """At least k: 0 goes, 1 goes and lowers k, which beyond 1..n decides; 1 is or, n is and."""
    rows = state.rows(cells)
    k = state.param[cells].astype(np.int64) - rows.total(rows.values == CONST1)
    rows = rows.keep(rows.values > CONST1)
    state.replace(cells[k <= 0], CONST1)
    state.replace(cells[k > rows.count], CONST0)
    rest = np.flatnonzero((k > 0) & (k <= rows.count))
    k, rows = k[rest], rows.take(rest).sorted()
    op = np.where(k == 1, Op.OR, np.where(k == rows.count, Op.AND, Op.AT_LEAST))
    state.rewrite(cells[rest], op, np.where(op == Op.AT_LEAST, k, 0), rows)


def _one_or_more(state: FoldState, cells: Index, rows: Rows, rest: Mask) -> None:
    """Replace gates of one bit by the bit; the others keep their operation."""
    one = rest & (rows.count == 1)
    state.replace(cells[one], rows.take(one).values)
    more = rest & (rows.count > 1)
    state.rewrite(cells[more], state.op[cells[more]], 0, rows.take(more))


def _key(rows: Rows, nets: object) -> Index:
    """Return a number for each value that sorts by row, then by net."""
    return rows.row << 32 | np.asarray(nets, dtype=np.int64)
