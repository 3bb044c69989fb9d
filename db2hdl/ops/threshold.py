"""Threshold: at least k of a subset of the inputs, where subset and k are both learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from db2hdl.ops.algebra import Algebra, Nets
from db2hdl.ops.at_least import hard_at_least
from db2hdl.ops.centred import enter, enter_weight, straight_through
from db2hdl.ops.mask_to_false import hard_mask_to_false
from db2hdl_hw.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor


def soft_threshold(most: int, w: Tensor, x: Tensor) -> Tensor:
    """Return ``c / (2 + 2 |c|)`` with ``c = (high inputs of high weight) - k + 1/2``.

    w [n, m + b], x [..., m] -> [..., n]. Each high weight of the last b ("bias") lowers k by one:
    ``k = most - (high bias bits)``. Forward counts hard bits, so the sign is exact; the gradient
    of c is that of its multilinear extension
    ``sum over j of (1/2 + w[j]) (1/2 + x[j]) + sum of (1/2 + bias) - most + 1/2``,
    which reaches every input, weight and bias bit, and needs products of matrices only.

    Hard: at least k of the inputs of high weight; a population count and a comparison, about a
    LUT6 an input. Raises InputError on float16, or if w is narrower than x. Chosen by training:
    the margin-packed order statistic of masked bits learned 1 subset in 6 where this learns 2 in 3
    (docs/explanation/decisions/0006-threshold-soft-form.md).
    """
    m = x.shape[-1]
    if w.shape[-1] < m:
        raise InputError(f"threshold: weights of width {w.shape[-1]} for {m} inputs")
    dtype = x.new_zeros(1).mul(w.new_zeros(1)).dtype
    # float64, which autocast leaves alone: bfloat16 cannot count beyond 256.
    weight, bits = enter_weight(w).double(), enter(x).double()
    hard = _count((weight > 0).double(), (bits > 0).double())
    soft = _count(weight + 0.5, bits + 0.5)
    c = straight_through(soft, hard) - (most - 0.5)
    return (c / (2 + 2 * c.abs())).to(dtype)


def _count(w: Tensor, x: Tensor) -> Tensor:
    """Return how many inputs are high and selected, and how many bias bits are high."""
    m = x.shape[-1]
    return x @ w[:, :m].T + w[:, m:].sum(-1)


def hard_threshold(alg: Algebra, k: NDArray[np.integer], w: Nets, x: Nets) -> Nets:
    """Return whether at least k[i] inputs of high weight are high: k [n], w [n, m], x [..., m].

    k is in 0..m+1: 0 is always true, m + 1 never.
    """
    masked = hard_mask_to_false(alg, w, x[..., None, :])
    parts = [hard_at_least(alg, int(value), masked[..., k == value, :]) for value in np.unique(k)]
    order = np.argsort(np.argsort(k, kind="stable"))
    return alg.concat(parts)[..., order]
