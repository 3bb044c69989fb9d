"""The class head: harden, count the bits of each class, take the greatest count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db2hdl.ops.algebra import Algebra, Nets
from db2hdl.ops.centred import check_dtype, straight_through
from db2hdl_hw.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor


def check_groups(m: int, classes: int) -> None:
    """Raise InputError unless m bits split into equal, non-empty groups."""
    if m == 0 or m % classes:
        raise InputError(f"class head: {m} bits do not split into {classes} equal groups")


def soft_harden(x: Tensor) -> Tensor:
    """Return 1/2 where x > 0 and -1/2 elsewhere, with the gradient of the identity.

    Hard: the identity. Raises InputError on float16.
    """
    check_dtype(x)
    return straight_through(x, (x.detach() > 0).to(x.dtype) - 0.5)


def soft_class_counts(x: Tensor, classes: int) -> Tensor:
    """Return the number of high bits in each of ``classes`` contiguous groups.

    [..., m] -> float32 [..., classes]; the gradient is that of the sum of x. Counts are float32
    whatever x is, because bfloat16 cannot count beyond 256.

    Hard: one population count per class, about one LUT6 a bit, and an argmax. Raises InputError on
    float16, or if m is not a multiple of ``classes``.
    """
    check_groups(x.shape[-1], classes)
    bits = soft_harden(x).float() + 0.5
    return bits.reshape(*bits.shape[:-1], classes, -1).sum(-1)


def hard_class_counts(alg: Algebra, bits: Nets, classes: int) -> Nets:
    """Return the words [..., classes] that count the high bits [..., m] of each class."""
    check_groups(bits.shape[-1], classes)
    return alg.popcount(bits.reshape(*bits.shape[:-1], classes, -1))


def hard_class_index(alg: Algebra, counts: Nets) -> Nets:
    """Return the index of the greatest count; ties go to the lowest index."""
    return alg.argmax(counts)
