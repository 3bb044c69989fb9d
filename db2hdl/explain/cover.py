"""Few large boxes that cover a set of grid cells exactly, and no cell outside of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Cell = tuple[int, ...]
Block = tuple[Cell, Cell]
"""The lowest and the highest cell, both included."""


SEEDS = 32
"""Cells from which each block may grow; fewer in large grids."""

WORK = 1 << 22
"""Cells times tries for each block: so that large grids take seconds, not minutes."""


def cover(
    wanted: NDArray[np.bool_],
    allowed: NDArray[np.bool_] | None = None,
    *,
    most: int | None = None,
    seeds: int = SEEDS,
) -> list[Block] | None:
    """Return blocks whose union is the set of wanted cells, by greedy choice.

    Each block is as large as it can be (no side can move outward), the one with the most cells
    that are not covered yet comes first, and blocks that the others make unnecessary are left
    out; so the result is small and has no redundant block, but need not be the smallest.

    Parameters
    ----------
    wanted : boolean array, an axis per feature
    allowed : boolean array, optional
        Cells that blocks may cover as well; by default only the wanted ones.
    most : int, optional
        Return None as soon as more blocks are needed than this.
    seeds : int
        Cells from which each block may grow.
    """
    allowed = wanted if allowed is None else allowed | wanted
    left = wanted.copy()
    chosen: list[Block] = []
    tries = max(2, min(seeds, WORK // max(1, wanted.size * wanted.ndim)))
    while left.any():
        if most is not None and len(chosen) >= 2 * most:
            return None
        places = np.argwhere(left)
        picks = places[:: max(1, len(places) // tries)]
        blocks = {
            _grow(allowed, left, tuple(int(i) for i in seed), order)
            for seed in picks
            for order in _orders(wanted.ndim)
        }
        best = max(blocks, key=lambda b: (int(left[_slices(b)].sum()), _size(b), b))
        chosen.append(best)
        left[_slices(best)] = False
    kept = _without_redundant(wanted, chosen)
    return kept if most is None or len(kept) <= most else None


def _orders(axes: int) -> list[tuple[int, ...]]:
    """Return some orders of growing along the axes: each axis first once."""
    return [tuple((first + i) % axes for i in range(axes)) for first in range(axes)] or [()]


def _grow(
    allowed: NDArray[np.bool_], left: NDArray[np.bool_], seed: Cell, order: Sequence[int]
) -> Block:
    low, high = list(seed), list(seed)
    for axis in order:
        for step, side in ((-1, low), (1, high)):
            while 0 <= side[axis] + step < allowed.shape[axis]:
                edge = [slice(a, b + 1) for a, b in zip(low, high, strict=True)]
                edge[axis] = slice(side[axis] + step, side[axis] + step + 1)
                if not allowed[tuple(edge)].all():
                    break
                side[axis] += step
    return tuple(low), tuple(high)


def _slices(block: Block) -> tuple[slice, ...]:
    return tuple(slice(a, b + 1) for a, b in zip(*block, strict=True))


def _size(block: Block) -> int:
    return int(np.prod([b - a + 1 for a, b in zip(*block, strict=True)], dtype=np.int64))


def _without_redundant(wanted: NDArray[np.bool_], blocks: list[Block]) -> list[Block]:
    times = np.zeros(wanted.shape, np.int64)
    for block in blocks:
        times[_slices(block)] += 1
    kept = []
    for block in sorted(blocks, key=_size):
        part = _slices(block)
        if (times[part][wanted[part]] > 1).all():
            times[part] -= 1
        else:
            kept.append(block)
    return [block for block in blocks if block in kept]
