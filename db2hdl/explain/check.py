"""The rules that are shown against the net, all inputs: rules are evaluated as they are worded."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from db2hdl.explain.formula import Formula, holds
from db2hdl.explain.reading import read
from db2hdl.explain.regions import Grid, in_words, thresholds
from db2hdl.explain.rules import Rules
from db2hdl.hardnet import HardNet
from db2hdl_hw.errors import MismatchError

ROWS_AT_ONCE = 4096


def check_rules(hard: HardNet, rules: Rules) -> int:
    """Check that every input gets a class exactly if it is in a box of the class; return cells.

    The printed words are read again and evaluated, for the ranges of every feature that matters,
    at both ends of each range, while the other features are at both ends of theirs: what the
    rules leave out must make no difference.

    Raises
    ------
    MismatchError
        Names the first input for which the rules say something else than the reference.
    """
    grid = Grid.of(hard, rules.features, thresholds(hard))
    said = [[read(in_words(box, hard.features), hard.features) for box in b] for b in rules.boxes]
    lows = grid.codes(len(hard.features))
    tops = np.array([feature.top for feature in hard.features])
    others = np.setdiff1d(np.arange(len(hard.features)), rules.features)
    for end in (False, True):
        codes = _last(grid, lows) if end else lows.copy()
        codes[:, others] = tops[others] if end else 0
        for start in range(0, len(codes), ROWS_AT_ONCE):
            _compare(hard, said, codes[start : start + ROWS_AT_ONCE])
    return len(lows)


def _last(grid: Grid, lows: np.ndarray) -> np.ndarray:
    """Return the last code of each range instead of the first."""
    codes = lows.copy()
    for feature, edge in zip(grid.features, grid.edges, strict=True):
        ends = dict(itertools.pairwise(edge))
        codes[:, feature] = [ends[code] - 1 for code in lows[:, feature].tolist()]
    return codes


def _compare(hard: HardNet, rules: Sequence[Sequence[Formula]], codes: np.ndarray) -> None:
    if hard.classes:
        net = hard.predict(codes)[:, None] == np.arange(len(hard.classes))
    else:
        net = hard.bits(codes)
    said = np.zeros_like(net)
    for output, terms in enumerate(rules):
        for term in terms:
            said[:, output] |= holds(term, codes)
    wrong = np.argwhere(said != net)
    if len(wrong):
        row, output = wrong[0]
        raise MismatchError(
            f"the rules of output {output} are not the net's: they differ for the codes "
            f"{codes[row].tolist()}; this is an error of db2hdl, please report it"
        )
