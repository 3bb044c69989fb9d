"""What a column of numbers means: boolean, or real with a code of so many bits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from db2hdl.features import MOST_BITS, Feature
from db2hdl_hw.errors import InputError, unknown

Values = NDArray[np.float64]


def check_values(values: Values, bit: NDArray[np.bool_], place: Callable[[int, int], str]) -> None:
    """Refuse values that are NaN or infinite, and values of bit columns other than 0 and 1.

    Parameters
    ----------
    values : float64 [rows, columns]
    bit : bool [columns]
        Whether the column must be boolean.
    place : callable
        ``place(row, column)`` says where a value is.

    Raises
    ------
    InputError
        Names the first such value's row and column.
    """
    if not np.isfinite(values).all():
        row, column = map(int, np.argwhere(~np.isfinite(values))[0])
        what = "NaN" if np.isnan(values[row, column]) else "an infinite number"
        raise InputError(f"{place(row, column)}: {what}; correct it or remove the row")
    wrong = bit & (values != 0) & (values != 1)
    if wrong.any():
        row, column = map(int, np.argwhere(wrong)[0])
        raise InputError(
            f"{place(row, column)}: {values[row, column]:g} in a boolean column; it must be 0 or 1"
        )


def check_input_bits(input_bits: int) -> None:
    """Refuse a code width outside 1..16.

    Raises
    ------
    InputError
        Says the range.
    """
    if not 1 <= input_bits <= MOST_BITS:
        raise InputError(f"input bits must be 1..{MOST_BITS}, not {input_bits}")


def declared(bits: Collection[str], names: Sequence[str]) -> NDArray[np.bool_]:
    """Return for each column whether its name is among ``bits``.

    Raises
    ------
    InputError
        If one of ``bits`` is no column; suggests the nearest.
    """
    for name in bits:
        if name not in names:
            raise unknown("column", name, names)
    wanted = set(bits)
    return np.array([name in wanted for name in names], dtype=bool)


def fit_features(
    names: Sequence[str], values: Values, training: NDArray[np.intp], input_bits: int = 8
) -> tuple[Feature, ...]:
    """Return the features of a table's columns.

    A column of only 0 and 1 is boolean: its kind is decided on all rows, since a circuit must
    take them all. Any other is real, with a code of ``input_bits`` bits over the range of the
    training rows alone: ``offset = min``, ``scale = (max - min) / (2**input_bits - 1)``.
    Integers whose range fits in the code keep scale 1, so their coding is exact. A column which
    is constant in the training rows has scale 1.

    Parameters
    ----------
    names : sequence of str
    values : float64 [rows, columns], finite
    training : integers
        The indices of the training rows.
    input_bits : int, 1..16

    Raises
    ------
    InputError
        On a width outside 1..16, or a range that float64 cannot hold.
    """
    check_input_bits(input_bits)
    is_bit = ((values == 0) | (values == 1)).all(axis=0)
    rows = values[training]
    low, high = rows.min(axis=0), rows.max(axis=0)
    whole = (values == np.floor(values)).all(axis=0)
    top = (1 << input_bits) - 1
    features = []
    for i, name in enumerate(names):
        if is_bit[i]:
            features.append(Feature(name))
            continue
        span = float(high[i]) - float(low[i])
        exact = bool(whole[i]) and span <= top
        scale = 1.0 if exact else span / top or 1.0
        features.append(Feature(name, "real", input_bits, float(low[i]), scale))
    return tuple(features)
