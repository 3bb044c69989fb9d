"""What a net's inputs mean: boolean columns, and real columns coded as unsigned integers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from db2hdl.exact_numbers import EXACT, LEAST, MOST, as_values, difference, least, text
from db2hdl_hw.errors import InputError

MOST_BITS = 16
"""The widest code of a real feature."""


@dataclass(frozen=True)
class Feature:
    """One input of a net.

    A boolean feature (``kind == "bit"``) has the code 0 or 1. A real feature has the code
    ``clip(floor((value - offset) / scale + 1/2), 0, 2**bits - 1)``: the difference is computed
    exactly and rounded once to float64, the rest in float64. The offset is an integer only if
    float64 cannot hold it.

    Raises
    ------
    InputError
        On an unknown kind, a width outside 1..16, a scale that is not above 0, or NaN.
    """

    name: str
    kind: str = "bit"
    bits: int = 1
    offset: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        where = f"feature {self.name!r}"
        if self.kind not in ("bit", "real"):
            raise InputError(f"{where}: kind must be 'bit' or 'real', not {self.kind!r}")
        most = 1 if self.kind == "bit" else MOST_BITS
        if type(self.bits) is not int or not 1 <= self.bits <= most:
            raise InputError(f"{where}: bits must be 1..{most}, not {self.bits!r}")
        if isinstance(self.offset, int) and not LEAST <= self.offset <= MOST:
            raise InputError(f"{where}: the offset has more than 64 bits; subtract a constant")
        if not isinstance(self.offset, int) or abs(self.offset) <= EXACT:
            object.__setattr__(self, "offset", float(self.offset))
        if not (math.isfinite(self.offset) and math.isfinite(self.scale) and self.scale > 0):
            raise InputError(
                f"{where}: offset must be finite and scale above 0, "
                f"not offset={self.offset!r}, scale={self.scale!r}"
            )

    @property
    def top(self) -> int:
        """The greatest code."""
        return (1 << self.bits) - 1

    def step(self, value: float) -> int:
        """Return the code of a value before clipping; -1 and ``top + 1`` stand for all beyond."""
        place = difference(value, self.offset) / self.scale + 0.5
        return math.floor(min(max(place, -1.0), self.top + 1.0))

    def threshold_value(self, threshold: int) -> float:
        """Return the least value whose code is ``>= threshold``, exactly; 1..top only."""
        return _threshold_value(self, threshold)

    def code_value(self, code: int) -> float:
        """Return the value in the middle of those that have a code, up to rounding."""
        if type(self.offset) is int:
            return as_values([[self.offset + round(code * Fraction(self.scale))]])[0, 0]  # type: ignore[no-any-return]
        return self.offset + code * self.scale


@lru_cache(maxsize=1 << 16)
def _threshold_value(feature: Feature, threshold: int) -> float:
    middle = Fraction(feature.offset) + (threshold - Fraction(1, 2)) * Fraction(feature.scale)
    return least(middle, lambda value: feature.step(value) >= threshold)


def encode_rows(features: Sequence[Feature], rows: ArrayLike) -> NDArray[np.int64]:
    """Return the codes [rows, features] of rows of feature values.

    Raises
    ------
    InputError
        On a wrong number of columns, text, NaN, a whole number of more than 64 bits, or a value
        other than 0 and 1 in a boolean column.
    """
    values = as_values(rows)
    if values.ndim != 2 or values.shape[1] != len(features):
        raise InputError(
            f"rows must have the shape [rows, {len(features)}], not {list(values.shape)}"
        )
    floats = values.astype(np.float64)
    if np.isnan(floats).any():
        row, column = np.argwhere(np.isnan(floats))[0]
        raise InputError(f"NaN in row {row}, feature {features[column].name!r}")
    is_bit = np.array([f.kind == "bit" for f in features], dtype=bool)
    wrong = is_bit & (floats != 0) & (floats != 1)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise InputError(
            f"{text(values[row, column])} in row {row} of boolean feature "
            f"{features[column].name!r}; it must be 0 or 1"
        )
    offset = np.array([float(f.offset) for f in features])
    scale = np.array([f.scale for f in features])
    top = np.array([f.top for f in features], dtype=np.float64)
    with np.errstate(over="ignore"):
        places = np.clip(np.floor((floats - offset) / scale + 0.5), 0, top)
    codes = np.where(is_bit, floats, places).astype(np.int64)
    for column, feature in enumerate(features):
        if values.dtype == object or type(feature.offset) is int:
            codes[:, column] = _exactly(feature, values[:, column])
    return codes


def _exactly(feature: Feature, values: NDArray[Any]) -> list[int]:
    if feature.kind == "bit":
        return [int(value) for value in values.tolist()]
    return [min(max(feature.step(value), 0), feature.top) for value in values.tolist()]
