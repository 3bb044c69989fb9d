from __future__ import annotations

import pytest
import torch

from db2hdl import nn, ops
from db2hdl_hw.errors import InputError


@pytest.mark.parametrize(
    ("layer", "operation"),
    [
        (nn.Literals(), ops.soft_literals),
        (nn.AllOf(), ops.soft_all_of),
        (nn.AllOf(margin=False), ops.soft_all_of_plain),
        (nn.AnyOf(), ops.soft_any_of),
        (nn.AnyOf(margin=False), ops.soft_any_of_plain),
        (nn.Majority(), ops.soft_majority),
        (nn.Majority(margin=False), ops.soft_majority_plain),
        *[(nn.AtLeast(k), lambda x, k=k: ops.soft_at_least(k, x)) for k in range(7)],
        (nn.AtLeast(2, margin=False), lambda x: ops.soft_at_least_plain(2, x)),
        (nn.CountHot(), ops.soft_count_hot),
        (nn.Harden(), ops.soft_harden),
        (nn.ClassHead(5), lambda x: ops.soft_class_counts(x, 5)),
    ],
    ids=lambda value: str(value) if isinstance(value, torch.nn.Module) else "",
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16], ids=str)
def test_a_layer_is_its_operation(layer, operation, dtype):
    x = ((torch.randperm(60) - 30) / 64).reshape(4, 3, 5).to(dtype)  # no ties, exact in bfloat16
    a, b = x.clone().requires_grad_(), x.clone().requires_grad_()
    got, wanted = layer(a), operation(b)
    assert torch.equal(got, wanted)
    if wanted.requires_grad:
        got.sum().backward()
        wanted.sum().backward()
        assert torch.equal(a.grad, b.grad)


def test_repr_tells_the_arguments():
    layers = [nn.AtLeast(3), nn.AtLeast(3, margin=False), nn.Majority(), nn.AnyOf(margin=False)]
    assert [repr(layer) for layer in layers] == [
        "AtLeast(3)",
        "AtLeast(3, margin=False)",
        "Majority()",
        "AnyOf(margin=False)",
    ]
    assert repr(nn.ClassHead(4)) == "ClassHead(4)" and repr(nn.Dropout(0.5)) == "Dropout(0.5)"


@pytest.mark.parametrize("k", [-1, 1.0, None, True])
def test_at_least_refuses_other_k(k):
    with pytest.raises(InputError, match=r"^AtLeast: k must be an integer of at least 0, not"):
        nn.AtLeast(k)


def test_at_least_refuses_more_than_it_reads():
    with pytest.raises(InputError, match=r"at least k of 5 bits: k must be an integer in 0\.\.6"):
        nn.AtLeast(7)(torch.rand(5))


def test_class_head_refuses_unequal_groups_and_no_classes():
    with pytest.raises(InputError, match="7 bits do not split into 2 equal groups"):
        nn.ClassHead(2)(torch.rand(3, 7))
    with pytest.raises(InputError, match="ClassHead: classes must be a positive integer, not 0"):
        nn.ClassHead(0)


def test_dropout_inverts_a_share_of_the_bits_without_rescaling():
    torch.manual_seed(0)
    x = (torch.rand(200, 100) - 0.5).requires_grad_()
    out = nn.Dropout(0.25)(x)
    assert torch.equal(out.abs(), x.abs())
    assert (out != x).double().mean().item() == pytest.approx(0.25, abs=0.01)
    out.sum().backward()
    assert torch.equal(x.grad, torch.where(out == x, 1.0, -1.0))


def test_dropout_is_the_identity_in_eval_mode_and_at_zero():
    x = torch.rand(5, 5)
    assert nn.Dropout(1.0).eval()(x) is x
    assert nn.Dropout(0.0)(x) is x


def test_dropout_inverts_zero_which_is_low():
    assert (nn.Dropout(1.0)(torch.tensor([0.0, -0.0, 0.5])) > 0).tolist() == [True, True, False]


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan"), "0.5", None, True])
def test_dropout_refuses_other_probabilities(p):
    with pytest.raises(InputError, match=r"^Dropout: p must be in \[0, 1\], not"):
        nn.Dropout(p)
