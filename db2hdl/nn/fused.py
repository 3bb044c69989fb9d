"""Two layers in one, where the tensor between them would be batch x outputs x inputs.

- ``masked_at_least``: Implies or MaskToFalse, then Majority or AtLeast of groups of its bits;
- ``not_class_counts``: Not, then the class head.

The forward result is that of the layers one after the other, bit for bit; the gradient too, up to
rounding and to which of several equal elements an order statistic takes. ``Sequential`` finds them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from db2hdl import ops
from db2hdl.nn import kernels
from db2hdl.nn.logic_kernels import compiled_for
from db2hdl.ops.class_head import check_groups


def masked_at_least(
    w: Tensor, x: Tensor, k: int, size: int, *, implies: bool, margin: bool, pack: bool
) -> Tensor:
    """Return at least k of each group of ``size`` masked bits: [..., n * m / size].

    The bits are ``soft_implies(w, x)`` (or ``soft_mask_to_false``), w [n, m], x [..., m], in the
    flat order (n, m); ``margin`` and ``pack`` say whether masks and the result are margin packed.
    ``size`` divides n m, and k is in 1..size. MaskToFalse is the mirror of Implies.
    """
    n, m = w.shape
    a, entered = -ops.enter_weight(w), ops.enter(x) if implies else ops.flip(x)
    dtype = torch.promote_types(w.dtype, x.dtype)
    rows = entered.reshape(-1, m).to(dtype)
    rank = size - k + 1 if implies else k
    out: Tensor = _GroupedOr.apply(a.to(dtype), rows, rank, size, margin, pack)  # type: ignore[no-untyped-call]
    return (out if implies else -out).reshape(*x.shape[:-1], n * m // size)


class _GroupedOr(torch.autograd.Function):
    """The rank-th smallest ``soft_or(a[i, j], x[b, j])`` of each group: -> [b, groups].

    With r that element and the group's mean, the result ``r/2 + |r| mean`` gives every element of
    the group the gradient ``|r| / size``, and r ``1/2 + sign(r) mean`` more.
    """

    @staticmethod
    def forward(
        ctx: Any, a: Tensor, x: Tensor, rank: int, size: int, margin: bool, pack: bool
    ) -> Tensor:
        compiled = compiled_for(a, x)
        if compiled is None:
            least, chosen = _kth_or(a, x, rank, size, margin)
        else:
            least, chosen = compiled.or_kth(a, x, rank, size, margin)
        mean, out = torch.empty_like(least), least
        if pack:
            out = torch.empty_like(least)
            for rows in _blocks(a, x):
                mean[rows] = _or(a, x[rows], margin).reshape(-1, least.shape[1], size).mean(-1)
                out[rows] = ops.margin_pack(ops.enter(least[rows]), mean[rows])
        ctx.save_for_backward(a, x, least, mean, chosen)
        ctx.options = size, margin, pack
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        a, x, least, mean, chosen = ctx.saved_tensors
        size, margin, pack = ctx.options
        top, share = grads[0], torch.zeros_like(least)
        if pack:
            share = least.abs() * top / size
            top = (mean * least.sign() + 0.5) * top
        compiled = compiled_for(a, x, share, top)
        if compiled is not None:
            of_a, of_x = compiled.or_gradient(a, x, share, top, chosen, size, margin)
        else:
            of_a, of_x = _or_gradient(a, x, share, top, chosen, size, margin)
        return of_a, of_x, None, None, None, None


def _blocks(a: Tensor, x: Tensor) -> Iterator[slice]:
    """Yield slices of the rows of x, of as many as make a block with all of a."""
    wide = max(1, kernels.BLOCK // a.numel())
    return (slice(start, start + wide) for start in range(0, len(x), wide))


def _or(a: Tensor, x: Tensor, margin: bool) -> Tensor:
    """Return every OR: a [n, m], x [b, m] -> [b, n, m]."""
    x = x.unsqueeze(-2)
    return ops.soft_or(a, x) if margin else torch.maximum(a, x)


def _kth_or(a: Tensor, x: Tensor, k: int, size: int, margin: bool) -> tuple[Tensor, Tensor]:
    """Return the k-th smallest OR (from 1) of each group and its place, int32; in torch."""
    least = x.new_empty(len(x), a.numel() // size)
    chosen = torch.empty(least.shape, dtype=torch.int32, device=x.device)
    for rows in _blocks(a, x):
        bits = _or(a, x[rows], margin).reshape(-1, least.shape[1], size)
        index = kernels.kth_index(bits, k)
        least[rows] = bits.gather(-1, index.unsqueeze(-1)).squeeze(-1)
        chosen[rows] = index
    return least, chosen


def _or_gradient(
    a: Tensor, x: Tensor, share: Tensor, top: Tensor, chosen: Tensor, size: int, margin: bool
) -> tuple[Tensor, Tensor]:
    """Return the gradients of a and x; a block of rows at a time is computed anew, in torch."""
    of_a, of_x = torch.zeros_like(a), torch.zeros_like(x)
    for rows in _blocks(a, x):
        block = x[rows].unsqueeze(-2)
        gradient = share[rows].unsqueeze(-1).repeat(1, 1, size)
        index = chosen[rows].long().unsqueeze(-1)
        gradient.scatter_add_(-1, index, top[rows].unsqueeze(-1))
        gradient = gradient.reshape(-1, *a.shape)
        x_wins = (block >= a).to(gradient.dtype)
        if margin:
            r = torch.maximum(a, block)
            both = gradient.mul_(0.5) * r.abs()
            greater = (a + block).mul_(r.sign()).add_(1).mul_(gradient)
        else:
            both, greater = torch.zeros_like(gradient), gradient
        to_x = greater * x_wins
        of_x[rows] = (to_x + both).sum(-2)
        of_a += (greater.sub_(to_x).add_(both)).sum(0)
    return of_a, of_x


def not_class_counts(w: Tensor, x: Tensor, classes: int) -> Tensor:
    """Return ``soft_class_counts(soft_not(w, x), classes)`` of all rows, flat: [..., classes].

    w [n, m], x [..., m]. A bit is high iff w and x are on the same side of the threshold, so
    that counts are products of signs, summed: with s the signs of w summed over the places of a
    class in each column, ``2 count = bits of a class + sign(x) @ s``.
    """
    check_groups(w.numel(), classes)
    dtype = torch.promote_types(torch.promote_types(w.dtype, x.dtype), torch.float32)
    weight, bits = ops.enter_weight(w).to(dtype), ops.enter(x).to(dtype)
    counts: Tensor = _NotCounts.apply(weight, bits, classes)  # type: ignore[no-untyped-call]
    return counts


class _NotCounts(torch.autograd.Function):
    """Counts, with the gradient of the sum of ``2 w x`` over the places of a class."""

    @staticmethod
    def forward(ctx: Any, w: Tensor, x: Tensor, classes: int) -> Tensor:
        ctx.save_for_backward(w, x)
        ctx.classes = classes
        with torch.autocast(x.device.type, enabled=False):
            agreement = x.sign() @ _by_class(w.sign(), classes).T
        return ((agreement + w.numel() // classes) * 0.5).float()

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, None]:
        w, x = ctx.saved_tensors
        with torch.autocast(x.device.type, enabled=False):
            grad = 2 * grads[0].to(x.dtype)
            of_x = grad @ _by_class(w, ctx.classes)
            column = grad.flatten(0, -2).T @ x.flatten(0, -2)
        return column.flatten()[_place(w, ctx.classes)].reshape(w.shape), of_x, None


def _place(w: Tensor, classes: int) -> Tensor:
    """Return where each weight goes in an array [classes, m], flat."""
    flat = torch.arange(w.numel(), device=w.device)
    return flat // (w.numel() // classes) * w.shape[1] + flat % w.shape[1]


def _by_class(w: Tensor, classes: int) -> Tensor:
    """Return the sums [classes, m] of the weights of each class in each column."""
    sums = w.new_zeros(classes * w.shape[1])
    return sums.index_add_(0, _place(w, classes), w.flatten()).reshape(classes, -1)
