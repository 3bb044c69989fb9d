"""Implication, also called mask to true: a low weight makes the bit true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db2hdl.ops.algebra import Algebra, Nets
from db2hdl.ops.centred import enter_weight
from db2hdl.ops.or_ import soft_or, soft_or_plain

if TYPE_CHECKING:
    from torch import Tensor


def soft_implies(w: Tensor, x: Tensor) -> Tensor:
    """Return ``soft_or(-w, x)``.

    Centred tensors that broadcast; w is clamped to [-1/2, 1/2]. Hard: ``(not w) or x``; once w is
    fixed that is a wire or the constant true. Raises InputError on float16. Source: section 3 of
    arXiv 2305.07315.
    """
    return soft_or(-enter_weight(w), x)


def soft_implies_plain(w: Tensor, x: Tensor) -> Tensor:
    """Return ``max(-w, x)``, the form without margin packing."""
    return soft_or_plain(-enter_weight(w), x)


def hard_implies(alg: Algebra, w: Nets, x: Nets) -> Nets:
    """Return ``(not w) or x``, elementwise with broadcasting."""
    return alg.or_(alg.not_(w), x)
