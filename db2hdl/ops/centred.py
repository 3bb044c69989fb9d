"""Centred soft-bits: what keeps their sign, and with it the hard bit, from ever being rounded away.

A soft-bit x in [0, 1] is carried as s = x - 1/2, in [-1/2, 1/2]: high iff ``s > 0``, and exactly 0
is low. Floats are dense around 0, so the distance to the threshold keeps its full relative
precision however small it gets. Only two things could still change a bit, an input of exactly 0
(which has no sign to pass on) and underflow; ``enter`` and ``keep_sign`` close these two holes.
Arithmetic and ``copysign`` are used where comparisons would do, because torch runs them four times
faster on CPUs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from db2hdl_hw.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

TINY = 1e-30
"""The least magnitude of a soft-bit inside the operations."""

DTYPES = ("torch.float32", "torch.float64", "torch.bfloat16")
"""The dtypes of soft-bits, all of which hold TINY; float16 does not."""


def check_dtype(s: Tensor) -> None:
    """Raise InputError unless the dtype of ``s`` can carry soft-bits."""
    if str(s.dtype) not in DTYPES:
        works = ", ".join(name.removeprefix("torch.") for name in DTYPES)
        raise InputError(
            f"soft-bits cannot be {str(s.dtype).removeprefix('torch.')}; dtypes that work: {works}"
        )


def straight_through(value: Tensor, replacement: Tensor) -> Tensor:
    """Return exactly ``replacement``, with the gradient of ``value``."""
    if not value.requires_grad:
        return replacement
    return (value - value.detach()) + replacement.detach()


def enter(s: Tensor) -> Tensor:
    """Return soft-bits with a sign: 0 becomes -TINY, and nothing stays nearer to 0 than TINY.

    The gradient is that of the identity.

    Raises
    ------
    InputError
        If the dtype is not float32, float64 or bfloat16.
    """
    check_dtype(s)
    value = s.detach()
    return straight_through(s, value.clamp_min(TINY).where(value > 0, value.clamp_max(-TINY)))


def enter_weight(w: Tensor) -> Tensor:
    """Return weights clamped to [-1/2, 1/2], then as ``enter``; no gradient outside that range."""
    return enter(w.clamp(-0.5, 0.5))


def keep_sign(value: Tensor, like: Tensor) -> Tensor:
    """Return ``value`` at a magnitude of at least TINY and with the sign bit of ``like``.

    ``like`` says what the bit is: it must come without rounding from entered soft-bits. A product
    of them serves as its own ``like``, because underflow to zero leaves the sign bit right. The
    gradient is that of ``value``.
    """
    kept = value.detach().abs().clamp_min(TINY).copysign(like.detach())
    return straight_through(value, kept)


def margin_pack(r: Tensor, mean: Tensor) -> Tensor:
    """Return the augmented bit: the margin of r, filled in proportion to the mean of all bits.

    ``r * (1/2 + mean)`` where r > 0, else ``r * (1/2 - mean)``; that is ``r/2 + |r| * mean``.

    ``r`` is the representative bit (min, max or an order statistic), entered; the result has its
    sign. Both are centred. Source: section 3 of arXiv 2305.07315 (margin packing).
    """
    return keep_sign(r * 0.5 + r.abs() * mean, like=r)
