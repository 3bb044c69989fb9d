"""Kernels: AND, OR, order statistics and counts without a tensor of batch x outputs x inputs.

The gradient of a minimum needs only its index. So the least element is searched without autograd,
in blocks that fit a processor's cache, and the gradient is computed at its index alone. The forward
result is that of the formulas in ``db2hdl.ops``, bit for bit; on a tie the gradient goes to one of
the least elements. Where ``logic_kernels`` can serve, compiled code searches, with the same result.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from db2hdl.nn.logic_kernels import compiled_for
from db2hdl.ops import TINY, enter, enter_weight, flip, soft_not
from db2hdl.ops.centred import check_dtype
from db2hdl.ops.class_head import check_groups

BLOCK = 1 << 18
"""Elements of a temporary tensor: 1 MB of float32, measured best where L2 is 0.5 MB."""


def and_neurons(w: Tensor, x: Tensor) -> Tensor:
    """Return ``soft_and_neuron(w, x)``: w [n, m], x [..., m] -> [..., n]."""
    return _least_or(-enter_weight(w), enter(x))


def or_neurons(w: Tensor, x: Tensor) -> Tensor:
    """Return ``soft_or_neuron(w, x)``: w [n, m], x [..., m] -> [..., n].

    By mirror: ``w and x`` is greatest where ``not w or not x`` is least.
    """
    return -_least_or(-enter_weight(w), flip(x))


def not_rows(w: Tensor, x: Tensor) -> Tensor:
    """Return ``soft_not`` of every row of weights: w [n, m], x [..., m] -> [..., n, m].

    The product is the largest tensor of many nets: where nothing can underflow, it is left alone.
    """
    w, x = enter_weight(w), enter(x).unsqueeze(-2)
    if x.numel() and w.detach().abs().amin() * x.detach().abs().amin() >= TINY:
        return 2 * w * x
    return soft_not(w, x)


def _least_or(a: Tensor, x: Tensor) -> Tensor:
    """Return ``min_j soft_or(a[i, j], x[..., j])`` of entered bits: a [n, m], x [..., m]."""
    dtype = torch.promote_types(a.dtype, x.dtype)
    rows = x.reshape(-1, x.shape[-1]).to(dtype)
    value: Tensor = _LeastOr.apply(a.to(dtype), rows)  # type: ignore[no-untyped-call]
    return value.reshape(*x.shape[:-1], len(a))


class _LeastOr(torch.autograd.Function):
    """``min_j v[i, b, j]`` with ``v = r/2 + |r| (a + x)/2``, ``r = max(a, x)``: -> [b, n].

    At the least element ``dv/dr = 1/2 + sign(r) (a + x)/2`` goes to the greater of a and x, and
    both get ``|r|/2``.
    """

    @staticmethod
    def forward(ctx: Any, a: Tensor, x: Tensor) -> Tensor:
        value, index = search_least_or(a, x)
        ctx.save_for_backward(a, x, index)
        return value

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor]:
        a, x, index = ctx.saved_tensors
        grad = grads[0]
        a_least = a.gather(1, index.T).T
        x_least = x.gather(1, index)
        both = 0.5 * grad
        r = torch.maximum(a_least, x_least)
        greater = both * (1 + r.sign() * (a_least + x_least))
        both = both * r.abs()
        x_wins = (x_least >= a_least).to(grad.dtype)
        grad_a = torch.addcmul(both + greater, greater, x_wins, value=-1)
        grad_x = torch.addcmul(both, greater, x_wins)
        return (
            torch.zeros_like(a).scatter_add_(1, index.T, grad_a.T),
            torch.zeros_like(x).scatter_add_(1, index, grad_x),
        )


def search_least_or(a: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return the least ``soft_or(a[i, j], x[b, j])`` and its index j: a [n, m], x [b, m] -> [b, n].

    What is compared is twice the value, ``r + |r| (a + x)``: doubling is exact, so that rounding
    cannot pick another element than the formula in ``db2hdl.ops`` would.
    """
    compiled = compiled_for(a, x)
    return search_portably(a, x) if compiled is None else compiled.least_or(a, x)


def search_portably(a: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return what ``search_least_or`` does, in torch."""
    (n, m), batch = a.shape, len(x)
    columns, rows = x.T.contiguous(), a.unsqueeze(-1)
    value = x.new_empty((n, batch))
    index = torch.empty((n, batch), dtype=torch.int64, device=x.device)
    place = torch.arange(m, dtype=torch.float32, device=x.device).unsqueeze(-1)
    wide = max(1, min(batch, BLOCK // m))
    tall = max(1, BLOCK // (m * wide))
    for b in range(0, batch, wide):
        for i in range(0, n, tall):
            block = (slice(i, i + tall), slice(b, b + wide))
            value[block], index[block] = _least(rows[block[0]], columns[:, block[1]], place)
    halved = value.abs().mul_(0.5).clamp_min_(TINY).copysign_(value)
    return halved.T.contiguous(), index.T.contiguous()


def _least(a: Tensor, x: Tensor, place: Tensor) -> tuple[Tensor, Tensor]:
    """Return twice the least OR and its index: a [t, m, 1], x [m, b] -> [t, b] each.

    The index is found by arithmetic, as the least place at which the distance to the minimum is
    0: torch's comparisons and argmin are three to ten times slower than its arithmetic.
    """
    r = torch.maximum(a, x)
    doubled = (a + x).mul_(r.abs()).add_(r)
    least = doubled.amin(-2, keepdim=True)
    above = doubled.sub_(least).sign_().to(place.dtype)
    index = above.mul_(len(place)).add_(place).amin(-2).to(torch.int64)
    return least.squeeze(-2), index.clamp_(0, len(place) - 1)  # NaN must not index out of range


def kth_smallest(x: Tensor, k: int) -> Tensor:
    """Return the k-th smallest bit (from 1) of the last axis: [..., n] -> [...].

    On the CPU NumPy selects, about eight times faster than torch does.
    """
    return x.gather(-1, kth_index(x.detach(), k).unsqueeze(-1)).squeeze(-1)


def kth_index(x: Tensor, k: int) -> Tensor:
    """Return the index of the k-th smallest bit of the last axis, on a tie of one of them."""
    compiled = compiled_for(x)
    if compiled is not None:
        return compiled.kth_index(x, k)
    if x.device.type != "cpu":
        return x.kthvalue(k, -1).indices
    values = (x.float() if x.dtype == torch.bfloat16 else x).numpy()
    chosen = np.partition(values, k - 1, axis=-1)[..., k - 1 : k]
    return torch.as_tensor((values == chosen).argmax(-1))


def class_counts(x: Tensor, classes: int) -> Tensor:
    """Return ``soft_class_counts(x, classes)``: [..., m] -> float32 [..., classes]."""
    check_dtype(x)
    check_groups(x.shape[-1], classes)
    counts: Tensor = _ClassCounts.apply(x, classes)  # type: ignore[no-untyped-call]
    return counts


class _ClassCounts(torch.autograd.Function):
    """The gradient of a count is 1 for each bit of its group; forward keeps nothing."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, classes: int) -> Tensor:
        ctx.shape, ctx.dtype = x.shape, x.dtype
        groups = (x > 0).reshape(*x.shape[:-1], classes, x.shape[-1] // classes)
        return groups.sum(-1, dtype=torch.float32)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        grad = grads[0].to(ctx.dtype).unsqueeze(-1)
        group = ctx.shape[-1] // grad.shape[-2]
        return grad.expand(*grad.shape[:-1], group).reshape(ctx.shape), None
