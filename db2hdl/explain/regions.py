"""Boxes of inputs: for each feature a range of codes, and how to say that in words.

A net sees of a real feature only whether its code reaches some thresholds, so that the codes fall
into few ranges between which it cannot tell; a boolean feature has the ranges 0 and 1. A box is a
range of such ranges for each feature.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from db2hdl.exact_numbers import text
from db2hdl.features import Feature
from db2hdl.hardnet import HardNet

_LANGUAGE = re.compile(r"\b(and|or|xor|not|always|never|at|of)\b|[<>=\"]|^[\d\s(-]|\s$")

Range = tuple[int, int]
"""Codes from the first on and below the second."""

Box = Mapping[int, Range]
"""Feature index -> codes; a feature that is not there may be anything."""


def thresholds(hard: HardNet) -> list[list[int]]:
    """Return, for each feature, the thresholds that its codes are compared with, in order."""
    encoder = hard.layers_[0].weights
    found: list[set[int]] = [set() for _ in hard.features]
    for feature, threshold in zip(encoder["feature"], encoder["threshold"], strict=True):
        if 0 < threshold <= hard.features[feature].top:
            found[int(feature)].add(int(threshold))
    return [sorted(one) for one in found]


@dataclass(frozen=True)
class Grid:
    """All combinations of ranges of some features; every other feature is at code 0.

    Attributes
    ----------
    features : tuple of int
    edges : tuple of tuples of int
        For each feature its ranges' first codes, and one past the last code.
    """

    features: tuple[int, ...]
    edges: tuple[tuple[int, ...], ...]

    @staticmethod
    def of(hard: HardNet, features: Sequence[int], cuts: Sequence[Sequence[int]]) -> Grid:
        """Return the grid of features with the thresholds of each feature of the net."""
        edges = tuple((0, *cuts[f], hard.features[f].top + 1) for f in features)
        return Grid(tuple(features), edges)

    @property
    def shape(self) -> tuple[int, ...]:
        """Ranges of each feature."""
        return tuple(len(edge) - 1 for edge in self.edges)

    def codes(self, width: int) -> NDArray[np.int64]:
        """Return a code vector [cells, width] for each cell, in C order."""
        result = np.zeros((int(np.prod(self.shape, dtype=np.int64)), width), np.int64)
        mesh = np.meshgrid(*(edge[:-1] for edge in self.edges), indexing="ij")
        for feature, values in zip(self.features, mesh, strict=True):
            result[:, feature] = values.reshape(-1)
        return result

    def box(self, low: Sequence[int], high: Sequence[int]) -> dict[int, Range]:
        """Return the box of cells from ``low`` up to ``high``, both included, by codes."""
        result = {}
        for axis, feature in enumerate(self.features):
            edge = self.edges[axis]
            if low[axis] > 0 or high[axis] < len(edge) - 2:
                result[feature] = (edge[low[axis]], edge[high[axis] + 1])
        return result


def inside(box: Box, codes: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Return whether each row of codes [rows, features] is in a box."""
    result = np.ones(len(codes), np.bool_)
    for feature, (low, end) in box.items():
        result &= (codes[:, feature] >= low) & (codes[:, feature] < end)
    return result


def in_words(box: Box, features: Sequence[Feature]) -> str:
    """Return a box as a condition: ``petal length >= 2.45 and not wet``; of no feature ``always``.

    Real thresholds are exact: the rule holds for a value if and only if it does for its code.
    """
    parts = [_one(features[f], low, end) for f, (low, end) in sorted(box.items())]
    return " and ".join(parts) or "always"


def named(feature: Feature) -> str:
    """Return a feature's name, in quotes if it could be taken for a part of a formula."""
    if not _LANGUAGE.search(feature.name):
        return feature.name
    return f"'{feature.name}'" if '"' in feature.name else f'"{feature.name}"'


def _one(feature: Feature, low: int, end: int) -> str:
    name = named(feature)
    if feature.kind == "bit":
        return name if low == 1 else f"not {name}"
    if low <= 0:
        return f"{name} < {real(feature, end)}"
    if end > feature.top:
        return f"{name} >= {real(feature, low)}"
    return f"{real(feature, low)} <= {name} < {real(feature, end)}"


def real(feature: Feature, threshold: int) -> str:
    """Return the least value whose code reaches a threshold, in the digits that say it exactly."""
    return text(feature.threshold_value(threshold))
