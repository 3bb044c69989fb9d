"""Thermometer codes: what is high, where thresholds go, and that they harden."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import db2hdl
from db2hdl.nn import (
    ClassHead,
    Lut,
    RealEncoder,
    Sequential,
    Thermometer,
    at_thresholds,
    quantile_thresholds,
    uniform_thresholds,
)
from db2hdl_hw.errors import InputError

WIDTHS, THRESHOLDS = (3, 1, 2), ((0, 4, 8), (1,), (3, 1))


def test_every_code_against_every_threshold():
    codes = np.stack(np.meshgrid(range(8), range(2), range(4), indexing="ij"), -1)
    for dtype in (torch.int64, torch.uint8, torch.float32):
        bits = Thermometer(WIDTHS, THRESHOLDS)(torch.tensor(codes).to(dtype)) > 0
        c = codes[..., 0], codes[..., 1], codes[..., 2]
        expected = [c[0] >= 0, c[0] >= 4, c[0] >= 8, c[1] >= 1, c[2] >= 3, c[2] >= 1]
        assert (bits.numpy() == np.stack(expected, -1)).all()


def test_learned_thresholds_start_where_they_are_put():
    encoder = RealEncoder(WIDTHS, (3, 1, 2), init=at_thresholds(WIDTHS, THRESHOLDS))
    assert encoder.integer_thresholds().tolist() == [0, 4, 8, 3, 1]
    assert encoder.threshold.requires_grad
    with pytest.raises(InputError, match="5 thresholds for an encoder of"):
        RealEncoder(WIDTHS, (2, 1, 2), init=at_thresholds(WIDTHS, THRESHOLDS))


def test_it_hardens_with_no_bit_different():
    torch.manual_seed(0)
    widths = [4] * 6
    encoder = Thermometer(widths, uniform_thresholds(widths, 3))
    net = Sequential(encoder, Lut(18, 30, wiring="learned"), Lut(30, 9, 3), ClassHead(3))
    codes = np.random.default_rng(0).integers(0, 16, (200, 6))
    hard = db2hdl.harden(net)
    assert [layer.name for layer in hard.layers_[1:3]] == ["l0_lut", "l1_lut"]
    from db2hdl.harden import compare

    assert set(compare(net, hard, codes).values()) == {0}
    (encoder.threshold,) = [p for p in net.parameters() if not p.requires_grad]


def test_a_lut_says_how_many_bits_a_net_reads_and_nan_is_refused():
    net = Sequential(Lut(7, 4, 2, wiring="learned"), ClassHead(2))
    assert len(db2hdl.harden(net).features) == 7
    for parameter in (net[0].table, net[0].score):
        with torch.no_grad():
            kept = float(parameter.flatten()[0])
            parameter.flatten()[0] = float("nan")
        with pytest.raises(InputError, match="NaN in its"):
            db2hdl.harden(net)
        with torch.no_grad():
            parameter.flatten()[0] = kept


def test_uniform():
    assert uniform_thresholds([8, 1, 2], 1) == [[128], [1], [2]]
    assert uniform_thresholds([8, 2], [3, 2]) == [[64, 128, 192], [1, 3]]


@given(
    seed=st.integers(0, 2**31),
    count=st.integers(1, 5),
    rows=st.integers(1, 50),
    shared=st.booleans(),
)
def test_quantiles_part_what_is_above_the_least(seed, count, rows, shared):
    codes = np.random.default_rng(seed).integers(0, 64, (rows, 3))
    codes[:, 1] = np.maximum(codes[:, 1] - 40, 0)
    thresholds = quantile_thresholds(codes, [6] * 3, count, shared=shared)
    for i, ts in enumerate(thresholds):
        column = codes.ravel() if shared else codes[:, i]
        above = column[column > column.min()]
        assert ts == sorted(ts) and len(ts) == count
        for position, t in enumerate(ts if len(above) else []):
            assert t > column.min()
            share = (position + 1) / (count + 1)
            assert (above < t).mean() <= share + 1e-9
            assert (above <= t).mean() >= share - 1e-9


def test_a_constant_feature_gets_uniform_thresholds():
    assert quantile_thresholds(np.full((5, 2), 3), [8, 1], 3) == [[64, 128, 192], [1]]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Thermometer([3], [[9]]), "feature 0 must be in 0..8, not"),
        (lambda: Thermometer([3], [[]]), "positive integer"),
        (lambda: Thermometer([3, 3], [[1]]), "2 features"),
        (lambda: uniform_thresholds([3], 0), "positive integer"),
        (lambda: uniform_thresholds([3, 3], [1]), "1 counts for 2 features"),
        (lambda: quantile_thresholds(np.zeros((0, 1)), [3], 1), r"must be \[rows, 1\]"),
        (lambda: quantile_thresholds(np.zeros((2, 2)), [3, 4], 1, shared=True), "one width"),
        (lambda: Thermometer([3], [[4]])(torch.zeros(2, 2)), "reads 1 bits"),
    ],
)
def test_bad_arguments(make, says):
    with pytest.raises(InputError, match=says):
        make()
