"""Layers without weights, on the last axis of centred soft-bits."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from db2hdl import ops
from db2hdl.nn.checks import check_count
from db2hdl.nn.kernels import class_counts, kth_smallest
from db2hdl.ops.at_least import check_k
from db2hdl_hw.errors import InputError


class Literals(nn.Module):
    """Each bit, then each negated: [..., m] -> [..., 2m]. Hard: m inverters."""

    def forward(self, x: Tensor) -> Tensor:
        """Return ``soft_literals(x)``."""
        return ops.soft_literals(x)


class Reduction(nn.Module):
    """A reduction of the last axis with and without margin packing: [..., m] -> [...]."""

    def __init__(self, *, margin: bool = True) -> None:
        super().__init__()
        self.margin = margin

    def extra_repr(self) -> str:
        """Return the arguments for ``repr``."""
        return "" if self.margin else "margin=False"


class AllOf(Reduction):
    """The conjunction of all bits: [..., m] -> [...]. Hard: about m/5 LUT6."""

    def forward(self, x: Tensor) -> Tensor:
        """Return ``soft_all_of(x)``."""
        return ops.soft_all_of(x) if self.margin else ops.soft_all_of_plain(x)


class AnyOf(Reduction):
    """The disjunction of all bits: [..., m] -> [...]. Hard: about m/5 LUT6."""

    def forward(self, x: Tensor) -> Tensor:
        """Return ``soft_any_of(x)``."""
        return ops.soft_any_of(x) if self.margin else ops.soft_any_of_plain(x)


class Majority(Reduction):
    """At least ``floor(m/2) + 1`` of m bits: [..., m] -> [...]. Hard: about m LUT6."""

    def forward(self, x: Tensor) -> Tensor:
        """Return ``soft_majority(x)``."""
        return _at_least(ops.majority_k(x.shape[-1]), x, self.margin)


class AtLeast(Reduction):
    """At least k of m bits, k in 0..m+1: [..., m] -> [...]. Hard: about m LUT6.

    Raises
    ------
    InputError
        If k is not an integer of at least 0; at a call, if it is above m + 1.
    """

    def __init__(self, k: int, *, margin: bool = True) -> None:
        super().__init__(margin=margin)
        if type(k) is not int or k < 0:
            raise InputError(f"AtLeast: k must be an integer of at least 0, not {k!r}")
        self.k = k

    def forward(self, x: Tensor) -> Tensor:
        """Return ``soft_at_least(k, x)``."""
        return _at_least(self.k, x, self.margin)

    def extra_repr(self) -> str:
        """Return the arguments for ``repr``."""
        return ", ".join(filter(None, [str(self.k), super().extra_repr()]))


def _at_least(k: int, x: Tensor, margin: bool) -> Tensor:
    """Return ``soft_at_least(k, x)`` with the faster selection of the kernels."""
    n = x.shape[-1]
    check_k(k, n)
    if k in (0, n + 1):
        return ops.soft_at_least(k, x)
    representative = ops.enter(kth_smallest(x, n - k + 1))
    return ops.margin_pack(representative, x.mean(-1)) if margin else representative


class CountHot(nn.Module):
    """One-hot number of low bits: [..., m] -> [..., m+1]. Hard: m + 1 comparisons of a count."""

    def forward(self, x: Tensor) -> Tensor:
        """Return ``soft_count_hot(x)``."""
        return ops.soft_count_hot(x)


class Harden(nn.Module):
    """1/2 where x > 0, else -1/2, with the gradient of the identity. Hard: nothing."""

    def forward(self, x: Tensor) -> Tensor:
        """Return ``soft_harden(x)``."""
        return ops.soft_harden(x)


class Dropout(nn.Module):
    """Inverts each bit with probability p while training, without rescaling. Hard: nothing.

    Raises
    ------
    InputError
        If p is not in [0, 1].
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        if isinstance(p, bool) or not isinstance(p, int | float) or not 0.0 <= p <= 1.0:
            raise InputError(f"Dropout: p must be in [0, 1], not {p!r}")
        self.p = float(p)

    def forward(self, x: Tensor) -> Tensor:
        """Return x with some bits inverted; in eval mode x itself."""
        if not self.training or self.p == 0.0:
            return x
        flips = torch.empty_like(x).bernoulli_(self.p)
        return ops.enter(x) * (1 - 2 * flips)

    def extra_repr(self) -> str:
        """Return the arguments for ``repr``."""
        return str(self.p)


class ClassHead(nn.Module):
    """Hardens, then counts the high bits of each class: [..., m] -> float32 [..., classes].

    The m bits are in contiguous groups of equal size, group c for class c. Hard: a population
    count per class, about a LUT6 a bit, and an argmax whose ties go to the lowest index.

    Raises
    ------
    InputError
        If ``classes`` is not a positive integer; at a call, if m is no multiple of it.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes = check_count("ClassHead", "classes", classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return ``soft_class_counts(x, classes)``."""
        return class_counts(x, self.classes)

    def extra_repr(self) -> str:
        """Return the arguments for ``repr``."""
        return str(self.classes)
