"""The Threshold layer: ranges of k, hardening, and that it learns."""

import numpy as np
import pytest
import torch

from db2hdl import harden, nn
from db2hdl.harden import compare
from db2hdl.hardnet import HardLayer, HardNet, bit_features
from db2hdl_hw.errors import InputError


def rows_of(width):
    return (np.arange(1 << width)[:, None] >> np.arange(width)) & 1


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16], ids=str)
@pytest.mark.parametrize(("most", "least"), [(None, 1), (8, 0), (3, 3), (4, 2), (7, 0)])
def test_hardens_exactly(most, least, dtype):
    torch.manual_seed(2)
    net = nn.Sequential(nn.Threshold(7, 12, most, least), nn.Threshold(12, 5), nn.Literals())
    net = net.to(dtype)
    hard = harden(net)
    assert not any(compare(net, hard, rows_of(7)).values())
    k = hard.layers_[1].weights["k"]
    assert k.min() >= least and k.max() <= (7 if most is None else most)


def test_one_wrong_k_is_seen():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Threshold(6, 4))
    hard = harden(net)
    layers = list(hard.layers_)
    weights = dict(layers[1].weights)
    weights["weight"] = np.ones_like(weights["weight"])
    weights["k"] = (weights["k"] + 1) % 7
    layers[1] = HardLayer(layers[1].name, "threshold", (0,), {}, weights)
    assert compare(net, HardNet(hard.features, tuple(layers)), rows_of(6))["l0_threshold"]


@pytest.mark.parametrize("k", [2, 3])
def test_learns_k_of_a_subset(k):
    """At least k of inputs 1, 3, 4, 7 of 9: a good part of 12 neurons, alone, learn it exactly."""
    torch.manual_seed(0)
    rows = rows_of(9)
    label = torch.as_tensor(rows[:, [1, 3, 4, 7]].sum(1) >= k)
    net = nn.Sequential(nn.Threshold(9, 12, most=6))
    x = nn.net_input(net, rows)
    optimiser = torch.optim.RAdam(net.parameters(), lr=0.02)
    for _ in range(250):
        optimiser.zero_grad()
        out = net(x) + 0.5
        wanted = label.float()[:, None].expand_as(out)
        torch.nn.functional.binary_cross_entropy(out, wanted, reduction="sum").div(512).backward()
        optimiser.step()
    hard = harden(net)
    assert not any(compare(net, hard, rows).values())
    exact = (hard.bits(rows) == label.numpy()[:, None]).all(0)
    assert exact.sum() >= 4
    first = hard.layers_[1].weights
    assert (first["weight"][exact][:, [1, 3, 4, 7]]).all()
    assert (first["k"][exact] >= k).all()


def test_counts_are_exact_under_autocast():
    m = 401
    net = nn.Sequential(nn.Threshold(m, 4, m, m - 3, init=nn.init.constant(1.0)))
    codes = np.ones((3, m), int)
    codes[1, :1] = 0
    codes[2, :2] = 0
    hard = harden(net)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert not any(compare(net, hard, codes).values())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.Threshold(0, 1), "m must be"),
        (lambda: nn.Threshold(3, 1, 5), "at most m . 1 = 4"),
        (lambda: nn.Threshold(3, 1, 1, 2), "least <= most"),
        (lambda: nn.Threshold(3, 1, 2.0), "least <= most"),
        (lambda: nn.Threshold(3, 1, 2, -1), "least <= most"),
        (lambda: nn.Threshold(3, 1)(torch.zeros(2)), "reads 3 bits"),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_nan_weights_are_refused():
    net = nn.Sequential(nn.Threshold(3, 1))
    with torch.no_grad():
        net[0].weight[0, 0] = float("nan")
    with pytest.raises(InputError, match="NaN"):
        harden(net)


@pytest.mark.parametrize(
    ("kind", "weights", "message"),
    [
        ("threshold", {"weight": np.ones((2, 3), bool)}, "integers k of the shape"),
        ("threshold", {"weight": np.ones((2, 3), bool), "k": np.array([0, 5])}, "k must be 0..4"),
        ("threshold", {"weight": np.ones((2, 3), bool), "k": np.array([0, -1])}, "k must be 0..4"),
        ("threshold", {"weight": np.ones((2, 3), bool), "k": np.ones(2)}, "integers k"),
        ("threshold", {"weight": np.ones((2, 4), bool), "k": np.array([0, 1])}, "input has 3"),
        ("select", {}, "integer index"),
        ("select", {"index": np.array(1)}, "integer index"),
        ("select", {"index": np.array([3])}, "outside -1..2"),
        ("select", {"index": np.array([-2])}, "outside -1..2"),
    ],
)
def test_hard_layers_are_checked(kind, weights, message):
    encoder = {"feature": np.arange(3), "threshold": np.ones(3, int)}
    layers = (
        HardLayer("encoder", "encoder", (-1,), {}, encoder),
        HardLayer("bad", kind, (0,), {}, weights),
    )
    with pytest.raises(InputError, match=message):
        HardNet(bit_features(3), layers)
