"""Kernels of the look-up-table layer: a portable path in torch, and a compiled one.

Both work on columns, [bits, batch], and give the same forward result; the compiled path takes over
for float32 tables on the CPU. Forward needs only the entry each sample selects. In the gradient

- entry c of a table gets the gradients of the samples that selected it;
- an input gets, from each wire that leads to it, ``gradient * (entry with the input high - entry
  with it low)``, other inputs as they are;
- the score of a candidate wire gets that, times the candidate's bit (1/2 or -1/2).
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from db2hdl.nn.compiled import library


class Selected(NamedTuple):
    """What forward keeps for the gradient: bits uint8 [m, batch], code uint8 [n, batch]."""

    bits: Tensor
    code: Tensor


class Kernel(Protocol):
    """Functions of tables [n, 2**k], wires int64 [n, k] and columns of the batch."""

    def select(self, table: Tensor, bits: Tensor, wires: Tensor) -> tuple[Selected, Tensor]:
        """Return what to keep, and the output [n, batch]: 1/2 or -1/2."""
        ...

    def table_gradient(self, table: Tensor, kept: Selected, gradient: Tensor) -> Tensor:
        """Return the gradient [n, 2**k] of the tables for that [n, batch] of the output."""
        ...

    def input_gradient(
        self, table: Tensor, kept: Selected, wires: Tensor, gradient: Tensor
    ) -> Tensor:
        """Return the gradient [m, batch] of the bits."""
        ...

    def score_gradient(
        self, table: Tensor, kept: Selected, candidates: Tensor, gradient: Tensor
    ) -> Tensor:
        """Return the gradient [n, k, c] of the scores of candidate wires [n, k, c]."""
        ...


def kernel_for(table: Tensor) -> Kernel:
    """Return the fastest kernel for tables of this device and dtype."""
    if table.device.type == "cpu" and table.dtype == torch.float32:
        compiled = library("lut")
        if compiled is not None:
            return Compiled(compiled)
    return Portable()


class Portable:
    """The kernel in torch, for every device and dtype."""

    def select(self, table: Tensor, bits: Tensor, wires: Tensor) -> tuple[Selected, Tensor]:
        """Return what to keep, and the output."""
        code = bits[wires[:, 0]]
        for j in range(1, wires.shape[1]):
            code = code | bits[wires[:, j]] << j
        hard = (table > 0).to(table.dtype) - 0.5
        return Selected(bits, code), hard.gather(1, code.long())

    def table_gradient(self, table: Tensor, kept: Selected, gradient: Tensor) -> Tensor:
        """Return the gradient of the tables."""
        return torch.zeros_like(table).scatter_add(1, kept.code.long(), gradient)

    def input_gradient(
        self, table: Tensor, kept: Selected, wires: Tensor, gradient: Tensor
    ) -> Tensor:
        """Return the gradient of the bits."""
        result = gradient.new_zeros(kept.bits.shape)
        for j in range(wires.shape[1]):
            result.index_add_(0, wires[:, j], _wire_gradient(table, kept.code, j, gradient))
        return result

    def score_gradient(
        self, table: Tensor, kept: Selected, candidates: Tensor, gradient: Tensor
    ) -> Tensor:
        """Return the gradient of the scores; one wire and candidate at a time, to bound memory."""
        n, k, count = candidates.shape
        result = gradient.new_empty(n, k, count)
        for j in range(k):
            wire = _wire_gradient(table, kept.code, j, gradient)
            for c in range(count):
                bits = kept.bits[candidates[:, j, c]].to(gradient.dtype) - 0.5
                result[:, j, c] = (wire * bits).sum(1)
        return result


def _wire_gradient(table: Tensor, code: Tensor, j: int, gradient: Tensor) -> Tensor:
    """Return the gradient [n, batch] of input j of every neuron."""
    place = torch.arange(table.shape[1], device=table.device)
    gain = table[:, place | 1 << j] - table[:, place & ~(1 << j)]
    return gradient * gain.gather(1, code.long())


class Compiled:
    """The kernel in C++ (``lut.cpp``), for float32 on the CPU; the same whatever the threads."""

    def __init__(self, compiled: ctypes.CDLL) -> None:
        self._compiled = compiled

    def select(self, table: Tensor, bits: Tensor, wires: Tensor) -> tuple[Selected, Tensor]:
        """Return what to keep, and the output."""
        bits = bits.contiguous()
        (n, k), batch = wires.shape, bits.shape[1]
        _check_wires(wires, len(bits))
        code = torch.empty(n, batch, dtype=torch.uint8)
        out = torch.empty(n, batch)
        indices = wires.to(torch.int32).contiguous()
        self._call("lut_select", bits, batch, indices, n, _Int(k), table.contiguous(), code, out)
        return Selected(bits, code), out

    def table_gradient(self, table: Tensor, kept: Selected, gradient: Tensor) -> Tensor:
        """Return the gradient of the tables."""
        (n, batch), out = kept.code.shape, torch.empty(table.shape)
        k = _Int(_inputs(table))
        self._call("lut_table_gradient", kept.code, gradient.contiguous(), batch, n, k, out)
        return out

    def input_gradient(
        self, table: Tensor, kept: Selected, wires: Tensor, gradient: Tensor
    ) -> Tensor:
        """Return the gradient of the bits."""
        m, batch = kept.bits.shape
        out = torch.empty(m, batch)
        flat = wires.reshape(-1).numpy()
        readers = np.argsort(flat, kind="stable")
        start = np.concatenate([[0], np.cumsum(np.bincount(flat, minlength=m))])
        self._call(
            "lut_input_gradient",
            *(kept.code, gradient.contiguous(), batch),
            *(torch.from_numpy(start), torch.from_numpy(readers), m, _Int(_inputs(table))),
            *(table.contiguous(), out),
        )
        return out

    def score_gradient(
        self, table: Tensor, kept: Selected, candidates: Tensor, gradient: Tensor
    ) -> Tensor:
        """Return the gradient of the scores."""
        _check_wires(candidates, len(kept.bits))
        (n, k, count), out = candidates.shape, torch.empty(candidates.shape)
        packed = torch.from_numpy(np.packbits(kept.bits.numpy(), axis=1, bitorder="little"))
        self._call(
            "lut_score_gradient",
            *(packed, kept.code, gradient.contiguous(), kept.code.shape[1]),
            *(candidates.to(torch.int32).contiguous(), n, _Int(k), count),
            *(table.contiguous(), out),
        )
        return out

    def _call(self, name: str, *arguments: Any) -> None:
        function: Callable[..., None] = getattr(self._compiled, name)
        function(*map(_argument, arguments), ctypes.c_int(torch.get_num_threads()))


class _Int(ctypes.c_int):
    """An argument of type int; plain integers are passed as int64_t."""


def _argument(value: Any) -> Any:
    if isinstance(value, Tensor):
        return ctypes.c_void_p(value.data_ptr())
    return value if isinstance(value, _Int) else ctypes.c_int64(value)


def _inputs(table: Tensor) -> int:
    return table.shape[1].bit_length() - 1


def _check_wires(wires: Tensor, m: int) -> None:
    """Raise IndexError rather than read outside the bits: torch does so by itself."""
    if int(wires.min()) < 0 or int(wires.max()) >= m:
        raise IndexError(f"a wire leads outside the {m} bits")
