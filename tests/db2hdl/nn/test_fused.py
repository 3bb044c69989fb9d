"""Two layers in one against the same layers one after the other; compiled against portable."""

from __future__ import annotations

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db2hdl import nn
from db2hdl.nn import compiled, fused, kernels, logic_kernels

ADVERSARIAL = torch.tensor([0.0, -0.0, 1e-30, -1e-30, 1e-38, -1e-38, 0.5, -0.5, 0.25, 3e-8])

SAME_PATH = [HealthCheck.function_scoped_fixture]  # that is what is wanted: one path for all


@pytest.fixture(params=["compiled", "portable"])
def path(request, monkeypatch):
    if request.param == "compiled":
        if compiled.library("logic") is None:
            pytest.skip(f"no compiled kernels: {compiled.REASONS['logic']}")
    else:
        monkeypatch.setattr(logic_kernels, "library", lambda name: None)
    return request.param


@pytest.fixture(params=[1 << 18, 100], ids=lambda block: f"block{block}", autouse=True)
def _block(request, monkeypatch):
    monkeypatch.setattr(kernels, "BLOCK", request.param)


def plain(net):
    """The same modules in torch's own Sequential, which runs one by one."""
    return torch.nn.Sequential(*net)


def run(net, x):
    x = x.clone().requires_grad_()
    out = net(x)
    upstream = torch.linspace(-1, 1.5, out.numel(), dtype=out.dtype).reshape(out.shape)
    parameters = list(net.parameters())
    return out.detach(), torch.autograd.grad(out, [x, *parameters], upstream)


def assert_same(net, x, rtol=1e-6):
    got, got_grads = run(net, x)
    wanted, wanted_grads = run(plain(net), x)
    assert torch.equal(got, wanted) and torch.equal(got.signbit(), wanted.signbit())
    for g, w in zip(got_grads, wanted_grads, strict=True):
        scale = max(1.0, float(w.abs().max()))
        assert torch.allclose(g, w, rtol=rtol, atol=rtol * scale)


