"""AND of two bits, and of all bits of the last axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db2hdl.ops.algebra import Algebra, Nets
from db2hdl.ops.centred import enter, margin_pack

if TYPE_CHECKING:
    from torch import Tensor


def soft_and(x: Tensor, y: Tensor) -> Tensor:
    """Return ``margin_pack(min(x, y), (x + y) / 2)``.

    Centred tensors that broadcast. Hard: ``x and y``, one gate. Raises InputError on float16.
    Source: section 3 of arXiv 2305.07315.
    """
    x, y = enter(x), enter(y)
    return margin_pack(x.minimum(y), (x + y) * 0.5)


def hard_and(alg: Algebra, x: Nets, y: Nets) -> Nets:
    """Return ``x and y``, elementwise with broadcasting."""
    return alg.and_(x, y)


def soft_all_of(x: Tensor) -> Tensor:
    """Return ``margin_pack(min x, mean x)`` over the last axis: [..., m] -> [...].

    Hard: the conjunction of m bits, about m/5 LUT6. Raises InputError on float16.
    """
    return margin_pack(soft_all_of_plain(x), x.mean(-1))


def soft_all_of_plain(x: Tensor) -> Tensor:
    """Return ``min x`` over the last axis: [..., m] -> [...]."""
    return enter(x.amin(-1))


def hard_all_of(alg: Algebra, x: Nets) -> Nets:
    """Return whether all bits of the last axis are high."""
    return alg.all_(x)
