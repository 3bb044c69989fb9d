"""Majority of the bits of the last axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db2hdl.ops.algebra import Algebra, Nets
from db2hdl.ops.at_least import hard_at_least, soft_at_least, soft_at_least_plain

if TYPE_CHECKING:
    from torch import Tensor


def majority_k(n: int) -> int:
    """Return how many of n bits must be high: ``floor(n / 2) + 1``, more than half."""
    return n // 2 + 1


def soft_majority(x: Tensor) -> Tensor:
    """Return ``margin_pack(r, mean x)`` over the last axis: [..., n] -> [...].

    The representative bit r has index ``floor((n - 1) / 2)`` among the sorted bits: it is high iff
    at least ``floor(n / 2) + 1`` bits are. Hard: a population count and a comparison, about n LUT6.
    Raises InputError on float16. Source: section 3 of arXiv 2305.07315.
    """
    return soft_at_least(majority_k(x.shape[-1]), x)


def soft_majority_plain(x: Tensor) -> Tensor:
    """Return the representative bit itself, without margin packing."""
    return soft_at_least_plain(majority_k(x.shape[-1]), x)


def hard_majority(alg: Algebra, x: Nets) -> Nets:
    """Return whether more than half of the bits of the last axis are high."""
    return hard_at_least(alg, majority_k(x.shape[-1]), x)
