"""The [encoder] of a recipe: where the thresholds of real features are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from db2hdl import nn
from db2hdl.data import Dataset
from db2hdl.data.idx import Images
from db2hdl_hw.errors import InputError, unknown

THRESHOLDS = 4
"""Of each real feature, unless the recipe says otherwise."""

ROWS_LOOKED_AT = 10_000
"""Training rows from which quantiles are taken: the first so many."""


def encoder_for(spec: Mapping[str, Any], dataset: Dataset) -> list[torch.nn.Module]:
    """Return the encoder as modules: none for boolean features alone.

    Raises
    ------
    InputError
        On an unknown kind or key, or a bad number of thresholds.
    """
    check_encoder(spec)
    widths = [feature.bits for feature in dataset.features]
    if max(widths) == 1:
        return []
    kind, count = spec["kind"], spec.get("thresholds", THRESHOLDS)
    if kind == "uniform":
        return [nn.Thermometer(widths, nn.uniform_thresholds(widths, count))]
    codes = dataset.train.codes[:ROWS_LOOKED_AT]
    if kind == "fixed":
        at = [[1] if w == 1 else [round(spec["at"] * (1 << w))] for w in widths]
        return [nn.Thermometer(widths, at)]
    shared = isinstance(dataset, Images)
    start = nn.quantile_thresholds(codes, widths, count, shared=shared)
    if kind == "quantile":
        return [nn.Thermometer(widths, start)]
    counts = [len(thresholds) for thresholds in start]
    learned = nn.RealEncoder(widths, counts, init=nn.at_thresholds(widths, start))
    return [learned, nn.Harden()]


def check_encoder(spec: Mapping[str, Any]) -> None:
    """Refuse an [encoder] with an unknown kind or key, or values of a wrong type."""
    for key in spec:
        if key not in ("kind", "thresholds", "at"):
            raise unknown("key of [encoder]", key, ("kind", "thresholds", "at"))
    kind = str(spec.get("kind"))
    if kind not in KINDS:
        raise unknown("encoder", kind, KINDS)
    for key, check in KINDS[kind].items():
        if key in spec and not check(spec[key]):
            raise InputError(f"[encoder]: {key} = {spec[key]!r} is not possible")
        if key == "at" and key not in spec:
            raise InputError("[encoder]: kind 'fixed' needs at = a part of the range, 0 to 1")
    for key in set(spec) - {"kind"} - set(KINDS[kind]):
        raise InputError(f"[encoder]: {key} does not go with kind {kind!r}")


def _is_count(value: object) -> bool:
    return type(value) is int and 1 <= value <= 1024


def _is_part(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value <= 1 and np.isfinite(value)


KINDS: Mapping[str, Mapping[str, Callable[[object], bool]]] = {
    "uniform": {"thresholds": _is_count},
    "quantile": {"thresholds": _is_count},
    "learned": {"thresholds": _is_count},
    "fixed": {"at": _is_part},
}
"""From a kind of encoder to its keys and what they may be."""
