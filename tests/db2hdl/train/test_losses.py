"""The two losses."""

import pytest
import torch

from db2hdl import nn
from db2hdl.train import Stack
from db2hdl.train.losses import Loss
from db2hdl_hw.errors import InputError

LAYERS = ({"kind": "and", "neurons": 6},)


def test_counts_are_divided_by_half_the_root_of_the_bits_of_a_class():
    net = torch.nn.Sequential(nn.And(4, 18), nn.ClassHead(2))
    x, labels = torch.rand(5, 4) - 0.5, torch.tensor([0, 1, 1, 0, 1])
    value, counts = Loss(net, x[:1], Stack(layers=LAYERS))(x, labels)
    assert torch.equal(counts, net(x))
    assert torch.allclose(value, torch.nn.functional.cross_entropy(counts / 1.5, labels))


def test_soft_sums_are_of_bits_before_they_are_hardened():
    net = torch.nn.Sequential(nn.And(4, 6), nn.ClassHead(2))
    x, labels = torch.rand(5, 4) - 0.5, torch.tensor([0, 1, 1, 0, 1])
    recipe = Stack(layers=LAYERS, loss="soft", tau_scale=0.5)
    value, counts = Loss(net, x[:1], recipe)(x, labels)
    sums = net[0](x).reshape(5, 2, 3).sum(-1)
    assert torch.allclose(value, torch.nn.functional.cross_entropy(sums / 0.5, labels))
    assert torch.equal(counts, net(x))


def test_a_net_without_a_class_head_is_refused():
    with pytest.raises(InputError, match="ends in a ClassHead"):
        Loss(torch.nn.Sequential(nn.And(4, 6)), torch.zeros(1, 4), Stack(layers=LAYERS))
