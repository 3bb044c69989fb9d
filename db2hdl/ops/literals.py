"""Literals: each bit and its negation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db2hdl.ops.algebra import Algebra, Nets
from db2hdl.ops.centred import enter

if TYPE_CHECKING:
    from torch import Tensor


def soft_literals(x: Tensor) -> Tensor:
    """Return x followed by ``-x`` on the last axis: [..., m] -> [..., 2m].

    Hard: m inverters, which look-up tables absorb. Raises InputError on float16.
    """
    entered = enter(x)
    signs = x.new_tensor([[1.0], [-1.0]])
    return (entered.unsqueeze(-2) * signs).flatten(-2)


def hard_literals(alg: Algebra, x: Nets) -> Nets:
    """Return x followed by ``not x`` on the last axis."""
    return alg.concat([x, alg.not_(x)])
