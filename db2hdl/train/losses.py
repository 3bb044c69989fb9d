"""What training minimises: the cross-entropy of counts, or of sums of bits not yet hardened."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from db2hdl.nn import ClassHead
from db2hdl.train.recipes.training import Training
from db2hdl_hw.errors import InputError


class Loss:
    """The mean of ``cross_entropy(sums / tau)`` over rows.

    The sums are the hardened counts of the classes, or with ``loss="soft"`` the sums of the
    centred soft-bits of each class, which tell in which direction a wrong bit is to move even
    where a net has few bits per class. The net is hardened the same way after either.

    Parameters
    ----------
    net : Sequential
        Ends in a ClassHead.
    x : tensor
        An input of the net, from which the number of its output bits is found.
    recipe : Training

    Raises
    ------
    InputError
        If the net does not end in a ClassHead.
    """

    def __init__(self, net: torch.nn.Module, x: Tensor, recipe: Training) -> None:
        if not isinstance(net, torch.nn.Sequential) or not isinstance(net[-1], ClassHead):
            raise InputError("the net to train must be a Sequential that ends in a ClassHead")
        self._net, self._head, self._soft = net, net[-1], recipe.loss == "soft"
        with torch.no_grad():
            bits = net[:-1](x).shape[-1]
        self._tau = recipe.tau(self._head.classes, bits)

    def __call__(self, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Return the loss, and the counts of each class as the hard net has them."""
        if not self._soft:
            counts: Tensor = self._net(x)
            return cross_entropy(counts / self._tau, labels), counts
        bits = self._net[:-1](x)
        sums = bits.reshape(*bits.shape[:-1], self._head.classes, -1).float().sum(-1)
        return cross_entropy(sums / self._tau, labels), self._head(bits)
