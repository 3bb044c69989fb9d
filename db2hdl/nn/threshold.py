"""At least k of a subset of the inputs, with learned subsets and learned k."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from db2hdl import ops
from db2hdl.nn.checks import check_count, check_width
from db2hdl.nn.init import Init, bernoulli_uniform, uniform_range
from db2hdl_hw.errors import InputError


class Threshold(nn.Module):
    """At least k of the inputs of high weight, both learned: [..., m] -> [..., n].

    ``soft_threshold(most, weight, x)`` with the parameter ``weight`` [n, m + most - least]: m
    connections, then the bias bits, of which each high one lowers k by one. Neuron i has
    ``k = most - (its high bias bits)``, in least..most. Hard: a population count of the inputs of
    high weight and a comparison with a constant, about a LUT6 an input.

    Parameters
    ----------
    m, n : int
        Inputs and neurons.
    most, least : int
        The range of k, 0 <= least <= most <= m + 1; by default 1..m. A narrow one computes less.
    init, bias_init : Init, optional
        Of connections, by default U(0, 1), and of bias bits, by default high for three in four.

    Raises
    ------
    InputError
        On numbers out of range; at a call, on another width than m or on float16.
    """

    def __init__(
        self,
        m: int,
        n: int,
        most: int | None = None,
        least: int = 1,
        *,
        init: Init | None = None,
        bias_init: Init | None = None,
    ) -> None:
        super().__init__()
        self.m, self.n = check_count("Threshold", "m", m), check_count("Threshold", "n", n)
        self.most, self.least = m if most is None else most, least
        if any(type(k) is not int for k in (self.most, least)) or not 0 <= least <= self.most:
            raise InputError(f"Threshold: needs 0 <= least <= most, not {least!r} and {most!r}")
        if self.most > m + 1:
            raise InputError(f"Threshold: most must be at most m + 1 = {m + 1}, not {most}")
        self.init = init or uniform_range()
        self.bias_init = bias_init or bernoulli_uniform(0.75)
        self.weight = nn.Parameter(torch.empty(n, m + self.most - least))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weights anew."""
        with torch.no_grad():
            for part, init in ((self.connections, self.init), (self.bias, self.bias_init)):
                part.copy_(init(part.shape) - 0.5)

    @property
    def connections(self) -> Tensor:
        """The weights [n, m] of the inputs."""
        return self.weight[:, : self.m]

    @property
    def bias(self) -> Tensor:
        """The bias bits [n, most - least]."""
        return self.weight[:, self.m :]

    def k(self) -> Tensor:
        """Return k of each neuron, integers [n]."""
        return self.most - (self.bias.detach() > 0).sum(-1)

    def forward(self, x: Tensor) -> Tensor:
        """Return ``soft_threshold(most, weight, x)``."""
        check_width(str(self), x, self.m)
        return ops.soft_threshold(self.most, self.weight, x)

    def extra_repr(self) -> str:
        """Return the arguments for ``repr``."""
        return f"{self.m}, {self.n}, most={self.most}, least={self.least}"
