"""Checks of layer arguments and inputs, each with one clear message."""

from __future__ import annotations

from torch import Tensor

from db2hdl_hw.errors import InputError


def check_count(layer: str, name: str, value: object) -> int:
    """Return ``value`` if it is an integer of at least 1, else raise InputError."""
    if type(value) is not int or value < 1:
        raise InputError(f"{layer}: {name} must be a positive integer, not {value!r}")
    return value


def check_width(layer: str, x: Tensor, m: int) -> None:
    """Raise InputError unless the last axis of ``x`` has m bits."""
    if x.ndim == 0 or x.shape[-1] != m:
        raise InputError(f"{layer}: reads {m} bits on the last axis, but got {list(x.shape)}")
