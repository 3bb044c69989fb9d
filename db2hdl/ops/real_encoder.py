"""Real encoder: a number in [0, 1] against a learned threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from db2hdl.ops.algebra import Algebra, Nets
from db2hdl.ops.centred import TINY, check_dtype, enter, keep_sign

if TYPE_CHECKING:
    from torch import Tensor

EPSILON = 1e-7
"""Added to the denominators, as in the paper's code: a threshold of 0 or 1 divides by no zero."""


def soft_real_encoder(t: Tensor, x: Tensor) -> Tensor:
    """Return ``(x - t) / 2t`` where x < t, else ``(x - t) / 2(1 - t)``: how far x is above t.

    Thresholds t and numbers x are in [0, 1], not centred, and broadcast; t is clamped. The result
    is a centred soft-bit, float32 or wider whatever comes in, because 16-bit codes need it.
    x = t is low, without gradient. Hard: ``x > t``; the net compares integer codes, about one LUT6
    for two bits of code. Raises InputError on float16. Source: section 3 of arXiv 2305.07315.
    """
    t, x = _wide(t).clamp(0.0, 1.0), _wide(x)
    distance = x - t
    room = t.where(distance < 0, 1.0 - t)
    value = (distance - EPSILON / 2) / (2 * room + EPSILON)
    return keep_sign(value.where(distance != 0, value.new_tensor(-TINY)), like=enter(distance))


def hard_real_encoder(alg: Algebra, words: Nets, thresholds: NDArray[Any]) -> Nets:
    """Return ``code >= threshold`` of integer codes and thresholds, with broadcasting."""
    return alg.compare(words, thresholds)


def _wide(x: Tensor) -> Tensor:
    check_dtype(x)
    return x.float() if x.element_size() < 4 else x
