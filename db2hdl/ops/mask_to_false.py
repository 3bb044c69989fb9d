"""Mask to false: a low weight makes the bit false."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db2hdl.ops.algebra import Algebra, Nets
from db2hdl.ops.and_ import soft_and
from db2hdl.ops.centred import enter, enter_weight

if TYPE_CHECKING:
    from torch import Tensor


def soft_mask_to_false(w: Tensor, x: Tensor) -> Tensor:
    """Return ``soft_and(w, x)``.

    Centred tensors that broadcast; w is clamped to [-1/2, 1/2]. Hard: ``w and x``; once w is fixed
    that is a wire or the constant false. Raises InputError on float16. Source: section 3 of
    arXiv 2305.07315.
    """
    return soft_and(enter_weight(w), x)


def soft_mask_to_false_plain(w: Tensor, x: Tensor) -> Tensor:
    """Return ``min(w, x)``, the form without margin packing."""
    return enter_weight(w).minimum(enter(x))


def hard_mask_to_false(alg: Algebra, w: Nets, x: Nets) -> Nets:
    """Return ``w and x``, elementwise with broadcasting."""
    return alg.and_(w, x)
