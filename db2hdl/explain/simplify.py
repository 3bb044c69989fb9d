"""Shorter formulas of the same meaning, exactly: by a table over the ranges that one can tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from db2hdl.explain.cover import cover
from db2hdl.explain.formula import Formula, any_of, holds, negation, of_box
from db2hdl.explain.regions import Grid
from db2hdl.features import Feature

MOST_CELLS = 4096
"""Formulas of more combinations of ranges stay as they are."""

MOST_BOXES = 8
"""Alternatives of more conditions are not looked for."""


def simplify(formula: Formula, features: Sequence[Feature]) -> tuple[Formula, Any]:
    """Return the shortest form found, and a key that equal functions share.

    Tried are the formula itself, few large boxes, the inverse of few large boxes, and parity; so
    constants, duplicates, absorbed terms and thresholds that others imply are gone. Where there
    are too many combinations of ranges, the formula is its own key and result.
    """
    cuts: dict[int, list[int]] = {}
    for feature, threshold in sorted(formula.atoms):
        cuts.setdefault(feature, []).append(threshold)
    edges = tuple((0, *cut, features[f].top + 1) for f, cut in cuts.items())
    grid = Grid(tuple(cuts), edges)
    if np.prod(grid.shape, dtype=np.float64) > MOST_CELLS:
        return formula, formula
    grid, table = _reduced(grid, holds(formula, grid.codes(len(features))).reshape(grid.shape))
    key = (grid.features, grid.edges, table.tobytes())
    forms = [*_forms(grid, table, features), *([] if formula.has_table else [formula])]
    return min(forms, key=lambda form: form.size, default=formula), key


def _reduced(grid: Grid, table: NDArray[np.bool_]) -> tuple[Grid, NDArray[np.bool_]]:
    """Join ranges between which the table makes no difference, and drop features of one range."""
    kept = []
    for axis, edge in enumerate(grid.edges):
        size = len(edge) - 1
        new = [
            i
            for i in range(size)
            if not i or (table.take(i, axis) != table.take(i - 1, axis)).any()
        ]
        table = np.asarray(table.take(new, axis))
        kept.append((*(edge[i] for i in new), edge[-1]))
    axes = [axis for axis, edge in enumerate(kept) if len(edge) > 2]
    small = Grid(tuple(grid.features[a] for a in axes), tuple(kept[a] for a in axes))
    return small, np.ascontiguousarray(table.reshape(small.shape))


def _forms(grid: Grid, table: NDArray[np.bool_], features: Sequence[Feature]) -> list[Formula]:
    if not grid.features:
        return [Formula("and" if table else "or")]
    if len(grid.features) > 1 and set(grid.shape) == {2}:
        odd = np.indices(grid.shape).sum(0) % 2 == 1
        atoms = tuple(
            Formula("atom", (f, e[1])) for f, e in zip(grid.features, grid.edges, strict=True)
        )
        if np.array_equal(table, odd):
            return [Formula("xor", (), atoms)]
        if np.array_equal(table, ~odd):
            return [negation(Formula("xor", (), atoms))]
    forms = []
    for wanted, inverse in ((table, False), (~table, True)):
        blocks = cover(wanted, most=MOST_BOXES, seeds=4)
        if blocks is not None:
            form = any_of([of_box(grid.box(*block), features) for block in blocks])
            forms.append(negation(form) if inverse else form)
    return forms
