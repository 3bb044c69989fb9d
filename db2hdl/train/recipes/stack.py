"""The recipe of a stack of layers, as a recipe file lists them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from db2hdl import nn
from db2hdl.data import Dataset
from db2hdl.train.recipes.encoders import encoder_for
from db2hdl.train.recipes.layers import LAYERS, Reached, check_layer
from db2hdl.train.recipes.training import Training
from db2hdl_hw.errors import InputError


@dataclass(frozen=True)
class Stack(Training):
    """Layers one after the other, closed by a ClassHead; how to train them.

    Attributes
    ----------
    encoder : mapping
        ``kind`` ("uniform", "quantile" or "learned") and ``thresholds``, of real features; used
        only if there are any.
    layers : tuple of mappings
        Each has a ``kind``, a key of ``LAYERS``, and the keys of that kind.

    Raises
    ------
    InputError
        On a value out of range; names the layer.
    """

    encoder: Mapping[str, Any] = field(default_factory=lambda: {"kind": "quantile"})
    layers: tuple[Mapping[str, Any], ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.layers:
            raise InputError("a recipe of layers needs at least one [[layer]]")
        for number, layer in enumerate(self.layers, start=1):
            check_layer(layer, f"layer {number}")

    def tau(self, classes: int, bits: int) -> float:
        """Return half the root of the bits per class, for soft sums 1; times ``tau_scale``."""
        start = math.sqrt(bits / classes) / 2 if self.loss == "counts" else 1.0
        return start * self.tau_scale

    def adapt(self, dataset: Dataset) -> Stack:
        """Return the recipe itself: its layers adapt to the dataset when they are built."""
        return self

    def build(self, dataset: Dataset) -> torch.nn.Sequential:
        """Return an untrained net for a dataset; draws from torch's global generator.

        Raises
        ------
        InputError
            If a layer does not fit the one before it or the dataset; names the layer.
        """
        net = nn.Sequential()
        encoder = encoder_for(self.encoder, dataset)
        net.extend(encoder)
        reached = Reached.start(dataset, encoder)
        for number, layer in enumerate(self.layers, start=1):
            where = f"layer {number} ({layer['kind']})"
            last = number == len(self.layers)
            try:
                net.append(LAYERS[layer["kind"]].build(layer, reached, last))
            except InputError as error:
                raise InputError(f"{where}: {error}") from None
        bits, classes = math.prod(reached.shape), len(dataset.classes)
        if bits % classes:
            raise InputError(
                f"the last layer has {bits} bits, which {classes} classes cannot share equally"
            )
        if len(reached.shape) > 1:
            net.append(nn.Reshape(bits))
        return net.append(nn.ClassHead(classes))
