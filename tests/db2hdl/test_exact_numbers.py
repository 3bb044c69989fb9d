"""Whole numbers beyond 2**53 stay themselves; everything else is float64 as before."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db2hdl.exact_numbers import (
    EXACT,
    LEAST,
    MOST,
    as_values,
    difference,
    least,
    number,
    predecessor,
    text,
)
from db2hdl_hw.errors import InputError

WHOLE = st.integers(LEAST, MOST)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@given(WHOLE)
def test_whole_numbers_are_read_and_written_exactly(n):
    assert number(str(n)) == n
    assert text(number(str(n))) == str(n)
    assert type(number(str(n))) is (int if abs(n) > EXACT else float)


@given(FLOATS)
def test_floats_are_read_and_written_exactly(x):
    assert number(repr(x)) == x
    assert number(text(x)) == x


@pytest.mark.parametrize("said", ["1_0", "x", " ", "1 2", "18446744073709551616", "9" * 5000])
def test_what_is_no_number_of_64_bits_is_refused(said):
    with pytest.raises(ValueError, match=r"."):
        number(said)


@given(WHOLE | FLOATS, WHOLE | FLOATS)
def test_differences_are_rounded_once(a, b):
    exact = Fraction(a) - Fraction(b)
    if abs(exact) < Fraction(1.7e308):
        assert difference(a, b) == float(exact)


@given(st.lists(WHOLE, min_size=1), st.sampled_from(["list", "object", "int64", "uint64"]))
def test_integers_of_every_array_are_kept(column, kind):
    if kind == "int64":
        column = [n for n in column if n < 1 << 63] or [0]
    if kind == "uint64":
        column = [n for n in column if n >= 0] or [0]
    rows = [[n] for n in column]
    array = rows if kind == "list" else np.array(rows, dtype=kind)
    values = as_values(array)
    assert [int(v) for v in values[:, 0]] == column
    small = all(abs(n) <= EXACT for n in column)
    assert values.dtype == (np.float64 if small else object)


def test_numpy_makes_no_floats_of_integers_in_a_mixed_list():
    assert as_values([[EXACT + 1, 0.5]]).tolist() == [[EXACT + 1, 0.5]]


@pytest.mark.parametrize(
    "rows",
    [
        [["a"]],
        [[None]],
        [[1], [1, 2]],
        [[1 << 64]],
        [[LEAST - 1]],
        np.array([[1, "x"]], dtype=object),
        np.array([["2020-01-01"]], dtype="M8[ns]"),
        np.array([[1 + 1j]]),
        np.array([[2]], np.longdouble) ** 60 + 1,
    ],
    ids=str,
)
def test_what_is_no_table_of_numbers_is_refused(rows):
    with pytest.raises(InputError):
        as_values(rows)


@given(st.one_of(WHOLE, FLOATS), st.integers(-2000, 2000))
def test_the_least_is_found_from_anywhere_near(edge, far):
    edge = number(text(edge))
    found = least(Fraction(edge) + far, lambda value: value >= edge)
    assert found == edge
    assert predecessor(edge) < edge or edge == 0


@given(st.one_of(WHOLE, FLOATS))
def test_there_is_no_value_between_a_value_and_its_predecessor(value):
    value = number(text(value))
    if abs(value) > 1.7e308:
        return
    before = predecessor(value)
    assert before < value
    if EXACT < abs(value) <= MOST:
        assert Fraction(value) - Fraction(before) == 1
