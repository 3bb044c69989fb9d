"""Wires: each output is one of the inputs, or the constant low."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from db2hdl.ops.algebra import Algebra, Nets
from db2hdl.ops.centred import check_dtype

if TYPE_CHECKING:
    from torch import Tensor

LOW = -1
"""The index that stands for the constant low, as in the padding around an image."""


def soft_wires(index: Tensor, x: Tensor) -> Tensor:
    """Return ``x[index]``, and -1/2 where the index is -1: index [*s], x [..., m] -> [..., *s].

    Hard: wires. Raises InputError on float16.
    """
    check_dtype(x)
    read = x.index_select(-1, index.clamp(min=0).flatten())
    read = read.reshape(*x.shape[:-1], *index.shape)
    return read.where(index != LOW, -0.5)


def hard_wires(alg: Algebra, index: NDArray[np.integer], x: Nets) -> Nets:
    """Return ``x[..., index]``, and low where the index is -1."""
    low = alg.const(np.zeros((*x.shape[:-1], 1), np.bool_))
    return alg.concat([x, low])[..., index]  # -1 is the last: low
