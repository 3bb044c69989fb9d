"""Count-hot: the number of low bits, coded one-hot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db2hdl.ops.algebra import Algebra, Nets
from db2hdl.ops.and_ import soft_and
from db2hdl.ops.at_least import hard_at_least
from db2hdl.ops.centred import check_dtype
from db2hdl.ops.not_ import flip

if TYPE_CHECKING:
    from torch import Tensor


def soft_count_hot(x: Tensor) -> Tensor:
    """Return ``soft_and(-s[i], s[i+1])`` of the sorted bits s: [..., n] -> [..., n+1].

    s has the constants -1/2 and 1/2 at its ends. Hard: bit i is high iff exactly i bits are low;
    n + 1 comparisons of one population count. Raises InputError on float16. Source: ``hard_count``
    of the paper's code.
    """
    check_dtype(x)
    ordered = x.new_full((*x.shape[:-1], x.shape[-1] + 2), 0.5)
    ordered[..., 0] = -0.5
    ordered[..., 1:-1] = x.sort(-1).values
    return soft_and(flip(ordered[..., :-1]), ordered[..., 1:])


def hard_count_hot(alg: Algebra, x: Nets) -> Nets:
    """Return bits of which only the one whose index is the number of low bits is high."""
    n = x.shape[-1]
    enough = alg.concat([hard_at_least(alg, k, x)[..., None] for k in range(n + 1, -1, -1)])
    return alg.and_(alg.not_(enough[..., :-1]), enough[..., 1:])
