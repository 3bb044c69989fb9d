"""Leave out of AND and OR what other comparisons of the same word say already."""

from __future__ import annotations

import numpy as np

from db2hdl_hw.netlist.netlist import CONST0, CONST1, Netlist, Op
from db2hdl_hw.netlist.rows import Rows
from db2hdl_hw.passes.fold_state import FoldState, Mask


def run(netlist: Netlist) -> Netlist:
    """Return the netlist with one bound of each kind for each word that an AND or OR reads.

    Bits of a thermometer code imply each other: ``x >= 5`` and ``x >= 3`` is ``x >= 5``, their OR
    is ``x >= 3``, and ``x >= 5`` and not ``x >= 3`` is never. Synthesis does not see this where the
    comparisons are carry chains, and rarely where they are gates.
    """
    state = FoldState(netlist)
    inverters = np.flatnonzero(netlist.op == Op.NOT)
    state.inverse[inverters] = netlist.fanin[netlist.fanin_start[inverters]]
    cells = np.flatnonzero((netlist.op == Op.AND) | (netlist.op == Op.OR))
    rows = state.rows(cells)
    both = netlist.op[cells] == Op.AND
    keep, decided = _strongest(netlist, state, rows, both)
    shorter = rows.total(~keep) > 0
    left = rows.keep(keep).take(shorter)
    state.rewrite(cells[shorter], netlist.op[cells[shorter]], 0, left)
    state.replace(cells[decided], np.where(both[decided], CONST0, CONST1))
    return state.finish()


def _strongest(netlist: Netlist, state: FoldState, rows: Rows, both: Mask) -> tuple[Mask, Mask]:
    """Return which values of the rows no other one implies, and which rows are constant.

    ``both`` says of each row whether it is an AND.
    """
    net, inverted = state.literals(rows.values)
    at = np.flatnonzero(netlist.op[net] == Op.COMPARE)
    row, bound, below = rows.row[at], net[at], inverted[at]
    word = netlist.fanin[netlist.fanin_start[bound]]
    limit = netlist.param[bound].astype(np.int64)
    rank = np.where(both[row] == below, limit, -limit)  # of one kind, the strongest comes first
    order = np.lexsort((rank, below, word, row))
    row, word, below, limit = row[order], word[order], below[order], limit[order]
    same = np.zeros(len(at), dtype=np.bool_)
    same[1:] = (row[1:] == row[:-1]) & (word[1:] == word[:-1])
    implied = same.copy()
    implied[1:] &= below[1:] == below[:-1]
    keep = np.ones(len(rows.values), dtype=np.bool_)
    keep[at[order[implied]]] = False
    row, word, below, limit = row[~implied], word[~implied], below[~implied], limit[~implied]
    # What is left of one word is one bound, or x >= limit before not x >= other.
    pair = np.flatnonzero((row[1:] == row[:-1]) & (word[1:] == word[:-1]))
    gap = limit[pair + 1] - limit[pair]
    never = np.where(both[row[pair]], gap <= 0, gap >= 0)
    decided = np.zeros(len(rows.count), dtype=np.bool_)
    decided[row[pair[never]]] = True
    return keep, decided
