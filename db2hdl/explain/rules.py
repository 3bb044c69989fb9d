"""The whole decision of a small net as rules: for each class the boxes of inputs that give it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from db2hdl.explain.cover import cover
from db2hdl.explain.regions import Box, Grid, inside, thresholds
from db2hdl.hardnet import HardNet
from db2hdl.lower import lower, port_names
from db2hdl_hw.netlist.netlist import Netlist, Op
from db2hdl_hw.passes import BIT_PASSES, optimise

MOST_CELLS = 1 << 16
"""Grids of more cells are not enumerated."""


@dataclass(frozen=True)
class Rules:
    """What each class takes, exactly.

    Attributes
    ----------
    features : tuple of int
        The features that matter: for each there are two inputs that differ in it alone and get
        different answers.
    boxes : tuple of tuples of Box
        For each class (or, without classes, each output bit) boxes whose union is all inputs that
        get it.
    xor : tuple of int
        Boolean features whose parity is the class (of two), or empty.
    cells : int
        Grid cells that were enumerated: all inputs there are, up to codes that the net cannot
        tell apart.
    """

    features: tuple[int, ...]
    boxes: tuple[tuple[Box, ...], ...]
    xor: tuple[int, ...]
    cells: int


@dataclass(frozen=True)
class Table:
    """What the reference answers for each cell of the grid of the features that matter.

    ``answers`` has an axis for each feature of the grid and one for the classes (or output bits);
    ``cells`` were asked, those of features that turned out not to matter among them.
    """

    grid: Grid
    answers: NDArray[np.bool_]
    cells: int


def tabulate(hard: HardNet, most: int = MOST_CELLS) -> Table | None:
    """Return the answers of a net, or None if there are more than ``most`` cells to enumerate.

    The reference is asked for every cell of the grid, so that nothing is assumed about the net but
    that it compares codes with its encoder's thresholds; where there are too many cells, also
    that features which are not in its netlist do not matter.
    """
    cuts = thresholds(hard)
    used = [f for f, cut in enumerate(cuts) if cut]
    if _cells(cuts, used) > most:
        used = [f for f in reachable_features(hard) if cuts[f]]
    if _cells(cuts, used) > most:
        return None
    grid = Grid.of(hard, used, cuts)
    cells = _answers(hard, grid.codes(len(hard.features)))
    answers: NDArray[np.bool_] = cells.reshape(*grid.shape, -1)
    axes = [a for a in range(len(used)) if _matters(answers, a)]
    for axis in reversed([a for a in range(len(used)) if a not in axes]):
        answers = np.asarray(answers.take(0, axis))
    small = Grid(tuple(used[a] for a in axes), tuple(grid.edges[a] for a in axes))
    return Table(small, answers, len(cells))


def rules_of(table: Table, lines: int | None = None) -> Rules | None:
    """Return the rules of a table of answers, or None if there are more than so many boxes."""
    boxes: list[tuple[Box, ...]] = []
    for one in range(table.answers.shape[-1]):
        left = None if lines is None else lines - sum(map(len, boxes))
        blocks = cover(table.answers[..., one], most=left)
        if blocks is None:
            return None
        boxes.append(tuple(table.grid.box(*block) for block in blocks))
    return Rules(table.grid.features, tuple(boxes), _parity(table), table.cells)


def find_rules(hard: HardNet, most: int = MOST_CELLS) -> Rules | None:
    """Return the rules of a net, or None if there are more than ``most`` cells to enumerate."""
    table = tabulate(hard, most)
    return None if table is None else rules_of(table)


def reachable_features(hard: HardNet) -> list[int]:
    """Return the features that the netlist of the net reads after all passes."""
    netlist = optimise(lower(hard), passes=BIT_PASSES)
    read = np.zeros(len(netlist), np.bool_)
    read[netlist.fanin] = True
    for nets in netlist.outputs.values():
        read[nets] = True
    return sorted({f for cell, f in input_features(hard, netlist).items() if read[cell]})


def input_features(hard: HardNet, netlist: Netlist) -> dict[int, int]:
    """Return which feature each input cell of the net's netlist is."""
    ports = {port: name for name, port in port_names(hard).items()}
    order = {feature.name: i for i, feature in enumerate(hard.features)}
    bits = [i for i, feature in enumerate(hard.features) if feature.kind == "bit"]
    found = {}
    for cell in np.flatnonzero(netlist.op == Op.INPUT).tolist():
        port = netlist.inputs[int(netlist.param[cell]) >> 32]
        place = int(netlist.param[cell]) & 0xFFFFFFFF
        found[cell] = order[ports[port.name]] if port.is_word else bits[place]
    return found


def rows_in(rules: Rules, codes: NDArray[np.integer]) -> list[list[NDArray[np.bool_]]]:
    """Return for each class and box which rows of codes are in it."""
    return [[inside(box, codes) for box in boxes] for boxes in rules.boxes]


def _cells(cuts: Sequence[Sequence[int]], features: Sequence[int]) -> float:
    return float(np.prod([len(cuts[f]) + 1 for f in features], dtype=np.float64))


def _answers(hard: HardNet, codes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return for each row which class it gets (one of C bits), or its output bits."""
    if not hard.classes:
        return np.asarray(hard.bits(codes))
    parts = [hard.predict(codes[i : i + 4096]) for i in range(0, len(codes), 4096)]
    return np.asarray(np.concatenate(parts)[:, None] == np.arange(len(hard.classes)))


def _matters(answers: NDArray[np.bool_], axis: int) -> bool:
    return bool((answers != answers.take([0], axis)).any())


def _parity(table: Table) -> tuple[int, ...]:
    """Return the features if the last of two answers is their parity."""
    grid, answers = table.grid, table.answers
    if len(grid.features) < 2 or set(grid.shape) != {2} or answers.shape[-1] > 2:
        return ()
    odd = np.indices(grid.shape).sum(0) % 2 == 1
    return grid.features if np.array_equal(answers[..., -1], odd) else ()
