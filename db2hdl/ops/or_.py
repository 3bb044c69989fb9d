"""OR of two bits, and of all bits of the last axis: the mirror of AND."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db2hdl.ops.algebra import Algebra, Nets
from db2hdl.ops.centred import enter, margin_pack

if TYPE_CHECKING:
    from torch import Tensor


def soft_or(x: Tensor, y: Tensor) -> Tensor:
    """Return ``margin_pack(max(x, y), (x + y) / 2)``, which is ``-soft_and(-x, -y)``.

    Centred tensors that broadcast. Hard: ``x or y``, one gate. Raises InputError on float16.
    Source: section 3 of arXiv 2305.07315.
    """
    x, y = enter(x), enter(y)
    return margin_pack(_greater(x, y), (x + y) * 0.5)


def soft_or_plain(x: Tensor, y: Tensor) -> Tensor:
    """Return ``max(x, y)``, the form without margin packing; on a tie all gradient goes to y."""
    return _greater(enter(x), enter(y))


def _greater(x: Tensor, y: Tensor) -> Tensor:
    return y.where(y >= x, x)


def hard_or(alg: Algebra, x: Nets, y: Nets) -> Nets:
    """Return ``x or y``, elementwise with broadcasting."""
    return alg.or_(x, y)


def soft_any_of(x: Tensor) -> Tensor:
    """Return ``margin_pack(max x, mean x)`` over the last axis: [..., m] -> [...].

    Hard: the disjunction of m bits, about m/5 LUT6. Raises InputError on float16.
    """
    return margin_pack(soft_any_of_plain(x), x.mean(-1))


def soft_any_of_plain(x: Tensor) -> Tensor:
    """Return ``max x`` over the last axis: [..., m] -> [...]."""
    return enter(x.amax(-1))


def hard_any_of(alg: Algebra, x: Nets) -> Nets:
    """Return whether any bit of the last axis is high."""
    return alg.any_(x)
