"""XOR of two bits, and parity of the bits of the last axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db2hdl.ops.algebra import Algebra, Nets
from db2hdl.ops.centred import enter, keep_sign, margin_pack

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
    """Return the plain parity, margin packed with the mean magnitude: [..., m] -> [...].

    ``margin_pack(p, sign(p) * mean |x|)`` where p is ``soft_parity_plain(x)``: every bit gets
    gradient, not only the one nearest to its threshold. Hard: the parity of m bits, about m/5
    LUT6. Raises InputError on float16. Chosen by training among five forms:
    docs/explanation/decisions/0001-xor-soft-form.md.
    """
    x = enter(x)
    plain = soft_parity_plain(x)
    return margin_pack(plain, plain.sign() * x.abs().mean(-1))


def soft_parity_plain(x: Tensor) -> Tensor:
    """Return the sign of the parity times the least magnitude: [..., m] -> [...].

    It is ``soft_xor_plain`` folded over the last axis, as in the paper's code.
    """
    x = enter(x)
    odd = -(-x.detach().sign()).prod(-1)
    return odd * x.abs().amin(-1)
