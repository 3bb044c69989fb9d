"""No bit differs between soft and hard nets: mixed stacks, fifty layers deep, in every dtype."""

import numpy as np
import pytest
import torch

from db2hdl import nn
from db2hdl.harden import compare, harden
from db2hdl.nn.init import uniform_range

DEPTH = 50


def layer(kind, width):
    """A layer of each kind, width bits wide again in the end."""
    half = width // 2
    return {
        "and": lambda: nn.And(width, width),
        "or": lambda: nn.Or(width, width),
        "xor": lambda: nn.Xor(width, width),
        "not": lambda: nn.Sequential(nn.Not(width, 4), nn.Reshape(width, 4), nn.Majority()),
        "implies": lambda: nn.Sequential(nn.Implies(width, 3), nn.Reshape(width, 3), nn.AtLeast(2)),
        "mask": lambda: nn.Sequential(
            nn.MaskToFalse(width, 5), nn.Reshape(width, 5), nn.Majority()
        ),
        "skip": lambda: nn.Concat(
            nn.Select(range(half), width), nn.Or(width, width - half, init=uniform_range())
        ),
        "lut": lambda: nn.Lut(width, width, 4, residual=0.0),
        "learned": lambda: nn.Lut(width, width, 6, wiring="learned"),
        "threshold": lambda: nn.Threshold(width, width),
        "literals": lambda: nn.Sequential(nn.Literals(), nn.And(2 * width, width)),
    }[kind]()


KINDS = (
    "and", "or", "xor", "not", "implies", "mask", "skip", "lut", "learned", "threshold", "literals"
)  # fmt: skip


def stack(seed, width):
    torch.manual_seed(seed)
    kinds = np.random.default_rng(seed).choice(KINDS, DEPTH)
    return nn.Sequential(*(layer(kind, width) for kind in kinds), nn.ClassHead(4))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16], ids=str)
@pytest.mark.parametrize(("seed", "width"), [(0, 16), (1, 16), (2, 16), (3, 64)])
def test_deep_stacks_harden_without_a_different_bit(seed, width, dtype):
    net = stack(seed, width).to(dtype)
    codes = np.random.default_rng(seed).integers(0, 2, (64, width))
    different = compare(net, harden(net), codes)
    assert len(different) > DEPTH and sum(different.values()) == 0


@pytest.mark.parametrize("seed", [4, 5])
def test_and_under_autocast(seed):
    net = stack(seed, 16)
    hard = harden(net)
    codes = np.random.default_rng(seed).integers(0, 2, (64, 16))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert sum(compare(net, hard, codes).values()) == 0


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16], ids=str)
def test_training_steps_leave_it_so(dtype):
    """Weights that training has pushed about, not only those drawn at the start."""
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Literals(), nn.And(32, 40), nn.Lut(40, 40, 6, wiring="learned"), nn.Or(40, 24),
        nn.Xor(24, 24), nn.Threshold(24, 40), nn.ClassHead(4),
    ).to(dtype)  # fmt: skip
    codes = np.random.default_rng(0).integers(0, 2, (128, 16))
    labels = torch.as_tensor(codes[:, :4].argmax(1))
    optimiser = torch.optim.SGD(net.parameters(), lr=1.0)
    for _ in range(20):
        optimiser.zero_grad()
        counts = net(torch.as_tensor(codes).to(dtype) - 0.5)
        torch.nn.functional.cross_entropy(counts / 3, labels).backward()
        optimiser.step()
    assert sum(compare(net, harden(net), codes).values()) == 0


def test_a_wrong_bit_is_counted():
    """The check can fail: a weight that flips between hardening and comparing is found."""
    net = nn.Sequential(nn.And(8, 8), nn.ClassHead(2))
    with torch.no_grad():
        net[0].weight.fill_(-0.4)
        net[0].weight[3, 2] = 0.4
    hard = harden(net)
    with torch.no_grad():
        net[0].weight[3, 2] = -0.4
    codes = np.random.default_rng(0).integers(0, 2, (32, 8))
    assert compare(net, hard, codes)["l0_and"] > 0


def test_bfloat16_counts_beyond_256_are_exact():
    """bfloat16 cannot hold 401; counts are float32 and hard all the same."""
    net = nn.ClassHead(1)
    bits = torch.ones(1, 401, dtype=torch.bfloat16) - 0.5
    assert net(bits).item() == 401
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert net(bits.float()).item() == 401
