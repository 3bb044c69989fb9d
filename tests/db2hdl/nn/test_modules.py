"""Layers are ordinary torch Modules."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import torch

from db2hdl import nn
from db2hdl_hw.errors import InputError


def make():
    return nn.Sequential(
        nn.RealEncoder([6, 1, 1], 4),
        nn.Concat(nn.Sequential(nn.Literals(), nn.And(12, 8)), nn.Xor(6, 4)),
        nn.Or(12, 6),
        nn.Dropout(0.1),
        nn.Not(6, 4),
        nn.Majority(),
        nn.Harden(),
        nn.ClassHead(2),
    ).eval()


CODES = torch.tensor([[3, 0, 1], [60, 1, 1], [31, 1, 0], [32, 0, 0]])


def test_checkpoints_load_with_weights_only(tmp_path):
    net, other = make(), make()
    torch.save(net.state_dict(), tmp_path / "net.pt")
    other.load_state_dict(torch.load(tmp_path / "net.pt", weights_only=True))
    for a, b in zip(net.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)
    assert torch.equal(net(CODES), other(CODES))


def test_the_state_is_the_parameters_alone():
    assert set(make().state_dict()) == {name for name, _ in make().named_parameters()}


def test_copies_and_pickles_are_equal():
    net = make()
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert torch.equal(net(CODES), other(CODES))


def test_devices_move_all_that_a_layer_holds():
    net = make().to("meta")
    assert {t.device.type for t in [*net.parameters(), *net.buffers()]} == {"meta"}


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16], ids=str)
def test_another_dtype_gives_float32_counts(dtype):
    counts = make().to(dtype)(CODES)
    assert counts.dtype == torch.float32 and counts.shape == (4, 2)


def test_autocast_changes_no_bit_and_keeps_counts_float32():
    net = make()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        counts = net(CODES)
    assert counts.dtype == torch.float32
    assert torch.equal(counts, net(CODES))


def test_every_parameter_gets_a_finite_gradient():
    torch.manual_seed(0)
    net = make().train()
    net(CODES).square().sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())


def test_a_net_learns_the_and_of_two_bits():
    torch.manual_seed(0)
    net = nn.Sequential(nn.And(3, 4), nn.Literals(), nn.ClassHead(2))
    codes = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)])
    label = torch.as_tensor(1 - (codes[:, 0] & codes[:, 1]))
    optimiser = torch.optim.RAdam(net.parameters(), lr=0.05)
    for _ in range(200):
        loss = torch.nn.functional.cross_entropy(net(nn.net_input(net, codes)), label)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert torch.equal(net(nn.net_input(net, codes)).argmax(-1), label)


def test_float16_nets_are_refused():
    with pytest.raises(InputError, match="float16"):
        make().half()(CODES)
