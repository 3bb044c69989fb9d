"""Layers with a learned bit per connection.

Each has a parameter ``weight`` [n, m], stored centred and unclamped; the operations clamp it to
[-1/2, 1/2]. ``init`` is one of ``db2hdl.nn.init``. Hard, a weight is high iff it is above 0.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from db2hdl import ops
from db2hdl.nn import kernels
from db2hdl.nn.checks import check_count, check_width
from db2hdl.nn.init import Init, near_one, near_zero, uniform_range


class Weighted(nn.Module):
    """A layer of n x m weighted connections; m inputs, n outputs or rows of outputs.

    Raises
    ------
    InputError
        If m or n is not a positive integer; at a call, on another width than m or on float16.
    """

    weight: nn.Parameter
    default_init: ClassVar[Init] = uniform_range()

    def __init__(self, m: int, n: int, *, init: Init | None = None) -> None:
        super().__init__()
        name = type(self).__name__
        self.m, self.n = check_count(name, "m", m), check_count(name, "n", n)
        self.init = init or type(self).default_init
        self.weight = nn.Parameter(torch.empty(n, m))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weights anew."""
        with torch.no_grad():
            self.weight.copy_(self.init(self.weight.shape) - 0.5)

    def forward(self, x: Tensor) -> Tensor:
        """Apply the operation to centred soft-bits [..., m]."""
        check_width(str(self), x, self.m)
        return self.apply_weight(x)

    def apply_weight(self, x: Tensor) -> Tensor:
        """Apply the operation to input whose width has been checked."""
        raise TypeError(f"{type(self).__name__} has no operation; use one of its subclasses")

    def extra_repr(self) -> str:
        """Return the arguments for ``repr``."""
        return f"{self.m}, {self.n}"


class Masked(Weighted):
    """A weighted layer that exists with and without margin packing."""

    def __init__(self, m: int, n: int, *, margin: bool = True, init: Init | None = None) -> None:
        super().__init__(m, n, init=init)
        self.margin = margin

    def extra_repr(self) -> str:
        """Return the arguments for ``repr``."""
        return super().extra_repr() + ("" if self.margin else ", margin=False")


class Not(Weighted):
    """``2 w x``: pass on or invert, [..., m] -> [..., n, m].

    Hard: ``not (w xor x)``, free in look-up tables. Initialised U(0.49, 0.51).
    """

    default_init = uniform_range(0.49, 0.51)

    def apply_weight(self, x: Tensor) -> Tensor:
        """Return ``soft_not(w, x)`` for every row of weights."""
        return kernels.not_rows(self.weight, x)


class Implies(Masked):
    """``(not w) or x``, also called mask to true: [..., m] -> [..., n, m].

    Hard: a wire or the constant true. Initialised U(0, 1). ``margin=False`` is the paper's form
    for MNIST and binary iris, ``max(1 - w, x)``.
    """

    def apply_weight(self, x: Tensor) -> Tensor:
        """Return ``soft_implies(w, x)`` for every row of weights."""
        operation = ops.soft_implies if self.margin else ops.soft_implies_plain
        return operation(self.weight, x.unsqueeze(-2))


class MaskToFalse(Masked):
    """``w and x``: [..., m] -> [..., n, m].

    Hard: a wire or the constant false. Initialised U(0, 1).
    """

    def apply_weight(self, x: Tensor) -> Tensor:
        """Return ``soft_mask_to_false(w, x)`` for every row of weights."""
        operation = ops.soft_mask_to_false if self.margin else ops.soft_mask_to_false_plain
        return operation(self.weight, x.unsqueeze(-2))


class And(Weighted):
    """The least ``w implies x``: [..., m] -> [..., n].

    Hard: the conjunction of the inputs of high weight, about a LUT6 for five of them. Initialised
    near zero: N(-1, 0.5) clipped, almost no input included.
    """

    default_init = near_zero()

    def apply_weight(self, x: Tensor) -> Tensor:
        """Return ``soft_and_neuron(w, x)``."""
        return kernels.and_neurons(self.weight, x)


class Or(Weighted):
    """The greatest ``w and x``: [..., m] -> [..., n].

    Hard: the disjunction of the inputs of high weight, about a LUT6 for five of them. Initialised
    near one: N(1, 0.5) clipped, most inputs included.
    """

    default_init = near_one()

    def apply_weight(self, x: Tensor) -> Tensor:
        """Return ``soft_or_neuron(w, x)``."""
        return kernels.or_neurons(self.weight, x)


class Xor(Weighted):
    """The parity of ``w and x``: [..., m] -> [..., n].

    Hard: the parity of the inputs of high weight, about a LUT6 for five of them. Initialised
    U(0, 1) as in the paper; above about 12 inputs only a sparse start such as
    ``init.bernoulli(3 / m, 0.001, 0.501)`` learns. ``plain=True`` is the paper's form.
    """

    def __init__(self, m: int, n: int, *, plain: bool = False, init: Init | None = None) -> None:
        super().__init__(m, n, init=init)
        self.plain = plain

    def apply_weight(self, x: Tensor) -> Tensor:
        """Return ``soft_xor_neuron(w, x)``."""
        operation = ops.soft_xor_neuron_plain if self.plain else ops.soft_xor_neuron
        return operation(self.weight, x)

    def extra_repr(self) -> str:
        """Return the arguments for ``repr``."""
        return super().extra_repr() + (", plain=True" if self.plain else "")
