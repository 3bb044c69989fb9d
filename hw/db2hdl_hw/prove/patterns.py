"""Input patterns by which equal nodes are guessed and differing ones told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Patterns = dict[str, NDArray[np.bool_]]

COUNT = 1024
"""Random patterns to begin with."""


def first_patterns(names: Sequence[str], seed: Any = 0, count: int = COUNT) -> Patterns:
    """Return all low, all high, one-hot ones, and random ones of several densities."""
    rng = np.random.default_rng(seed)
    density = rng.choice([0.5, 0.5, 0.5, 0.1, 0.9, 0.02, 0.98], size=count)
    hot = min(len(names), count // 8)
    chosen = rng.permutation(len(names))[:hot]
    patterns: Patterns = {}
    for index, name in enumerate(names):
        bits = rng.random(count) < density
        bits[0], bits[1] = False, True
        bits[2 : 2 + hot] = chosen == index
        patterns[name] = bits
    return patterns


NEAR = 256
"""Patterns near one case."""


def near(names: Sequence[str], cases: Sequence[Mapping[str, bool]], rng: Any) -> Patterns:
    """Return patterns that are cases with some bits flipped; what these leave open is random.

    What tells two nodes apart often tells others apart, too, or does so a few bits away.
    """
    rate = np.resize([0.0, 0.003, 0.01, 0.03, 0.1, 0.3], NEAR * len(cases))
    patterns = {}
    for name in names:
        known = np.repeat([one.get(name, False) for one in cases], NEAR)
        chance = np.repeat([0.0 if name in one else 0.5 for one in cases], NEAR)
        patterns[name] = known ^ (rng.random(len(rate)) < np.maximum(rate, chance))
    return patterns


def added(patterns: Patterns, more: Sequence[Mapping[str, bool]], rng: Any) -> Patterns:
    """Return patterns with others behind them; what these leave open is drawn at random."""
    out = {}
    for name, bits in patterns.items():
        new = np.array([one.get(name, rng.random() < 0.5) for one in more], np.bool_)
        out[name] = np.concatenate([bits, new])
    return out


def of_cases(names: Sequence[str], cases: Sequence[Mapping[str, bool]]) -> Patterns:
    """Return patterns that are just some cases; what they leave open is low."""
    return {name: np.array([one.get(name, False) for one in cases], np.bool_) for name in names}
