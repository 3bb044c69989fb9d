"""Columns: boolean or real, and how real ones are coded."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from db2hdl.data import fit_features
from db2hdl.data.columns import merged_values
from db2hdl.features import Feature, encode_rows
from db2hdl_hw.errors import InputError


def fit(column, training=None, input_bits=8):
    values = np.array(column, dtype=np.float64).reshape(-1, 1)
    rows = np.arange(len(values)) if training is None else np.array(training)
    return fit_features(["a"], values, rows, input_bits)


def test_a_column_of_0_and_1_is_boolean():
    assert fit([0, 1, 1]) == (Feature("a"),)
    assert fit([0, 0, 0]) == (Feature("a"),)


def test_the_kind_is_decided_on_all_rows_but_the_range_on_the_training_rows():
    assert fit([0, 1, 0.5], training=[0, 1])[0].kind == "real"
    features = fit([10.5, 20, 99, -5], training=[0, 1])
    assert features[0].offset == 10.5
    codes = encode_rows(features, [[10.5], [20], [99], [-5]])
    assert codes.ravel().tolist() == [0, 255, 255, 0]


@given(st.integers(-1000, 1000), st.integers(2, 16), st.data())
def test_whole_numbers_that_fit_are_coded_exactly(low, bits, data):
    numbers = st.integers(low, low + 2**bits - 1)
    column = [low, low + 2**bits - 1, *data.draw(st.lists(numbers, max_size=20))]
    (feature,) = fit(column, input_bits=bits)
    assert feature == Feature("a", "real", bits, float(low), 1.0)
    codes = encode_rows([feature], np.reshape(column, (-1, 1))).ravel()
    assert (codes + low == column).all()


def test_whole_numbers_keep_scale_1_and_offset_min():
    assert fit([3, 258]) == (Feature("a", "real", 8, 3.0, 1.0),)
    assert fit([3, 259])[0].scale == 256 / 255


@given(
    arrays(np.float64, st.integers(2, 30), elements=st.floats(-1e6, 1e6)),
    st.integers(1, 16),
)
def test_codes_are_within_half_a_step_of_the_value(column, bits):
    (feature,) = fit(column, input_bits=bits)
    if feature.kind == "bit":
        return
    codes = encode_rows([feature], column.reshape(-1, 1)).ravel()
    assert codes.min() >= 0
    assert codes.max() <= feature.top
    decoded = feature.offset + codes * feature.scale
    size = np.abs(column).max() + 1
    assert np.abs(decoded - column).max() <= feature.scale / 2 + size * 1e-9


def test_a_constant_column_has_scale_1_and_code_0():
    (feature,) = fit([5.5, 5.5])
    assert feature == Feature("a", "real", 8, 5.5, 1.0)
    assert encode_rows([feature], [[5.5]]).tolist() == [[0]]


@pytest.mark.parametrize("bits", [0, 17, -1])
def test_a_width_outside_1_to_16_is_refused(bits):
    with pytest.raises(InputError, match="input bits must be 1"):
        fit([1, 2, 3], input_bits=bits)


def test_a_range_beyond_float64_names_the_column():
    with pytest.raises(InputError, match="feature 'a'"):
        fit([-1.7e308, 1.7e308])


def test_a_range_of_denormal_numbers_is_taken():
    assert fit([0, 5e-324])[0].scale > 0


def notes(column, input_bits=8):
    values = np.array(column, dtype=np.float64).reshape(-1, 1)
    return merged_values(fit(column, input_bits=input_bits), values)


def test_values_that_share_a_code_are_named_with_the_width_that_keeps_them_apart():
    (note,) = notes([0, 1, 1000])
    assert note == (
        "column 'a': 3 values have 2 codes of 8 bits; 0 and 1 share one "
        "(--input-bits 9 keeps them apart)"
    )
    assert notes([0, 1, 1000], input_bits=9) == ()
    (note,) = notes([0, 1e-9, 1])
    assert "0 and 1e-09 share one (no width of code would do)" in note
    assert notes([0, 1, 255]) == notes([0.25, 0.5]) == notes([1, 1]) == notes([0, 1]) == ()


def test_denormal_numbers_are_not_merged_in_silence():
    assert len(set(encode_rows(fit([0, 5e-324]), [[0], [5e-324]])[:, 0])) == 2
    column = [5e-324 * i for i in range(300)]
    (note,) = notes(column)
    assert "300 values have" in note


def test_the_column_of_few_values_is_named_first():
    values = np.array([[i, i % 3 * (1 if i % 3 < 2 else 500)] for i in range(600)], np.float64)
    features = fit_features(["many", "few"], values, np.arange(600))
    (note,) = merged_values(features, values)
    assert note.startswith("column 'few': 3 values") and note.endswith(
        "; 1 more columns have such values"
    )
