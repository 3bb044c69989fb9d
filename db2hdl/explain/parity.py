"""How a net of two answers differs from the exclusive or of few of its boolean inputs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from db2hdl.explain.cover import cover
from db2hdl.explain.regions import Box
from db2hdl.explain.rules import Table

MOST_SHARE = 1 / 8
"""A net that differs in more of the inputs is not compared with an exclusive or."""

MOST_BOXES = 8
"""Differences in more boxes are only counted."""


@dataclass(frozen=True)
class Nearly:
    """The last answer of two is a parity but for few inputs.

    Attributes
    ----------
    features : tuple of int
        Whose parity it is.
    inverted : bool
        Whether it is the inverse of the parity.
    differing, cells : int
        In how many combinations of the inputs that matter it differs, of how many.
    boxes : tuple of Box
        Where it differs, exactly; empty if these would be too many.
    """

    features: tuple[int, ...]
    inverted: bool
    differing: int
    cells: int
    boxes: tuple[Box, ...]


def nearest_parity(table: Table, most: float = MOST_SHARE) -> Nearly | None:
    """Return how a net differs from the parity of the inputs that it is nearest to.

    Two or three inputs, or all, are tried. None if the net has more than two answers, or differs
    in too many inputs.
    """
    answers = table.answers
    if answers.shape[-1] > 2:
        return None
    wanted = answers[..., -1]
    axes = [axis for axis, size in enumerate(wanted.shape) if size == 2]
    sets = [chosen for size in (2, 3) for chosen in combinations(axes, size)]
    sets += [tuple(axes)] if len(axes) > 3 else []
    tried = [(_differing(wanted, chosen), chosen) for chosen in sets]
    scored = [
        (min(count, wanted.size - count), chosen, count > wanted.size - count)
        for count, chosen in tried
    ]
    if not scored:
        return None
    count, chosen, inverted = min(scored)
    if count > most * wanted.size:
        return None
    where = (wanted != _odd(wanted.shape, chosen)) ^ inverted
    blocks = cover(where, most=MOST_BOXES) or []
    features = tuple(table.grid.features[axis] for axis in chosen)
    boxes = tuple(table.grid.box(*block) for block in blocks)
    return Nearly(features, inverted, count, wanted.size, boxes)


def _odd(shape: tuple[int, ...], axes: tuple[int, ...]) -> NDArray[np.bool_]:
    return np.asarray(np.indices(shape, sparse=False)[list(axes)].sum(0) % 2 == 1)


def _differing(wanted: NDArray[np.bool_], axes: tuple[int, ...]) -> int:
    return int((wanted != _odd(wanted.shape, axes)).sum())
