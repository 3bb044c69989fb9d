"""Layers that only arrange bits: branches side by side, and reshaping."""

from __future__ import annotations

from math import prod

import torch
from torch import Tensor, nn

from db2hdl.nn.checks import check_count
from db2hdl_hw.errors import InputError


class Concat(nn.Module):
    """Applies each branch to the same input and joins the results on the last axis.

    A branch of no modules, ``nn.Sequential()``, passes the input on. Hard: wires.

    Raises
    ------
    InputError
        If there is no branch or one is not a Module; at a call, if their shapes do not fit.
    """

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        if not branches:
            raise InputError("Concat: needs at least one branch")
        for branch in branches:
            if not isinstance(branch, nn.Module):
                raise InputError(f"Concat: a branch must be a Module, not {branch!r}")
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        """Return the branches' results, joined."""
        results = [branch(x) for branch in self.branches]
        if len({result.shape[:-1] for result in results}) > 1:
            shapes = ", ".join(str(list(result.shape)) for result in results)
            raise InputError(f"Concat: cannot join shapes {shapes} on the last axis")
        return torch.cat(results, -1)


class Reshape(nn.Module):
    """Reshapes every row to ``shape`` in C order; axis 0 is kept. Hard: wires.

    Raises
    ------
    InputError
        If the shape is not of positive integers; at a call, if it does not fit.
    """

    def __init__(self, *shape: int) -> None:
        super().__init__()
        if not shape:
            raise InputError("Reshape: needs at least one axis")
        self.shape = tuple(check_count("Reshape", "an axis", axis) for axis in shape)

    def forward(self, x: Tensor) -> Tensor:
        """Return x with the shape [len(x), *shape]."""
        if x.ndim == 0 or prod(x.shape[1:]) != prod(self.shape):
            raise InputError(f"Reshape: cannot reshape {list(x.shape)} to [rows, *{self.shape}]")
        return x.reshape(len(x), *self.shape)

    def extra_repr(self) -> str:
        """Return the arguments for ``repr``."""
        return ", ".join(map(str, self.shape))
