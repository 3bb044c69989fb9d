"""Recipes: which net to build for a dataset, and how to train it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from db2hdl import nn
from db2hdl.data import Dataset
from db2hdl.nn import init
from db2hdl_hw.errors import InputError

MOST_INPUT_BITS = 4096
"""Real features share this many thermometer bits, at least one each."""


@dataclass(frozen=True)
class Recipe:
    """A net of voting clauses, and how to train it.

    The net is RealEncoder (if there are real features), Harden, Literals, And, ClassHead: every
    class has ``clauses`` conjunctions of thermometer bits, bits and their negations, and the class
    most of whose conjunctions hold wins.

    Attributes
    ----------
    clauses : int
        Conjunctions for each class.
    thresholds : int
        Learned thresholds of each real feature; fewer if there are very many features.
    literals : float
        How many literals a clause has at the start, on average.
    epochs, batch : int
        Passes over the training rows, and rows in a minibatch.
    lr, threshold_lr : float
        The learning rates of weights and thresholds at the start; both fall to 0 as a cosine.
    tau : float
        Counts are divided by tau before the softmax: a matter of training that leaves no trace in
        the circuit.
    patience : int
        Training ends after so many epochs without a better score.
    """

    clauses: int = 32
    thresholds: int = 4
    literals: float = 2.4
    epochs: int = 40
    batch: int = 32
    lr: float = 0.03
    threshold_lr: float = 0.003
    tau: float = 8.0
    patience: int = 20

    def __post_init__(self) -> None:
        for name in ("clauses", "thresholds", "epochs", "batch", "patience"):
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                raise InputError(f"{name} must be a whole number of at least 1, not {value!r}")
        for name in ("literals", "lr", "threshold_lr", "tau"):
            value = getattr(self, name)
            if not 0 < value < float("inf"):
                raise InputError(f"{name.replace('_', ' ')} must be above 0, not {value!r}")


GENERAL = Recipe()
"""For tables nobody has tuned a recipe for."""

RECIPES: Mapping[str, Recipe] = {
    "noisy-xor": Recipe(epochs=24, batch=250, tau=4.0, clauses=16),
    "iris": GENERAL,
    "breast-cancer": GENERAL,
}
"""From a problem's name to its recipe."""


def build_net(recipe: Recipe, dataset: Dataset) -> torch.nn.Sequential:
    """Return an untrained net for a dataset; draws from torch's global generator.

    Thresholds start at quantiles of the training rows, the same number between each two. Of the
    2m literals every clause includes each with probability ``literals / 2m``.
    """
    classes = len(dataset.classes)
    real = [feature.kind == "real" for feature in dataset.features]
    count = max(1, min(recipe.thresholds, MOST_INPUT_BITS // max(1, sum(real))))
    layers: list[torch.nn.Module] = []
    if any(real):
        start = torch.as_tensor(_quantiles(dataset, count))
        widths = [feature.bits for feature in dataset.features]
        counts = [count if bits > 1 else 1 for bits in widths]
        layers += [nn.RealEncoder(widths, counts, init=lambda shape: start), nn.Harden()]
    m = sum(count if is_real else 1 for is_real in real)
    included = min(0.5, recipe.literals / (2 * m))
    clauses = nn.And(2 * m, recipe.clauses * classes, init=init.bernoulli(included, 0.4, 0.501))
    return torch.nn.Sequential(*layers, nn.Literals(), clauses, nn.ClassHead(classes))


def _quantiles(dataset: Dataset, count: int) -> NDArray[np.float64]:
    """Return ``count`` thresholds in [0, 1] for each real feature, in feature order."""
    columns = [i for i, feature in enumerate(dataset.features) if feature.kind == "real"]
    steps = np.array([2.0 ** dataset.features[i].bits for i in columns])
    shares = np.arange(1, count + 1) / (count + 1)
    codes = dataset.train.codes[:, columns]
    quantiles = np.quantile(codes.astype(np.float32), shares, axis=0)
    return np.asarray((quantiles + 0.5) / steps, dtype=np.float64).T.ravel()
