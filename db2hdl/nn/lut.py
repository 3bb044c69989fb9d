"""A layer of look-up tables: the gate that an FPGA is made of, with a learned table and wiring."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from db2hdl.nn.checks import check_count, check_width
from db2hdl.nn.lut_kernels import Kernel, Selected, kernel_for
from db2hdl.nn.wiring import random_wiring
from db2hdl.ops.centred import check_dtype
from db2hdl.ops.lut import MOST_INPUTS
from db2hdl_hw.errors import InputError, unknown

CANDIDATES = 8
"""Candidates of a learned wire, unless the wiring says otherwise."""


class Lut(nn.Module):
    """n tables of k inputs: [..., m] -> [..., n], each 1/2 or -1/2.

    ``out[i] = soft_lut(table[i], x[wires[i]])``: forward on hard bits, so that no hard bit can
    differ; the gradient is that of the table's multilinear extension. The parameter ``table``
    [n, 2**k] is centred, high iff above 0; entry c is for ``c = x[wire 0] + 2 x[wire 1] + …``.
    Each input of a neuron is one of its c candidate wires (buffer ``candidates`` [n, k, c]): with
    c > 1 that of the greatest ``score`` (parameter [n, k, c]), learned with the table; freeze it by
    ``score.requires_grad_(False)``. Hard: one LUT6 per neuron at most.

    Parameters
    ----------
    m, n : int
        Inputs and neurons.
    k : int, 1..6
    wiring : str or integers [n, k] or [n, k, c]
        "random": fixed; "learned": 8 random candidates per wire; or wires, or candidates, as given
        by ``db2hdl.nn.wiring``, for example the local windows of an image.
    residual, noise : float
        Tables start as ``residual`` (negative where input 0 is low) plus N(0, noise): in the main
        a neuron passes its first input on, so that deep nets learn from the start.

    Raises
    ------
    InputError
        On sizes out of range, an unknown wiring or a wire outside the input; at a call, on another
        width than m or on float16.
    """

    candidates: Tensor

    def __init__(
        self,
        m: int,
        n: int,
        k: int = 6,
        *,
        wiring: str | ArrayLike | Tensor = "random",
        residual: float = 0.2,
        noise: float = 0.1,
    ) -> None:
        super().__init__()
        self.m, self.n = check_count("Lut", "m", m), check_count("Lut", "n", n)
        self.k = check_count("Lut", "k", k)
        if self.k > MOST_INPUTS:
            raise InputError(f"Lut: k must be 1..{MOST_INPUTS}, not {k}")
        self.residual, self.noise = float(residual), float(noise)
        self.register_buffer("candidates", _candidates(wiring, m, n, k))
        self.table = nn.Parameter(torch.empty(n, 1 << k))
        count = self.candidates.shape[-1]
        self.score = nn.Parameter(torch.empty(n, k, count)) if count > 1 else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw tables and scores anew; the candidates stay."""
        passes = torch.arange(1 << self.k) % 2 * 2.0 - 1.0
        with torch.no_grad():
            self.table.copy_(self.residual * passes + self.noise * torch.randn(self.table.shape))
            if self.score is not None:
                self.score.copy_(0.01 * torch.randn(self.score.shape))

    def wires(self) -> Tensor:
        """Return the input index [n, k] of each wire, int64."""
        if self.score is None:
            return self.candidates[..., 0]
        chosen = self.score.detach().argmax(-1, keepdim=True)
        return self.candidates.gather(-1, chosen).squeeze(-1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the selected entries, hardened."""
        check_width(f"Lut({self.extra_repr()})", x, self.m)
        return lut_layer(self.table, x, self.wires(), self.score, self.candidates)

    def extra_repr(self) -> str:
        """Return the arguments for ``repr``."""
        learned = f", {self.candidates.shape[-1]} candidates" if self.score is not None else ""
        return f"{self.m}, {self.n}, k={self.k}{learned}"


def lut_layer(
    table: Tensor,
    x: Tensor,
    wires: Tensor,
    score: Tensor | None = None,
    candidates: Tensor | None = None,
    kernel: Kernel | None = None,
) -> Tensor:
    """Return ``soft_lut(table, x[..., wires])``: x [..., m], table [n, 2**k] -> [..., n].

    A gradient that would take an entry further out of [-1/2, 1/2] is left out. Where scores are
    given, wires must be the candidates with the greatest ones. Raises InputError on float16.
    """
    check_dtype(x)
    check_dtype(table)
    columns = x.reshape(-1, x.shape[-1]).T
    out = _LutLayer.apply(table, columns, score, wires, candidates, kernel)  # type: ignore[no-untyped-call]
    return out.T.reshape(*x.shape[:-1], len(table))  # type: ignore[no-any-return]


class _LutLayer(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        table: Tensor,
        columns: Tensor,
        score: Tensor | None,
        wires: Tensor,
        candidates: Tensor | None,
        kernel: Kernel | None,
    ) -> Tensor:
        """Columns [m, batch] -> [n, batch]; the kernel computes in float32 at least."""
        wide = table.float() if table.element_size() < 4 else table
        ctx.kernel = kernel or kernel_for(wide)
        kept, out = ctx.kernel.select(wide, (columns > 0).to(torch.uint8), wires)
        ctx.save_for_backward(table, *kept, wires, candidates)
        ctx.dtype = columns.dtype
        return out.to(torch.promote_types(table.dtype, columns.dtype))  # type: ignore[no-any-return]

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        table, bits, code, wires, candidates = ctx.saved_tensors
        wide = table.float() if table.element_size() < 4 else table
        clamped = wide.clamp(-0.5, 0.5)
        gradient, kept, kernel = gradient.to(wide.dtype), Selected(bits, code), ctx.kernel
        of_table = of_columns = of_score = None
        if ctx.needs_input_grad[0]:
            of_table = kernel.table_gradient(clamped, kept, gradient)
            outward = (wide.abs() >= 0.5) & (of_table * wide < 0)
            of_table = of_table.masked_fill(outward, 0.0).to(table.dtype)
        if ctx.needs_input_grad[1]:
            of_columns = kernel.input_gradient(clamped, kept, wires, gradient).to(ctx.dtype)
        if ctx.needs_input_grad[2]:
            of_score = kernel.score_gradient(clamped, kept, candidates, gradient).to(table.dtype)
        return of_table, of_columns, of_score, None, None, None


def _candidates(wiring: str | ArrayLike | Tensor, m: int, n: int, k: int) -> Tensor:
    """Return candidate wires int64 [n, k, c], checked."""
    if isinstance(wiring, str):
        if wiring not in ("random", "learned"):
            raise unknown("wiring", wiring, ("random", "learned"))
        wiring = random_wiring(m, n, k, 1 if wiring == "random" else CANDIDATES)
    wires = torch.as_tensor(wiring if isinstance(wiring, Tensor) else np.asarray(wiring))
    if wires.is_floating_point() or wires.is_complex() or wires.dtype == torch.bool:
        raise InputError(f"Lut: wires must be integers, not {wires.dtype}")
    if wires.ndim == 2:
        wires = wires.unsqueeze(-1)
    if wires.ndim != 3 or wires.shape[:2] != (n, k) or wires.shape[2] == 0:
        raise InputError(
            f"Lut: wiring must have the shape [{n}, {k}] or [{n}, {k}, candidates], "
            f"not {list(wires.shape)}"
        )
    if int(wires.min()) < 0 or int(wires.max()) >= m:
        raise InputError(f"Lut: a wire leads outside the input of {m} bits")
    return wires.to(torch.int64, copy=True).contiguous()
