"""Look-up tables of up to six inputs, and the choice of a wire among candidates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from db2hdl.ops.algebra import Algebra, Nets
from db2hdl.ops.centred import enter_weight, straight_through
from db2hdl.ops.class_head import soft_harden
from db2hdl_hw.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

MOST_INPUTS = 6
"""A table of six inputs is one LUT6."""


def check_table(entries: int, k: int) -> None:
    """Raise InputError unless a table has the entries for k inputs, k in 1..6."""
    if not 1 <= k <= MOST_INPUTS or entries != 1 << k:
        raise InputError(
            f"lut: a table of {entries} entries does not fit {k} inputs; "
            f"k must be 1..{MOST_INPUTS} and the table 2**k entries"
        )


def soft_lut(table: Tensor, x: Tensor) -> Tensor:
    """Return the entry that the hardened inputs select, hardened: 1/2 where it is above 0.

    The gradient is that of the table's multilinear extension, at hardened inputs:
    ``sum over c of table[c] * prod over j of (1/2 + x[j] if bit j of c else 1/2 - x[j])``.

    table [..., 2**k] and x [..., k] are centred and broadcast to [...]; the table is clamped to
    [-1/2, 1/2]. Input 0 is the least significant bit of the index. Hardening throughout keeps the
    hard bit exact, which the extension at soft inputs does not. Hard: one LUT6 for k up to 6.
    Raises InputError on float16 or if the shapes do not fit.
    """
    check_table(table.shape[-1], x.shape[-1])
    entries, bits = enter_weight(table), soft_harden(x)
    for j in reversed(range(x.shape[-1])):
        half = entries.shape[-1] // 2
        low, high = entries[..., :half], entries[..., half:]
        bit = bits[..., j : j + 1]
        entries = low * (0.5 - bit) + high * (0.5 + bit)  # one factor is 1, the other 0: exact
    return soft_harden(entries.squeeze(-1))


def hard_lut(alg: Algebra, table: NDArray[Any], x: Nets) -> Nets:
    """Return entry ``x[..., 0] + 2 x[..., 1] + …`` of boolean tables [..., 2**k]; x [..., k]."""
    check_table(table.shape[-1], x.shape[-1])
    place = np.arange(table.shape[-1], dtype=np.uint64)
    words = (table.astype(np.uint64) << place).sum(-1, dtype=np.uint64)
    return alg.lut(words, x)


def soft_select(score: Tensor, x: Tensor) -> Tensor:
    """Return the candidate with the greatest score: score and x [..., c] -> [...].

    ``sum over c of s[c] * x[c]``, where s is 1 at the greatest score (the first of several) and 0
    elsewhere, and takes its gradient as if it were the scores themselves. Hard: a wire.
    """
    chosen = score.detach().argmax(-1, keepdim=True)
    one_hot = score.detach().new_zeros(score.shape).scatter(-1, chosen, 1.0)
    return (straight_through(score, one_hot) * x).sum(-1)
