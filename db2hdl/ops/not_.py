"""NOT with a weight: pass the bit on or invert it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db2hdl.ops.algebra import Algebra, Nets
from db2hdl.ops.centred import enter, enter_weight, keep_sign

if TYPE_CHECKING:
    from torch import Tensor


def soft_not(w: Tensor, x: Tensor) -> Tensor:
    """Return ``2 w x``: a high weight passes x on, a low one inverts it.

    Centred tensors that broadcast; w is clamped to [-1/2, 1/2]. Hard: ``not (w xor x)``; once w is
    fixed that is a wire or an inverter. Raises InputError on float16. Source: section 3 of
    arXiv 2305.07315.
    """
    product = 2 * enter_weight(w) * enter(x)
    return keep_sign(product, like=product)


def flip(x: Tensor) -> Tensor:
    """Return ``-x``, NOT without a weight; x is entered first, so that 0 (low) becomes high."""
    return -enter(x)


def hard_not(alg: Algebra, w: Nets, x: Nets) -> Nets:
    """Return ``not (w xor x)``, elementwise with broadcasting."""
    return alg.not_(alg.xor(w, x))
