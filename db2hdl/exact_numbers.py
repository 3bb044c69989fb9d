"""Numbers as they are written: whole numbers beyond 2**53 are not passed through float64.

A value is a Python float, or a Python integer of at most 64 bits; float64 holds every integer up
to 2**53. A table is a float64 array where that loses nothing, else an array of such objects.
"""

from __future__ import annotations

import math
import numbers
import re
import struct
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from db2hdl_hw.errors import InputError

Values = NDArray[Any]
"""Of float64; of objects, floats and integers, only where float64 would change an integer."""

EXACT = 1 << 53
"""Up to here float64 holds every whole number."""

LEAST, MOST = -(1 << 63), (1 << 64) - 1
"""Whole numbers outside of this are refused, unless they are written with a point or exponent."""

_WHOLE = re.compile(r"\s*[-+]?\d+\s*", re.ASCII)
_INFINITY = 0x7FF << 52


def number(text: str) -> float:
    """Return the number that a text says, an integer if float64 cannot hold it.

    Raises
    ------
    ValueError
        If it is no number, or a whole number of more than 64 bits.
    """
    value = float(text)
    if abs(value) < EXACT or not _WHOLE.fullmatch(text):
        if "_" in text:  # float("1_0") is 10; in a table it is text
            raise ValueError(text)
        return value
    if len(text) > 60 or not LEAST <= int(text) <= MOST:
        raise ValueError(f"{text[:40]} has more than 64 bits")
    return _narrow(int(text))


def is_whole(text: str) -> bool:
    """Tell whether a text is a whole number without point and exponent."""
    return _WHOLE.fullmatch(text) is not None


def as_values(rows: ArrayLike) -> Values:
    """Return rows of numbers as float64, or as objects if float64 would change one of them.

    Raises
    ------
    InputError
        On text, and on numbers that neither float64 nor 64 bits hold.
    """
    try:
        array = np.asarray(rows)
    except (ValueError, OverflowError):  # rows of uneven length, or beyond 64 bits
        array = np.empty((), object)
    mixed = array.dtype.kind == "f" and not isinstance(rows, np.ndarray)
    if mixed and (np.abs(array) >= EXACT).any():  # NumPy has made floats of integers
        array = np.array(rows, dtype=object)
    if array.dtype.kind in "iu":
        fits = not ((array > EXACT) | (array < -EXACT)).any()
        return array.astype(np.float64 if fits else object)
    if array.dtype.kind == "O":
        return _from_objects(np.array(rows, dtype=object))
    if array.dtype.kind not in "bf":
        raise InputError(f"rows must be numbers, not {array.dtype}")
    with np.errstate(over="ignore"):
        values = array.astype(np.float64)
    if array.dtype.itemsize > 8 and (values != array)[~np.isnan(array)].any():
        raise InputError(f"a value of {array.dtype} is no float64; convert the array")
    return values


def _from_objects(array: NDArray[Any]) -> Values:
    values = np.empty(array.shape, object)
    for place, value in np.ndenumerate(array):
        if isinstance(value, bool | np.bool_ | numbers.Integral):
            values[place] = _narrow(int(value))
            if not LEAST <= values[place] <= MOST:
                raise InputError(f"{str(value)[:40]} has more than 64 bits; subtract an offset")
        elif isinstance(value, numbers.Real):
            values[place] = float(value)
        else:
            raise InputError(f"rows must be numbers, not {type(value).__name__}")
    return narrowed(values)


def narrowed(values: Values) -> Values:
    """Return values that ``number`` or ``as_values`` made, as float64 if all of them are floats."""
    whole = any(type(value) is int for value in values.flat)
    return values if whole else values.astype(np.float64)


def difference(a: float, b: float) -> float:
    """Return a - b, computed exactly and rounded once, to float64."""
    if isinstance(a, float) and isinstance(b, float):
        return a - b
    if math.isinf(a) or math.isinf(b):
        return float(a) - float(b)
    return float(Fraction(a) - Fraction(b))


def predecessor(value: float) -> float:
    """Return the next smaller value there is."""
    if type(value) is int or EXACT < abs(value) < MOST:
        return _narrow(int(value) - 1)
    return math.nextafter(value, -math.inf)


def least(start: Fraction, holds: Callable[[float], bool]) -> float:
    """Return the least value for which ``holds``; it must hold for all above. Looks near start."""
    whole = EXACT <= abs(start) <= MOST
    found = _least_whole(int(start), holds) if whole else _least_float(float(start), holds)
    if EXACT <= abs(found) <= MOST:
        found = _least_whole(int(found), holds)
    return found if abs(found) >= EXACT else _least_float(float(found), holds)


def text(value: float) -> str:
    """Return the fewest digits that ``number`` reads as this value again."""
    if EXACT <= abs(value) <= MOST:
        return str(int(value))
    return repr(float(value)).removesuffix(".0")


def _narrow(value: int) -> float:
    return float(value) if abs(value) <= EXACT else value


def _least_whole(start: int, holds: Callable[[float], bool]) -> float:
    return _narrow(_search(start, lambda n: holds(_narrow(n))))


def _least_float(start: float, holds: Callable[[float], bool]) -> float:
    """Search among floats by their numbers in the order of all floats."""
    (bits,) = struct.unpack("<q", struct.pack("<d", start))
    order = bits if bits >= 0 else -(bits & (1 << 63) - 1)
    return _nth_float(_search(order, lambda n: holds(_nth_float(n))))


def _nth_float(n: int) -> float:
    magnitude = struct.pack("<q", min(abs(n), _INFINITY))
    (value,) = struct.unpack("<d", magnitude)
    return float(-value if n < 0 else value)


def _search(start: int, holds: Callable[[int], bool]) -> int:
    """Return the least n that holds: find two sides of it at doubled distances, then halve."""
    step = 1
    low, high = start - 1, start
    while not holds(high):
        low, high, step = high, high + step, 2 * step
    while holds(low):
        high, low, step = low, low - step, 2 * step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
