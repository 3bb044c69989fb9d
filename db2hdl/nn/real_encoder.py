"""The first layer of a net of real inputs: integer codes against learned thresholds."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from db2hdl import ops
from db2hdl.features import MOST_BITS
from db2hdl.nn.checks import check_count, check_width
from db2hdl.nn.init import Init, uniform_range
from db2hdl.ops.centred import straight_through
from db2hdl_hw.errors import InputError

CODE_DTYPES = (torch.float32, torch.float64, *(torch.uint8, torch.int16, torch.int32, torch.int64))


class RealEncoder(nn.Module):
    """Thermometer bits ``code >= T`` with learned T: codes [..., features] -> [..., bits].

    A feature of b > 1 bits gives one bit per threshold. With the threshold t in [0, 1] rounded to
    ``t' = T / 2**b`` (straight-through gradient) and ``x' = (code + 1/2) / 2**b``, the bit is
    ``soft_real_encoder(t', x')`` in float32 or wider: no tie can occur, and it is high iff
    ``code >= T``, T in 0..2**b. A feature of one bit passes through, as ``code - 1/2``. The bits
    are in feature order. Hard: one comparator per bit; those of T = 0 and 2**b are constants.

    Parameters
    ----------
    widths : sequence of int
        The bits of each feature's code, 1..16.
    thresholds : int or sequence of int
        How many for each real feature; a sequence has one entry per feature, 1 where it is a bit.
    init : Init, optional
        Of the parameter ``threshold`` [thresholds of all real features], U(0, 1) by default.

    Raises
    ------
    InputError
        On widths or thresholds out of range; at a call, on codes of another width or dtype.
    """

    feature: Tensor
    real: Tensor
    steps: Tensor

    def __init__(
        self,
        widths: Sequence[int],
        thresholds: int | Sequence[int],
        *,
        init: Init | None = None,
    ) -> None:
        super().__init__()
        self.widths = _check_widths(widths)
        self.thresholds = _check_thresholds(self.widths, thresholds)
        self.init = init or uniform_range()
        feature = torch.arange(len(self.widths)).repeat_interleave(torch.tensor(self.thresholds))
        width = torch.tensor(self.widths)[feature]
        real = (width > 1).nonzero().squeeze(-1)
        self.register_buffer("feature", feature, persistent=False)
        self.register_buffer("real", real, persistent=False)
        self.register_buffer("steps", 1 << width[real], persistent=False)
        self.threshold = nn.Parameter(torch.empty(len(real)))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the thresholds anew."""
        with torch.no_grad():
            self.threshold.copy_(self.init(self.threshold.shape))

    def integer_thresholds(self) -> Tensor:
        """Return T of each real bit, integers in 0..2**b held in float32 or wider."""
        clamped = self._wide_threshold().detach().clamp(0.0, 1.0)
        return (clamped * self.steps).round()

    def forward(self, codes: Tensor) -> Tensor:
        """Return the centred soft-bits of codes [..., features]."""
        check_width(f"RealEncoder of {len(self.widths)} features", codes, len(self.widths))
        if codes.dtype not in CODE_DTYPES:
            raise InputError(
                f"RealEncoder: codes cannot be {codes.dtype}, which does not hold every code; "
                "use integers, float32 or float64"
            )
        t = self._wide_threshold().clamp(0.0, 1.0)
        t = straight_through(t, self.integer_thresholds() / self.steps)
        read = codes[..., self.feature].to(t.dtype)
        numbers = (read[..., self.real] + 0.5) / self.steps
        encoded = ops.soft_real_encoder(t, numbers)
        return (read - 0.5).index_copy(-1, self.real, encoded)

    def extra_repr(self) -> str:
        """Return the arguments for ``repr``."""
        return f"{list(self.widths)}, {list(self.thresholds)}"

    def _wide_threshold(self) -> Tensor:
        return self.threshold.to(torch.promote_types(self.threshold.dtype, torch.float32))


def _check_widths(widths: Sequence[int]) -> tuple[int, ...]:
    checked = tuple(check_count("RealEncoder", "a width", width) for width in widths)
    if not checked or max(checked) > MOST_BITS:
        raise InputError(f"RealEncoder: needs widths of 1..{MOST_BITS} bits, not {list(widths)}")
    return checked


def _check_thresholds(widths: tuple[int, ...], thresholds: int | Sequence[int]) -> tuple[int, ...]:
    if isinstance(thresholds, int):
        count = check_count("RealEncoder", "thresholds", thresholds)
        return tuple(1 if width == 1 else count for width in widths)
    checked = tuple(check_count("RealEncoder", "an entry of thresholds", n) for n in thresholds)
    if len(checked) != len(widths):
        raise InputError(
            f"RealEncoder: {len(checked)} entries of thresholds for {len(widths)} features"
        )
    if any(n != 1 for n, width in zip(checked, widths, strict=True) if width == 1):
        raise InputError("RealEncoder: a feature of one bit has exactly 1 threshold")
    return checked
