from __future__ import annotations

import numpy as np
import pytest
import torch

from db2hdl import nn
from db2hdl.nn.inputs import default_features
from db2hdl_hw.errors import InputError


def test_a_net_with_an_encoder_reads_codes():
    encoder = nn.RealEncoder([4], 2)
    net = nn.Sequential(nn.Sequential(encoder, nn.And(2, 1)))
    assert nn.encoder_of(net) is encoder
    assert nn.net_input(net, [[7], [0]]).tolist() == [[7], [0]]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16], ids=str)
def test_another_net_reads_centred_soft_bits_in_its_dtype(dtype):
    net = nn.Sequential(nn.And(2, 1)).to(dtype)
    got = nn.net_input(net, np.array([[True, False]]))
    assert nn.encoder_of(net) is None
    assert got.dtype == dtype and got.tolist() == [[0.5, -0.5]]


def test_a_net_without_parameters_reads_float32():
    assert nn.net_input(nn.Sequential(), [[1]]).dtype == torch.float32


@pytest.mark.parametrize(
    ("net", "count"),
    [
        (nn.And(5, 2), 5),
        (nn.Sequential(nn.Literals(), nn.And(6, 1)), 3),
        (nn.Sequential(nn.Dropout(0.1), nn.CountHot(), nn.Literals(), nn.Not(8, 1)), 3),
        (nn.Sequential(nn.Concat(nn.Literals(), nn.Sequential()), nn.Or(12, 1)), 4),
        (nn.Concat(nn.Majority(), nn.Sequential(nn.Harden(), nn.Xor(7, 1))), 7),
    ],
)
def test_the_first_weights_tell_how_many_inputs_there_are(net, count):
    features = default_features(net)
    assert [f.name for f in features] == [f"x{i}" for i in range(count)]
    assert {f.kind for f in features} == {"bit"}


def test_an_encoder_tells_the_kinds_of_its_features():
    features = default_features(nn.Sequential(nn.RealEncoder([1, 9], 1)))
    assert [(f.kind, f.bits) for f in features] == [("bit", 1), ("real", 9)]


@pytest.mark.parametrize(
    "net",
    [
        nn.Majority(),
        nn.Sequential(nn.Reshape(2, 3), nn.And(3, 1)),
        nn.Concat(nn.Majority(), nn.Literals()),
        nn.Sequential(),
    ],
)
def test_a_net_that_does_not_tell_needs_features(net):
    with pytest.raises(InputError, match="pass features="):
        default_features(net)
