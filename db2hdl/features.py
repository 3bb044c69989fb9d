"""What a net's inputs mean: boolean columns, and real columns coded as unsigned integers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from db2hdl_hw.errors import InputError

MOST_BITS = 16
"""The widest code of a real feature."""


@dataclass(frozen=True)
class Feature:
    """One input of a net.

    A boolean feature (``kind == "bit"``) has the code 0 or 1. A real feature has the code
    ``clip(floor((value - offset) / scale + 1/2), 0, 2**bits - 1)``, computed in float64.

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
        if not (math.isfinite(self.offset) and math.isfinite(self.scale) and self.scale > 0):
            raise InputError(
                f"{where}: offset must be finite and scale above 0, "
                f"not offset={self.offset!r}, scale={self.scale!r}"
            )

    @property
    def top(self) -> int:
        """The greatest code."""
        return (1 << self.bits) - 1

    def threshold_value(self, threshold: int) -> float:
        """Return the least real value (up to rounding) whose code is ``>= threshold``."""
        return self.offset + (threshold - 0.5) * self.scale


def encode_rows(features: Sequence[Feature], rows: ArrayLike) -> NDArray[np.int64]:
    """Return the codes [rows, features] of rows of feature values.

    Raises
    ------
    InputError
        On a wrong number of columns, NaN, or a value other than 0 and 1 in a boolean column.
    """
    values = np.asarray(rows, dtype=np.float64)
    if values.ndim != 2 or values.shape[1] != len(features):
        raise InputError(
            f"rows must have the shape [rows, {len(features)}], not {list(values.shape)}"
        )
    if np.isnan(values).any():
        row, column = np.argwhere(np.isnan(values))[0]
        raise InputError(f"NaN in row {row}, feature {features[column].name!r}")
    is_bit = np.array([f.kind == "bit" for f in features], dtype=bool)
    wrong = is_bit & (values != 0) & (values != 1)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise InputError(
            f"{values[row, column]:g} in row {row} of boolean feature "
            f"{features[column].name!r}; it must be 0 or 1"
        )
    offset = np.array([f.offset for f in features])
    scale = np.array([f.scale for f in features])
    top = np.array([f.top for f in features], dtype=np.float64)
    coded = np.clip(np.floor((values - offset) / scale + 0.5), 0, top)
    return np.where(is_bit, values, coded).astype(np.int64)
