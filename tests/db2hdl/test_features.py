from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db2hdl.exact_numbers import EXACT, number, predecessor, text
from db2hdl.features import MOST_BITS, Feature, encode_rows
from db2hdl_hw.errors import InputError

REAL = Feature("r", "real", 4, offset=-1.0, scale=0.5)


def test_a_boolean_feature_is_its_own_code():
    assert encode_rows([Feature("a"), Feature("b")], [[0, 1], [1.0, 0.0]]).tolist() == [
        [0, 1],
        [1, 0],
    ]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        *[(-1.0, 0), (-0.75, 1), (-0.76, 0), (-0.5, 1), (0.0, 2), (6.5, 15)],
        *[(99.0, 15), (-9.0, 0), (math.inf, 15), (-math.inf, 0)],
    ],
)
def test_a_real_feature_is_rounded_half_up_and_clipped(value, code):
    assert encode_rows([REAL], [[value]]).tolist() == [[code]]


@given(
    value=st.floats(-1e6, 1e6),
    bits=st.integers(1, MOST_BITS),
    offset=st.floats(-1e3, 1e3),
    scale=st.floats(1e-3, 1e3),
)
def test_codes_are_monotone_and_in_range(value, bits, offset, scale):
    feature = Feature("r", "real", bits, offset, scale)
    low, high = encode_rows([feature], [[value], [value + scale]])[:, 0]
    assert 0 <= low <= high <= feature.top == 2**bits - 1
    assert high - low <= 2


@given(threshold=st.integers(1, 15))
def test_the_value_of_a_threshold_is_where_its_code_begins(threshold):
    value = REAL.threshold_value(threshold)
    below, above = encode_rows([REAL], [[value - 1e-9], [value + 1e-9]])[:, 0]
    assert below < threshold <= above


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a", "word"), "kind must be 'bit' or 'real', not 'word'"),
        (("a", "bit", 2), "bits must be 1..1, not 2"),
        (("a", "real", 17), "bits must be 1..16, not 17"),
        (("a", "real", 0), "bits must be 1..16, not 0"),
        (("a", "real", 2.0), "bits must be 1..16"),
        (("a", "real", 4, math.nan), "offset must be finite"),
        (("a", "real", 4, 0.0, 0.0), "scale above 0"),
        (("a", "real", 4, 0.0, math.inf), "scale above 0"),
    ],
)
def test_bad_features_are_refused(arguments, message):
    with pytest.raises(InputError, match=rf"^feature 'a': .*{message}"):
        Feature(*arguments)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[0.0]], r"rows must have the shape \[rows, 2\], not \[1, 1\]"),
        ([0.0, 1.0], r"not \[2\]"),
        ([[0, 1.0], [1, math.nan]], "NaN in row 1, feature 'r'"),
        ([[1, 1.0], [0.5, 1.0]], "0.5 in row 1 of boolean feature 'a'; it must be 0 or 1"),
    ],
)
def test_bad_rows_are_refused(rows, message):
    with pytest.raises(InputError, match=message):
        encode_rows([Feature("a"), REAL], rows)


def test_no_rows_give_no_codes():
    assert encode_rows([REAL], np.zeros((0, 1))).shape == (0, 1)


FEATURES = st.builds(
    Feature,
    st.just("r"),
    st.just("real"),
    st.integers(1, MOST_BITS),
    st.integers(-(1 << 63), (1 << 64) - 1) | st.floats(-1e9, 1e9) | st.floats(-1e300, 1e300),
    st.floats(1e-9, 1e9) | st.floats(5e-324, 1e-300) | st.just(1.0),
)


def beside(value):
    """A value and the next ones on both sides, as Python numbers."""
    yield from (value, predecessor(value))
    if EXACT <= abs(value) < 1 << 64:
        yield int(value) + 1
    else:
        yield math.nextafter(value, math.inf)


@given(FEATURES, st.data())
def test_a_threshold_separates_exactly_the_codes(feature, data):
    """Read back from its text, in whole numbers and in floats, on both sides of it."""
    threshold = data.draw(st.integers(1, feature.top))
    said = number(text(feature.threshold_value(threshold)))
    values = [v for v in beside(said) if abs(v) < 1e308]
    codes = encode_rows([feature], np.array([[v] for v in values], dtype=object))[:, 0]
    assert [code >= threshold for code in codes] == [v >= said for v in values]


@given(FEATURES, st.lists(st.floats(-1e300, 1e300), min_size=1))
def test_arrays_of_floats_and_of_objects_have_the_same_codes(feature, column):
    fast = encode_rows([feature], np.array(column).reshape(-1, 1))
    exact = [min(max(feature.step(v), 0), feature.top) for v in column]
    assert fast[:, 0].tolist() == exact


def test_whole_numbers_beyond_float64_are_told_apart():
    base = (1 << 53) + 1
    feature = Feature("r", "real", 2, base, 1.0)
    assert feature.offset == base
    assert encode_rows([feature], [[base + i] for i in range(4)])[:, 0].tolist() == [0, 1, 2, 3]
    times = np.array([[1_700_000_000_000_000_000 + i] for i in range(4)])
    feature = Feature("t", "real", 2, 1_700_000_000_000_000_000, 1.0)
    assert encode_rows([feature], times)[:, 0].tolist() == [0, 1, 2, 3]


def test_an_offset_that_float64_holds_is_a_float():
    assert type(Feature("r", "real", 2, 5).offset) is float
    with pytest.raises(InputError, match="more than 64 bits"):
        Feature("r", "real", 2, 1 << 64)
