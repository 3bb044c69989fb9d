from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from db2hdl.nn import RealEncoder, init
from db2hdl_hw.errors import InputError


def test_bits_are_in_feature_order():
    encoder = RealEncoder([1, 3, 1, 2], 2)
    with torch.no_grad():
        encoder.threshold.copy_(torch.tensor([0.25, 0.75, 0.5, 1.0]))
    codes = torch.tensor([[1, 2, 0, 3], [0, 6, 1, 1]])
    assert (encoder(codes) > 0).tolist() == [
        [True, True, False, False, True, False],
        [False, True, True, True, False, False],
    ]
    assert encoder.integer_thresholds().tolist() == [2.0, 6.0, 2.0, 4.0]


def test_a_bit_passes_through_as_a_centred_soft_bit():
    assert RealEncoder([1, 1], 3)(torch.tensor([[0, 1]])).tolist() == [[-0.5, 0.5]]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16], ids=str)
@given(bits=st.integers(2, 16), seed=st.integers(0, 1000))
def test_high_iff_the_code_reaches_the_integer_threshold(dtype, bits, seed):
    torch.manual_seed(seed)
    encoder = RealEncoder([bits], 9).to(dtype)
    with torch.no_grad():
        encoder.threshold[:4] = torch.tensor([0.0, 1.0, -3.0, 2.0])
    near = encoder.integer_thresholds().long()[:, None] + torch.tensor([-1, 0, 1])
    codes = torch.cat([near.reshape(-1), torch.randint(1 << bits, (20,))])
    codes = codes.clamp(0, (1 << bits) - 1)[:, None]
    out = encoder(codes)
    assert out.dtype == (torch.float64 if dtype == torch.float64 else torch.float32)
    assert torch.equal(out > 0, codes >= encoder.integer_thresholds())
    assert (out != 0).all()


@pytest.mark.parametrize(
    "dtype", [torch.uint8, torch.int16, torch.int32, torch.int64, torch.float32, torch.float64]
)
def test_codes_of_every_exact_dtype_give_the_same_bits(dtype):
    torch.manual_seed(0)
    encoder, codes = RealEncoder([7, 1], 5), torch.tensor([[99, 1], [3, 0]])
    assert torch.equal(encoder(codes.to(dtype)) > 0, encoder(codes) > 0)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.bool, torch.complex64])
def test_codes_of_another_dtype_are_refused(dtype):
    with pytest.raises(InputError, match=r"codes cannot be .* use integers, float32 or float64"):
        RealEncoder([7], 5)(torch.ones(1, 1, dtype=dtype))


def test_thresholds_learn_through_the_rounding():
    encoder = RealEncoder([4], 3)
    encoder(torch.tensor([[5], [9]])).sum().backward()
    assert (encoder.threshold.grad != 0).all()


def test_under_autocast_the_encoder_stays_float32():
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert RealEncoder([16], 5)(torch.tensor([[40000]])).dtype == torch.float32


def test_how_many_thresholds_each_feature_has():
    encoder = RealEncoder([4, 1, 8], [2, 1, 3], init=init.constant(0.5))
    assert encoder(torch.zeros(5, 3)).shape == (5, 6)
    assert encoder.threshold.tolist() == [0.5] * 5
    assert repr(encoder) == "RealEncoder([4, 1, 8], [2, 1, 3])"


def test_leading_axes_are_kept():
    assert RealEncoder([4, 1], 3)(torch.zeros(2, 5, 2)).shape == (2, 5, 4)


@pytest.mark.parametrize(
    ("widths", "thresholds", "message"),
    [
        ([], 1, "needs widths of 1..16 bits"),
        ([17], 1, "needs widths of 1..16 bits"),
        ([0], 1, "a width must be a positive integer"),
        ([4], 0, "thresholds must be a positive integer"),
        ([4], True, "thresholds must be a positive integer"),
        ([4, 4], [1], "1 entries of thresholds for 2 features"),
        ([1, 4], [2, 2], "a feature of one bit has exactly 1 threshold"),
        ([4], [1.5], "an entry of thresholds must be a positive integer"),
    ],
)
def test_bad_arguments_are_refused(widths, thresholds, message):
    with pytest.raises(InputError, match=f"^RealEncoder: {message}"):
        RealEncoder(widths, thresholds)


def test_another_number_of_features_is_refused():
    with pytest.raises(InputError, match="RealEncoder of 2 features: reads 2 bits"):
        RealEncoder([4, 4], 1)(torch.zeros(1, 3))


def test_codes_of_sixteen_bits_are_told_apart():
    encoder = RealEncoder([16], 1, init=init.constant(0.5))
    codes = torch.as_tensor(np.arange(1 << 16))[:, None]
    assert torch.equal((encoder(codes) > 0)[:, 0], codes[:, 0] >= 1 << 15)
