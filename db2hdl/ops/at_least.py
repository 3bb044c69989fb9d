"""At least k of the bits of the last axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from db2hdl.ops.algebra import Algebra, Nets
from db2hdl.ops.centred import check_dtype, enter, margin_pack
from db2hdl_hw.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor


def check_k(k: int, n: int) -> None:
    """Raise InputError unless k is an integer in 0..n+1."""
    if type(k) is not int or not 0 <= k <= n + 1:
        raise InputError(f"at least k of {n} bits: k must be an integer in 0..{n + 1}, not {k!r}")


def soft_at_least(k: int, x: Tensor) -> Tensor:
    """Return ``margin_pack(the k-th largest x, mean x)`` over the last axis: [..., n] -> [...].

    k = 0 gives the constant 1/2 (high), k = n + 1 the constant -1/2 (low). Hard: at least k of n
    bits are high; a population count and a comparison, about n LUT6. Raises InputError on float16
    or another k.
    """
    if _is_constant(k, x):
        return soft_at_least_plain(k, x)
    return margin_pack(soft_at_least_plain(k, x), x.mean(-1))


def soft_at_least_plain(k: int, x: Tensor) -> Tensor:
    """Return the k-th largest bit of the last axis, without margin packing."""
    if _is_constant(k, x):
        return x.new_full(x.shape[:-1], 0.5 if k == 0 else -0.5)
    return enter(x.kthvalue(x.shape[-1] - k + 1, -1).values)


def hard_at_least(alg: Algebra, k: int, x: Nets) -> Nets:
    """Return whether at least k of the bits of the last axis are high, for k in 0..n+1."""
    check_k(k, x.shape[-1])
    if k in (0, x.shape[-1] + 1):
        return alg.const(np.full(x.shape[:-1], k == 0))
    return alg.at_least(k, x)


def _is_constant(k: int, x: Tensor) -> bool:
    check_dtype(x)
    check_k(k, x.shape[-1])
    return k in (0, x.shape[-1] + 1)
