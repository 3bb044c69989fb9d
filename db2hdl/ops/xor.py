"""XOR of two bits, and parity of the bits of the last axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db2hdl.ops.algebra import Algebra, Nets
from db2hdl.ops.centred import enter, keep_sign

if TYPE_CHECKING:
    from torch import Tensor


def soft_xor(x: Tensor, y: Tensor) -> Tensor:
    """Return ``-2 x y``.

    Centred tensors that broadcast. Both inputs get gradient unless the other is at its threshold.
    Hard: ``x xor y``, one gate. Raises InputError on float16. Source: DESIGN.md; the paper's form
    is ``soft_xor_plain``.
    """
    product = -2 * enter(x) * enter(y)
    return keep_sign(product, like=product)


def soft_xor_plain(x: Tensor, y: Tensor) -> Tensor:
    """Return ``min(max(x, y), -min(x, y))``, the paper's form: the lesser magnitude decides."""
    x, y = enter(x), enter(y)
    return x.maximum(y).minimum(-x.minimum(y))


def hard_xor(alg: Algebra, x: Nets, y: Nets) -> Nets:
    """Return whether x and y differ, elementwise with broadcasting."""
    return alg.xor(x, y)


def soft_parity(x: Tensor) -> Tensor:
    """Return ``-1/2 prod(-2 x)``, soft_xor folded over the last axis: [..., m] -> [...].

    It is the multilinear extension of parity: every bit gets gradient. Hard: the parity of m bits,
    about m/5 LUT6. Raises InputError on float16. Chosen by training among three forms:
    docs/explanation/decisions/0001-xor-soft-form.md.
    """
    product = -0.5 * (-2 * enter(x)).prod(-1)
    return keep_sign(product, like=product)


def soft_parity_plain(x: Tensor) -> Tensor:
    """Return the sign of the parity times the least magnitude: [..., m] -> [...].

    It is ``soft_xor_plain`` folded over the last axis, as in the paper's code.
    """
    x = enter(x)
    odd = -(-x.detach().sign()).prod(-1)
    return odd * x.abs().amin(-1)
