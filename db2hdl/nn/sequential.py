"""torch's Sequential, which computes pairs of layers at once where that saves a large tensor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from torch import Tensor, nn
from torch.nn.modules import module as hooks

from db2hdl.nn.fused import masked_at_least, not_class_counts
from db2hdl.nn.structure import Reshape
from db2hdl.nn.unweighted import AtLeast, ClassHead, Harden, Majority
from db2hdl.nn.weighted import Implies, MaskToFalse, Not
from db2hdl.ops.majority import majority_k

Fused = tuple[Tensor, int]
"""A result, and how many modules it took."""


class Sequential(nn.Sequential):
    """``torch.nn.Sequential`` with less memory and time; the result is the same.

    ``Implies`` or ``MaskToFalse``, perhaps ``Reshape``, then ``Majority`` or ``AtLeast``; and
    ``Not``, ``Reshape`` to one axis, perhaps ``Harden``, then ``ClassHead``: these run as one, so
    that the bits between them are never stored (``db2hdl.nn.fused``). Modules with hooks, and all
    modules while there are global hooks, run by themselves.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Apply the modules in order."""
        modules = list(self)
        while modules:
            fused = _fuse(modules, x)
            x, count = fused or (modules[0](x), 1)
            del modules[:count]
        return x


def _fuse(modules: Sequence[nn.Module], x: Tensor) -> Fused | None:
    first = modules[0]
    if x.ndim == 0 or not isinstance(first, Implies | MaskToFalse | Not) or x.shape[-1] != first.m:
        return None
    rule: Callable[..., Fused | None] = _not_counts if isinstance(first, Not) else _masked
    return rule(modules, x)


def _masked(modules: Sequence[nn.Module], x: Tensor) -> Fused | None:
    mask, rest = modules[0], list(modules[1:3])
    if not isinstance(mask, Implies | MaskToFalse):
        return None
    shape: tuple[int, ...] = (*x.shape[:-1], mask.n, mask.m)
    if rest and isinstance(rest[0], Reshape):
        if prod(rest[0].shape) != prod(shape[1:]):
            return None
        shape = (shape[0], *rest.pop(0).shape)  # type: ignore[misc]
    size = shape[-1]
    if not rest or not isinstance(rest[0], Majority | AtLeast) or mask.weight.numel() % size:
        return None
    last = rest[0]
    k = last.k if isinstance(last, AtLeast) else majority_k(size)
    count = list(modules).index(last) + 1
    if not 1 <= k <= size or _watched(modules[:count]):
        return None
    implies = isinstance(mask, Implies)
    out = masked_at_least(
        mask.weight, x, k, size, implies=implies, margin=mask.margin, pack=last.margin
    )
    return out.reshape(shape[:-1]), count


def _not_counts(modules: Sequence[nn.Module], x: Tensor) -> Fused | None:
    first, rest = modules[0], list(modules[1:4])
    if not isinstance(first, Not) or x.ndim != 2 or not rest or not isinstance(rest[0], Reshape):
        return None
    if rest.pop(0).shape != (first.weight.numel(),):
        return None
    if rest and isinstance(rest[0], Harden):
        del rest[0]
    if not rest or not isinstance(rest[0], ClassHead):
        return None
    count = list(modules).index(rest[0]) + 1
    if _watched(modules[:count]):
        return None
    return not_class_counts(first.weight, x, rest[0].classes), count


def _watched(modules: Sequence[nn.Module]) -> bool:
    """Return whether anything wants to see what these modules, one by one, read and give."""
    names = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    if any(getattr(hooks, f"_global{name}") for name in names):
        return True
    return any(getattr(module, name) for module in modules for name in names)
