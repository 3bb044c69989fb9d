"""Initialisers of weights, in the paper's terms: values in [0, 1], high iff above 1/2.

An initialiser is a function from a shape to a float64 tensor of values in [0, 1]; a layer stores
them centred. They draw from torch's global generator, so ``torch.manual_seed`` fixes them.
Source: sections 4 and 5 of arXiv 2305.07315 and ``initialization.py`` of its code.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import torch

from db2hdl_hw.errors import InputError

Init = Callable[[Sequence[int]], torch.Tensor]


def uniform_range(lower: float = 0.0, upper: float = 1.0) -> Init:
    """Return the initialiser ``U(lower, upper)``."""
    _check_order(lower, upper)
    return partial(_uniform, lower, upper)


def near_zero(mean: float = -1.0, std: float = 0.5) -> Init:
    """Return the initialiser ``N(mean, std)`` clipped to [0.001, 0.999]: almost all weights low."""
    return partial(_clipped_normal, mean, std)


def near_one(mean: float = 1.0, std: float = 0.5) -> Init:
    """Return the initialiser ``N(mean, std)`` clipped to [0.001, 0.999]: most weights high."""
    return partial(_clipped_normal, mean, std)


def bernoulli(p: float = 0.5, low: float = 0.001, high: float = 0.999) -> Init:
    """Return the initialiser that is ``high`` with probability p, else ``low``."""
    _check_order(low, high)
    _check_unit("p", p)
    return partial(_choose, p, constant(high), constant(low))


def bernoulli_uniform(p: float = 0.5, low: float = 0.001, high: float = 0.999) -> Init:
    """Return the initialiser ``U(1/2, high)`` with probability p, else ``U(low, 1/2)``."""
    _check_unit("p", p)
    return partial(_choose, p, uniform_range(0.5, high), uniform_range(low, 0.5))


def constant(value: float) -> Init:
    """Return the initialiser that gives every weight the same value."""
    _check_unit("value", value)
    return partial(_uniform, value, value)


# Functions of the module, not closures: a layer with its initialiser can be pickled.


def _uniform(lower: float, upper: float, shape: Sequence[int]) -> torch.Tensor:
    return lower + (upper - lower) * torch.rand(tuple(shape), dtype=torch.float64)


def _clipped_normal(mean: float, std: float, shape: Sequence[int]) -> torch.Tensor:
    return (mean + std * torch.randn(tuple(shape), dtype=torch.float64)).clamp(0.001, 0.999)


def _choose(p: float, high: Init, low: Init, shape: Sequence[int]) -> torch.Tensor:
    return torch.where(_uniform(0.0, 1.0, shape) < p, high(shape), low(shape))


def _check_unit(name: str, value: float) -> None:
    if not 0.0 <= value <= 1.0:
        raise InputError(f"initialiser: {name} must be in [0, 1], not {value!r}")


def _check_order(low: float, high: float) -> None:
    if not 0.0 <= low <= high <= 1.0:
        raise InputError(
            f"initialiser: needs 0 <= low <= high <= 1, not low={low!r}, high={high!r}"
        )
