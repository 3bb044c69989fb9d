"""Guesses of which nodes are equal: by names, and by values on patterns. None is believed."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np

from db2hdl_hw.prove.circuit import Point
from db2hdl_hw.prove.simulate import ONES, Words

Pair = tuple[Point, int, int]


class Guesses:
    """Classes of literals that may be equal; each node points to an earlier literal."""

    def __init__(self, never: Collection[int] = ()) -> None:
        self.target: dict[int, int] = {}
        self._never = never

    def root(self, literal: int) -> int:
        """Return the first literal of the class."""
        target = self.target
        while literal >> 1 in target:
            literal = target[literal >> 1] ^ (literal & 1)
        return literal

    def join(self, a: int, b: int) -> None:
        """Guess that two literals are equal."""
        a, b = self.root(a), self.root(b)
        if a >> 1 == b >> 1:
            return
        young, old = (a, b) if a > b else (b, a)
        if young >> 1 not in self._never:
            self.target[young >> 1] = old ^ (young & 1)


def by_name(guesses: Guesses, pairs: Iterable[Pair], values: Words) -> list[Pair]:
    """Join pairs whose values are the same; return the others."""
    different = []
    for pair in pairs:
        _, a, b = pair
        flip = ONES if (a ^ b) & 1 else np.uint64(0)
        if a != b and not np.array_equal(values[a >> 1], values[b >> 1] ^ flip):
            different.append(pair)
        elif a != b:
            guesses.join(a, b)
    return different


def by_value(
    guesses: Guesses, values: Words, marked: Collection[int], free: Collection[int]
) -> None:
    """Join marked nodes of the same values up to inversion; constants only by name."""
    flip = np.where(values[:, 0] & np.uint64(1), ONES, np.uint64(0))
    plain = values ^ flip[:, None]
    varied = np.array(plain.any(axis=1), np.bool_, ndmin=1)
    first: dict[bytes, int] = {}
    flips = (flip != 0).astype(np.int64)
    literals = (2 * np.arange(len(values)) + flips).tolist()
    varied[0] = False
    wanted = np.zeros(len(values), np.bool_)
    wanted[np.fromiter(marked, np.int64, len(marked))] = True
    for node in np.flatnonzero(varied & wanted).tolist():
        literal = literals[node]
        known = first.setdefault(plain[node].tobytes(), literal)
        if known != literal and node not in free and node not in guesses.target:
            guesses.join(known, literal)
