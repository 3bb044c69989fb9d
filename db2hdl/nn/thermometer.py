"""Thermometer codes with thresholds fixed beforehand, and where to put thresholds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from db2hdl.nn.checks import check_count, check_width
from db2hdl.nn.real_encoder import RealEncoder
from db2hdl_hw.errors import InputError

Thresholds = Sequence[Sequence[int]]
"""For each feature its integers T in 0..2**bits; (1,) for a feature of one bit."""


class Thermometer(RealEncoder):
    """Hard bits ``code >= T`` with fixed T: codes [..., features] -> [..., bits], 1/2 or -1/2.

    The bits are in feature order, those of one feature in the order given. For learned thresholds
    take ``RealEncoder(..., init=at_thresholds(widths, thresholds))``. Hard: one comparator per bit
    that the rest of the net uses, about half a LUT6 per bit of the code; T = 2**(bits - 1) is the
    code's top bit, and costs nothing.

    Parameters
    ----------
    widths : sequence of int
        The bits of each feature's code, 1..16.
    thresholds : sequence of sequences of int
        From ``uniform_thresholds``, ``quantile_thresholds`` or elsewhere.

    Raises
    ------
    InputError
        If a width or threshold is out of range; at a call, on codes of another number of features.
    """

    def __init__(self, widths: Sequence[int], thresholds: Thresholds) -> None:
        super().__init__(widths, [len(ts) for ts in thresholds])
        with torch.no_grad():
            self.threshold.copy_(_fractions(self.widths, thresholds))
        self.threshold.requires_grad_(False)

    def reset_parameters(self) -> None:
        """Leave the thresholds as they are."""

    def forward(self, codes: Tensor) -> Tensor:
        """Return the hard bits of codes [..., features]."""
        check_width(f"Thermometer of {len(self.widths)} features", codes, len(self.widths))
        least = torch.ones_like(self.feature, dtype=torch.int64)
        least[self.real] = self.integer_thresholds().to(torch.int64)
        columns = codes.reshape(-1, codes.shape[-1]).T.contiguous()  # copies rows, so it is fast
        bits = columns[self.feature] >= least.unsqueeze(-1).to(columns.dtype)
        centred = bits.to(self.threshold.dtype) - 0.5
        return centred.T.reshape(*codes.shape[:-1], len(least))


class at_thresholds:  # noqa: N801 - an initialiser, called like a function
    """The initialiser of a RealEncoder that learns from given integer thresholds on."""

    def __init__(self, widths: Sequence[int], thresholds: Thresholds) -> None:
        self._values = _fractions(widths, thresholds)

    def __call__(self, shape: Sequence[int]) -> Tensor:
        """Return the thresholds as parts of the range; the shape must be theirs."""
        if tuple(shape) != tuple(self._values.shape):
            raise InputError(
                f"thermometer: {len(self._values)} thresholds for an encoder of {list(shape)}"
            )
        return self._values.clone()


def uniform_thresholds(widths: Sequence[int], counts: int | Sequence[int]) -> list[list[int]]:
    """Return thresholds at equal distances: ``T = round(2**bits * i / (count + 1))``, i = 1..count.

    ``counts`` is the number for each real feature, or one entry per feature.
    """
    return [
        [1] if width == 1 else [round((1 << width) * i / (count + 1)) for i in range(1, count + 1)]
        for width, count in zip(widths, _counts(widths, counts), strict=True)
    ]


def quantile_thresholds(
    codes: ArrayLike, widths: Sequence[int], counts: int | Sequence[int], *, shared: bool = False
) -> list[list[int]]:
    """Return thresholds that part the training codes above the least one into equal shares.

    The least code is left out because many features are at rest in most rows, as the background
    of an image is. A feature that is constant in training gets uniform thresholds.

    Parameters
    ----------
    codes : integers [rows, features]
        Training rows only.
    widths, counts
        As in ``uniform_thresholds``.
    shared : bool
        Take the shares over all features together, as for the pixels of an image; all must have
        the same width and count.

    Raises
    ------
    InputError
        If codes do not fit the widths, or shared features differ in width or count.
    """
    table, each = np.asarray(codes), _counts(widths, counts)
    if table.ndim != 2 or table.shape[1] != len(widths) or not len(table):
        raise InputError(
            f"thermometer: codes must be [rows, {len(widths)}], not {list(table.shape)}"
        )
    uniform = uniform_thresholds(widths, each)
    if shared:
        if len(set(zip(widths, each, strict=True))) != 1:
            raise InputError("thermometer: shared thresholds need features of one width and count")
        return [_quantiles(table.ravel(), uniform[0])] * len(widths)
    return [
        [1] if width == 1 else _quantiles(table[:, i], uniform[i]) for i, width in enumerate(widths)
    ]


def _quantiles(codes: np.ndarray, uniform: list[int]) -> list[int]:
    above = codes[codes > codes.min()]
    if not len(above):
        return uniform
    shares = np.arange(1, len(uniform) + 1) / (len(uniform) + 1)
    return [int(t) for t in np.quantile(above, shares, method="inverted_cdf")]


def _counts(widths: Sequence[int], counts: int | Sequence[int]) -> list[int]:
    each = [counts] * len(widths) if isinstance(counts, int) else list(counts)
    for count in each:
        check_count("thermometer", "a number of thresholds", count)
    if len(each) != len(widths):
        raise InputError(f"thermometer: {len(each)} counts for {len(widths)} features")
    return each


def _fractions(widths: Sequence[int], thresholds: Thresholds) -> Tensor:
    """Return T / 2**bits of all real features' thresholds, in feature order."""
    if len(widths) != len(thresholds):
        raise InputError(f"thermometer: thresholds of {len(thresholds)} of {len(widths)} features")
    fractions = []
    for i, (width, ts) in enumerate(zip(widths, thresholds, strict=True)):
        if any(not 0 <= t <= 1 << width for t in ts) or not ts:
            raise InputError(
                f"thermometer: thresholds of feature {i} must be in 0..{1 << width}, not {list(ts)}"
            )
        fractions += [t / (1 << width) for t in ts] if width > 1 else []
    return torch.tensor(fractions)