def masked(mask, n, m, size, last, margin, pack, dtype=torch.float32):
    layer = {"implies": nn.Implies, "mask_to_false": nn.MaskToFalse}[mask](m, n, margin=margin)
    with torch.no_grad():
        layer.weight.mul_(1.4)
    end = nn.Majority(margin=pack) if last is None else nn.AtLeast(last, margin=pack)
    shape = [] if size is None else [nn.Reshape(n * m // size, size)]
    return nn.Sequential(layer, *shape, end).to(dtype)


CASES = [
    ("implies", 3, 8, 6, None),
    ("implies", 4, 16, 16, None),
    ("implies", 2, 33, 3, 1),
    ("implies", 5, 7, None, 7),
    ("implies", 2, 6, 12, 5),
    ("mask_to_false", 3, 8, 6, None),
    ("mask_to_false", 4, 9, None, 2),
    ("mask_to_false", 1, 5, 1, 1),
    ("mask_to_false", 2, 70, None, 66),
]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("margin", [True, False])
@pytest.mark.parametrize("pack", [True, False])
@pytest.mark.parametrize(("mask", "n", "m", "size", "last"), CASES)
def test_masked_groups_are_the_layers_in_turn(mask, n, m, size, last, margin, pack, dtype, path):
    torch.manual_seed(n * m)
    net = masked(mask, n, m, size, last, margin, pack, dtype)
    for rows in (1, 2, 13):
        assert_same(net, (torch.rand(rows, m) - 0.5).to(dtype))


@pytest.mark.parametrize("margin", [True, False])
@pytest.mark.parametrize("mask", ["implies", "mask_to_false"])
@settings(deadline=None, max_examples=30, suppress_health_check=SAME_PATH)
@given(seed=st.integers(0, 2**32 - 1))
def test_forward_is_identical_with_ties_and_zeros(mask, margin, path, seed):
    torch.manual_seed(seed)
    net = masked(mask, 3, 8, 6, None, margin, True)
    with torch.no_grad():
        net[0].weight.copy_(ADVERSARIAL[torch.randint(len(ADVERSARIAL), (3, 8))])
    x = ADVERSARIAL[torch.randint(len(ADVERSARIAL), (20, 8))]
    got, wanted = net(x), plain(net)(x)
    assert torch.equal(got, wanted) and torch.equal(got.signbit(), wanted.signbit())


@pytest.mark.parametrize("margin", [True, False])
@pytest.mark.parametrize("pack", [True, False])
def test_compiled_and_portable_agree_on_ties(margin, pack, monkeypatch):
    if compiled.library("logic") is None:
        pytest.skip(f"no compiled kernels: {compiled.REASONS['logic']}")
    values = torch.tensor([-0.4, -0.2, 0.2, 0.4], dtype=torch.float64)
    for seed in range(20):
        torch.manual_seed(seed)
        net = masked("implies", 3, 8, 6, None, margin, pack, torch.float64)
        with torch.no_grad():
            net[0].weight.copy_(values[torch.randint(4, (3, 8))])
        x = values[torch.randint(4, (5, 8))]
        with monkeypatch.context() as patch:
            fast = run(net, x)
            neurons = [
                run(layer(8, 5, init=nn.init.constant(0.7)).double(), x)
                for layer in (nn.And, nn.Or)
            ]
            patch.setattr(logic_kernels, "library", lambda name: None)
            slow = run(net, x)
            others = [
                run(layer(8, 5, init=nn.init.constant(0.7)).double(), x)
                for layer in (nn.And, nn.Or)
            ]
        for (a, a_grads), (b, b_grads) in zip([fast, *neurons], [slow, *others], strict=True):
            assert torch.equal(a, b)
            for g, w in zip(a_grads, b_grads, strict=True):
                assert torch.allclose(g, w, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16], ids=str)
@pytest.mark.parametrize("hardened", [True, False])
@pytest.mark.parametrize(("m", "n", "classes"), [(6, 4, 2), (6, 4, 3), (5, 4, 10), (3, 1, 1)])
def test_counts_are_the_layers_in_turn(m, n, classes, hardened, dtype):
    torch.manual_seed(m)
    net = nn.Sequential(
        nn.Not(m, n, init=nn.init.uniform_range()),
        nn.Reshape(m * n),
        *([nn.Harden()] if hardened else []),
        nn.ClassHead(classes),
    ).to(dtype)
    with torch.no_grad():
        net[0].weight[0] *= 1.4
        net[0].weight[0, 0] = 0.0
    x = (torch.rand(7, m) - 0.5).to(dtype)
    x[0] = 0.0
    assert_same(net, x, 1e-6 if dtype != torch.bfloat16 else 3e-2)


def test_a_class_head_counts_and_spreads_its_gradient():
    head = nn.ClassHead(3)
    for dtype in (torch.float32, torch.float64, torch.bfloat16):
        x = (torch.rand(2, 4, 6) - 0.5).to(dtype)
        x[0, 0] = 0.0
        got, (grad,) = run(head, x)
        assert got.dtype == torch.float32 and grad.dtype == dtype
        assert torch.equal(got, (x > 0).reshape(2, 4, 3, 2).sum(-1).float())
        upstream = torch.linspace(-1, 1.5, 24).reshape(2, 4, 3)
        assert torch.allclose(grad, upstream.repeat_interleave(2, -1).to(dtype))


def saved_by(net, x):
    sizes = [0]
    with torch.autograd.graph.saved_tensors_hooks(
        lambda tensor: sizes.append(tensor.numel()) or tensor, lambda tensor: tensor
    ):
        net(x.clone().requires_grad_())
    return max(sizes)


def test_nothing_of_batch_times_outputs_times_inputs_is_kept(path):
    m, n, rows = 48, 40, 30
    end = [nn.Not(n * m // 16, 5), nn.Reshape(n * m // 16 * 5), nn.Harden(), nn.ClassHead(10)]
    net = nn.Sequential(nn.Implies(m, n), nn.Reshape(n * m // 16, 16), nn.Majority(), *end)
    x = torch.rand(rows, m) - 0.5
    assert saved_by(net, x) <= rows * n * m // 16
    assert saved_by(plain(net), x) >= rows * n * m


@pytest.mark.parametrize("net", [
    lambda: nn.Sequential(nn.Implies(4, 3), nn.Reshape(12), nn.Majority()),
    lambda: nn.Sequential(nn.Implies(4, 3), nn.Majority(), nn.Literals()),
    lambda: nn.Sequential(nn.Implies(4, 3), nn.Dropout(0.5), nn.Majority()).eval(),
    lambda: nn.Sequential(nn.Implies(4, 3)),
    lambda: nn.Sequential(nn.Not(4, 3), nn.Reshape(6, 2), nn.ClassHead(2)),
    lambda: nn.Sequential(nn.Not(4, 3), nn.Reshape(12)),
])  # fmt: skip
def test_other_sequences_are_left_alone(net):
    net = net()
    assert_same(net, torch.rand(3, 4) - 0.5)


def test_leading_axes_are_kept(path):
    net = nn.Sequential(nn.Implies(4, 3), nn.Majority())
    for lead in ((), (2, 3), (0,)):
        x = torch.rand(*lead, 4) - 0.5
        assert torch.equal(net(x), plain(net)(x))


def test_hooks_see_every_module():
    net = nn.Sequential(nn.Implies(4, 4), nn.Majority())
    x, seen = torch.rand(2, 4), []
    handle = net[0].register_forward_hook(lambda module, inputs, output: seen.append(output.shape))
    net(x)
    assert seen == [(2, 4, 4)]
    handle.remove()
    called = []
    original, fused_name = fused.masked_at_least, "db2hdl.nn.sequential.masked_at_least"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fused_name, lambda *a, **k: called.append(1) or original(*a, **k))
        net(x)
    assert called == [1]
