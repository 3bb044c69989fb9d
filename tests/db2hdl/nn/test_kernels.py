"""The kernels against the plain formulas: forward identical, gradients to rounding."""

from __future__ import annotations

import pytest
import torch

from db2hdl import ops
from db2hdl.nn import kernels

ADVERSARIAL = torch.tensor([0.0, -0.0, 1e-30, -1e-30, 1e-38, -1e-38, 0.5, -0.5, 0.25, 3e-8])
FORMS = [
    (kernels.and_neurons, ops.soft_and_neuron),
    (kernels.or_neurons, ops.soft_or_neuron),
    (kernels.not_rows, lambda w, x: ops.soft_not(w, x.unsqueeze(-2))),
]
SHAPES = [(1, 1, (1,)), (3, 5, (7,)), (5, 3, (2, 4)), (4, 6, ()), (2, 40, (33,)), (3, 2, (0,))]


@pytest.fixture(params=[torch.float32, torch.float64, torch.bfloat16], ids=str)
def dtype(request):
    return request.param


@pytest.fixture(params=[1 << 18, 64, 1], ids=lambda block: f"block{block}")
def _block(request, monkeypatch):
    monkeypatch.setattr(kernels, "BLOCK", request.param)


def same_bits(a, b):
    """Equal, and equal in the sign of zero too."""
    return torch.equal(a, b) and torch.equal(a.signbit(), b.signbit())


@pytest.mark.usefixtures("_block")
@pytest.mark.parametrize(("kernel", "plain"), FORMS)
@pytest.mark.parametrize(("n", "m", "lead"), SHAPES)
def test_forward_is_identical(kernel, plain, n, m, lead, dtype):
    w, x = (torch.rand(n, m) - 0.5).to(dtype), (torch.rand(*lead, m) - 0.5).to(dtype)
    assert same_bits(kernel(w, x), plain(w, x))


@pytest.mark.parametrize(("kernel", "plain"), FORMS)
def test_forward_is_identical_on_adversarial_values(kernel, plain, dtype):
    for _ in range(30):
        w = ADVERSARIAL[torch.randint(len(ADVERSARIAL), (5, 4))].to(dtype)
        x = ADVERSARIAL[torch.randint(len(ADVERSARIAL), (50, 4))].to(dtype)
        assert same_bits(kernel(w, x), plain(w, x))


@pytest.mark.usefixtures("_block")
@pytest.mark.parametrize(("kernel", "plain"), FORMS)
def test_gradients_are_identical_where_there_is_no_tie(kernel, plain):
    w = (torch.rand(6, 9, dtype=torch.float64) - 0.5) * 1.5
    x = torch.rand(3, 5, 9, dtype=torch.float64) - 0.5
    results = []
    for function in (kernel, plain):
        a, b = w.clone().requires_grad_(), x.clone().requires_grad_()
        out = function(a, b)
        upstream = torch.linspace(-1, 1, out.numel(), dtype=torch.float64).reshape(out.shape)
        out.backward(upstream)
        results.append((a.grad, b.grad))
    for got, wanted in zip(*results, strict=True):
        assert torch.allclose(got, wanted, rtol=0, atol=1e-12)
        assert (wanted != 0).any()


@pytest.mark.parametrize(("kernel", "plain"), FORMS[:2])
def test_on_ties_the_gradient_is_that_of_one_element(kernel, plain):
    w = torch.full((1, 4), 0.2, dtype=torch.float64, requires_grad=True)
    x = torch.full((1, 4), 0.3, dtype=torch.float64, requires_grad=True)
    kernel(w, x).sum().backward()
    one = [torch.tensor([[v]], dtype=torch.float64, requires_grad=True) for v in (0.2, 0.3)]
    plain(*one).sum().backward()
    assert (w.grad != 0).sum() == (x.grad != 0).sum() == 1
    for got, wanted in ((w, one[0]), (x, one[1])):
        assert got.grad.sum().item() == pytest.approx(wanted.grad.item(), abs=1e-12)


def test_mixed_dtypes_promote_as_the_plain_formula_does():
    w, x = torch.rand(3, 4) - 0.5, (torch.rand(5, 4) - 0.5).bfloat16()
    assert same_bits(kernels.and_neurons(w, x), ops.soft_and_neuron(w, x))
    assert kernels.or_neurons(w.double(), x).dtype == torch.float64


def test_nan_stays_visible_and_indexes_nothing_out_of_range():
    x = torch.full((2, 3), torch.nan, requires_grad=True)
    out = kernels.and_neurons(torch.rand(4, 3), x)
    out.sum().backward()
    assert out.isnan().all()


@pytest.mark.parametrize(("kernel", "plain"), FORMS[:2])
def test_no_tensor_of_batch_times_outputs_times_inputs(kernel, plain):
    """What autograd keeps is of the order of inputs and outputs, not of their product."""
    b, n, m = 40, 30, 50

    def saved(function):
        sizes = []
        w, x = (torch.rand(n, m) - 0.5).requires_grad_(), (torch.rand(b, m) - 0.5).requires_grad_()
        with torch.autograd.graph.saved_tensors_hooks(
            lambda tensor: sizes.append(tensor.numel()) or tensor, lambda tensor: tensor
        ):
            function(w, x)
        return max(sizes)

    assert saved(kernel) <= max(b * m, b * n, n * m)
    assert saved(plain) >= b * n * m


@pytest.mark.parametrize("n", [1, 2, 5, 40])
def test_kth_smallest_is_torchs(n, dtype):
    x = (torch.rand(3, 6, n) - 0.5).to(dtype).requires_grad_()
    for k in range(1, n + 1):
        got = kernels.kth_smallest(x, k)
        assert torch.equal(got, x.kthvalue(k, -1).values)
    (grad,) = torch.autograd.grad(got.sum(), x)
    assert (grad.sum(-1) == 1).all() and ((grad == 1).sum(-1) == 1).all()


def test_kth_smallest_of_ties_picks_one():
    x = torch.zeros(2, 5, requires_grad=True)
    kernels.kth_smallest(x, 3).sum().backward()
    assert x.grad is not None and x.grad.sum(-1).tolist() == [1.0, 1.0]
