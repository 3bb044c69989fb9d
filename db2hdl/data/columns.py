"""What a column of numbers means: boolean, or real with a code of so many bits."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from db2hdl.exact_numbers import Values, difference, text
from db2hdl.features import MOST_BITS, Feature, encode_rows
from db2hdl_hw.errors import InputError, unknown


def check_values(values: Values, bit: NDArray[np.bool_], place: Callable[[int, int], str]) -> None:
    """Refuse values that are NaN or infinite, and values of bit columns other than 0 and 1.

    Parameters
    ----------
    values : [rows, columns]
    bit : bool [columns]
        Whether the column must be boolean.
    place : callable
        ``place(row, column)`` says where a value is.

    Raises
    ------
    InputError
        Names the first such value's row and column.
    """
    floats = values.astype(np.float64)
    if not np.isfinite(floats).all():
        row, column = map(int, np.argwhere(~np.isfinite(floats))[0])
        what = "NaN" if np.isnan(floats[row, column]) else "an infinite number"
        raise InputError(f"{place(row, column)}: {what}; correct it or remove the row")
    wrong = bit & (floats != 0) & (floats != 1)
    if wrong.any():
        row, column = map(int, np.argwhere(wrong)[0])
        raise InputError(
            f"{place(row, column)}: {text(values[row, column])} in a boolean column; "
            "it must be 0 or 1"
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
    values : [rows, columns], finite
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
    whole = (values == values // 1).all(axis=0)
    rows = values[training]
    low, high = rows.min(axis=0).tolist(), rows.max(axis=0).tolist()
    return tuple(
        Feature(name) if is_bit[i] else _real(name, low[i], high[i], bool(whole[i]), input_bits)
        for i, name in enumerate(names)
    )


def _real(name: str, low: float, high: float, whole: bool, bits: int) -> Feature:
    span, top = difference(high, low), (1 << bits) - 1
    if not span or (whole and span <= top):
        return Feature(name, "real", bits, low, 1.0)
    return Feature(name, "real", bits, low, span / top or math.ulp(0.0))


def merged_values(features: Sequence[Feature], values: Values) -> tuple[str, ...]:
    """Return a note that names values of training rows which share a code, or nothing.

    Columns of fewer values than codes are named first: those would have a code each.
    """
    found = []
    for i, feature in enumerate(features):
        if feature.kind == "real":
            different = np.unique(values[:, i])
            codes = encode_rows([feature], different[:, None])[:, 0]
            same = np.flatnonzero(codes[1:] == codes[:-1])
            if len(same):
                few = len(different) <= feature.top + 1
                found.append((not few, i, different, len(different) - len(same), int(same[0])))
    if not found:
        return ()
    _, i, different, codes_left, at = min(found, key=lambda f: f[:2])
    feature = features[i]
    first, second = (text(value) for value in different[at : at + 2].tolist())
    wider = _width_apart(feature, different)
    remedy = f"--input-bits {wider} keeps them apart" if wider else "no width of code would do"
    more = f"; {len(found) - 1} more columns have such values" if len(found) > 1 else ""
    return (
        f"column {feature.name!r}: {len(different)} values have {codes_left} codes of "
        f"{feature.bits} bits; {first} and {second} share one ({remedy}){more}",
    )


def _width_apart(feature: Feature, different: Values) -> int | None:
    """Return the least width of code that gives each of the values, in order, its own."""
    low, high = different.tolist()[0], different.tolist()[-1]
    for bits in range(feature.bits + 1, MOST_BITS + 1):
        wide = _real(feature.name, low, high, False, bits)
        if len(np.unique(encode_rows([wide], different[:, None]))) == len(different):
            return bits
    return None
