"""The compiled path of the kernels: ``logic.cpp`` for contiguous float32 and float64 on the CPU.

``compiled_for`` says whether it can serve tensors; ``db2hdl.nn.kernels`` does without where not.
"""

from __future__ import annotations

import ctypes
from typing import Any

import torch
from torch import Tensor

from db2hdl.nn.compiled import library
from db2hdl.ops import TINY

SUFFIX = {torch.float32: "float32", torch.float64: "float64"}


def compiled_for(*tensors: Tensor) -> Logic | None:
    """Return the compiled kernels if they take these tensors, all of one dtype; else None."""
    dtype = tensors[0].dtype
    if dtype not in SUFFIX or any(t.device.type != "cpu" or t.dtype != dtype for t in tensors):
        return None
    built = library("logic")
    return None if built is None else Logic(built, SUFFIX[dtype])


class Logic:
    """Kernels of one dtype. Tensors may be strided; results do not depend on the threads."""

    def __init__(self, built: ctypes.CDLL, suffix: str) -> None:
        self._built, self._suffix = built, suffix

    def least_or(self, a: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the least ``soft_or(a[i, j], x[b, j])`` and its j, both [b, n]."""
        (n, m), batch = a.shape, len(x)
        value, index = x.new_empty(batch, n), torch.empty(batch, n, dtype=torch.int64)
        tiny = ctypes.c_double(TINY)
        self._call("least_or", a.contiguous(), x.contiguous(), n, m, batch, tiny, value, index)
        return value, index

    def kth_index(self, x: Tensor, k: int) -> Tensor:
        """Return the index of the k-th smallest (from 1) of the last axis; the first on a tie."""
        index = torch.empty(x.shape[:-1], dtype=torch.int64)
        self._call("kth", x.contiguous(), index.numel(), x.shape[-1], k - 1, index)
        return index

    def or_kth(
        self, a: Tensor, x: Tensor, k: int, size: int, margin: bool
    ) -> tuple[Tensor, Tensor]:
        """Return the k-th smallest OR (from 1) of each group and its place, int32: [b, groups]."""
        value = x.new_empty(len(x), a.numel() // size)
        chosen = torch.empty(value.shape, dtype=torch.int32)
        sizes = (*a.shape, len(x), size, k - 1, ctypes.c_int(margin), ctypes.c_double(TINY))
        self._call("or_kth", a.contiguous(), x.contiguous(), *sizes, value, chosen)
        return value, chosen

    def or_gradient(
        self,
        a: Tensor,
        x: Tensor,
        share: Tensor,
        top: Tensor,
        chosen: Tensor,
        size: int,
        margin: bool,
    ) -> tuple[Tensor, Tensor]:
        """Return the gradients of a and x, for that of groups of ORs; see ``logic.cpp``."""
        a, x = a.contiguous(), x.contiguous()
        of_a, of_x = torch.zeros_like(a), torch.zeros_like(x)
        groups = (share.contiguous(), top.contiguous(), chosen.contiguous())
        sizes = (*a.shape, len(x), size, ctypes.c_int(margin))
        self._call("or_gradient", a, x, *groups, *sizes, of_a, of_x)
        return of_a, of_x

    def _call(self, name: str, *arguments: Any) -> None:
        function = getattr(self._built, f"{name}_{self._suffix}")
        function(*map(_argument, arguments), ctypes.c_int(torch.get_num_threads()))


def _argument(value: Any) -> Any:
    if isinstance(value, Tensor):
        return ctypes.c_void_p(value.data_ptr())
    return ctypes.c_int64(value) if isinstance(value, int) else value
