from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from db2hdl.ops import hard_real_encoder, soft_real_encoder
from db2hdl_hw.errors import InputError

unit = st.floats(0, 1)


@given(t=unit, x=unit, dtype=st.sampled_from([torch.float32, torch.float64]))
def test_high_iff_above_the_threshold(t, x, dtype):
    a, b = torch.tensor(t, dtype=dtype), torch.tensor(x, dtype=dtype)
    assert (soft_real_encoder(a, b) > 0) == (b > a)


@given(t=unit, x=unit)
def test_value_and_gradient_are_never_nan(t, x):
    a, b = (torch.tensor(v, requires_grad=True) for v in (t, x))
    value = soft_real_encoder(a, b)
    value.backward()
    assert -0.5 <= value <= 0.5
    assert a.grad.isfinite() and b.grad.isfinite()


def test_value_is_the_distance_over_the_room_on_its_side():
    t, x = torch.tensor([0.25, 0.25, 0.8]), torch.tensor([0.125, 0.625, 0.0])
    assert soft_real_encoder(t, x).tolist() == pytest.approx([-0.25, 0.25, -0.5], abs=1e-6)


def test_the_ends_of_the_range():
    ends = torch.tensor([0.0, 0.0, 1.0, 1.0, -2.0, 3.0])
    x = torch.tensor([0.0, 1.0, 0.0, 1.0, 0.5, 0.5])
    assert (soft_real_encoder(ends, x) > 0).tolist() == [False, True, False, False, True, False]


@pytest.mark.parametrize("bits", [1, 4, 8, 16])
def test_every_code_against_every_kind_of_threshold(bits):
    codes = torch.arange(1 << bits)
    x = ((codes.double() + 0.5) / (1 << bits)).float()
    for threshold in {0, 1, (1 << bits) // 2, (1 << bits) - 1, 1 << bits}:
        t = torch.tensor(threshold / (1 << bits))
        assert torch.equal(soft_real_encoder(t, x) > 0, codes >= threshold)


def test_narrow_inputs_are_computed_in_float32():
    t, x = torch.tensor(0.5, dtype=torch.bfloat16), torch.tensor([0.25, 0.75])
    assert soft_real_encoder(t, x).dtype == torch.float32
    assert soft_real_encoder(t, x.bfloat16()).dtype == torch.float32
    assert soft_real_encoder(t, x.double()).dtype == torch.float64


def test_float16_is_refused():
    with pytest.raises(InputError, match="float16"):
        soft_real_encoder(torch.tensor(0.5, dtype=torch.float16), torch.tensor(0.5))


def test_hard_compares_codes(alg):
    got = hard_real_encoder(alg, np.array([[3], [4]]), np.array([3, 4, 0]))
    assert got.tolist() == [[True, False, True], [True, True, True]]
