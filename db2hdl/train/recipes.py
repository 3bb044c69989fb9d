"""Recipes: which net to build for a dataset, and how to train it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from db2hdl import nn
from db2hdl.data import Dataset
from db2hdl.nn import init
from db2hdl.train.selection import informative_bits
from db2hdl_hw.errors import InputError

MOST_THRESHOLDS = 1 << 14
"""All real features share so many, at least one each."""

MOST_BITS_READ = 1024
"""Of more input bits a net reads those that tell most about the class."""

MOST_CLAUSES = 2048
"""All classes share so many, at least four each."""

MOST_STEPS = 128
"""Minibatches in an epoch: of very many rows a minibatch has more."""


@dataclass(frozen=True)
class Recipe:
    """A net of voting clauses, and how to train it.

    The net is RealEncoder and Harden (if there are real features), Select (if there are very many
    bits), Literals, And, ClassHead: every class has ``clauses`` conjunctions of input bits and
    negated input bits, and the class most of whose conjunctions hold wins.

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
    patience : int
        Training ends after so many epochs without a better score.
    """

    clauses: int = 64
    thresholds: int = 4
    literals: float = 8.0
    epochs: int = 40
    batch: int = 32
    lr: float = 0.03
    threshold_lr: float = 0.003
    patience: int = 20

    def __post_init__(self) -> None:
        for name in ("clauses", "thresholds", "epochs", "batch", "patience"):
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                raise InputError(f"{name} must be a whole number of at least 1, not {value!r}")
        for name in ("literals", "lr", "threshold_lr"):
            value = getattr(self, name)
            if not 0 < value < float("inf"):
                raise InputError(f"{name.replace('_', ' ')} must be above 0, not {value!r}")

    @property
    def tau(self) -> float:
        """Return the square root of ``clauses``.

        Training divides counts by it before the softmax; it leaves no trace in the circuit.
        """
        return math.sqrt(self.clauses)


GENERAL = Recipe()
"""For tables nobody has tuned a recipe for."""

RECIPES: Mapping[str, Recipe] = {
    "noisy-xor": Recipe(clauses=16, literals=2.4, epochs=36, batch=125, patience=36),
    "iris": GENERAL,
    "breast-cancer": GENERAL,
}
"""From a problem's name to its recipe."""


def adapt(recipe: Recipe, dataset: Dataset) -> Recipe:
    """Return the recipe with sizes that suit very wide, very long and many-class datasets."""
    real = sum(feature.kind == "real" for feature in dataset.features)
    return replace(
        recipe,
        clauses=min(recipe.clauses, max(4, MOST_CLAUSES // len(dataset.classes))),
        thresholds=min(recipe.thresholds, max(1, MOST_THRESHOLDS // max(1, real))),
        batch=max(recipe.batch, math.ceil(len(dataset.train) / MOST_STEPS)),
    )


def build_net(recipe: Recipe, dataset: Dataset) -> torch.nn.Sequential:
    """Return an untrained net for a dataset; draws from torch's global generator.

    Thresholds start at quantiles of the training rows, with the same number of rows between each
    two. Of the 2m literals every clause includes each with probability ``literals / 2m``.
    """
    classes = len(dataset.classes)
    net = torch.nn.Sequential()
    m = len(dataset.features)
    if any(feature.kind == "real" for feature in dataset.features):
        encoder = _encoder(recipe, dataset)
        net.extend([encoder, nn.Harden()])
        m = sum(encoder.thresholds)
    if m > MOST_BITS_READ:
        index = informative_bits(net, dataset.train, classes, MOST_BITS_READ)
        net.append(nn.Select(index, m))
        m = len(index)
    included = min(0.5, recipe.literals / (2 * m))
    clauses = nn.And(2 * m, recipe.clauses * classes, init=init.bernoulli(included, 0.4, 0.501))
    return net.extend([nn.Literals(), clauses, nn.ClassHead(classes)])


def _encoder(recipe: Recipe, dataset: Dataset) -> nn.RealEncoder:
    widths = [feature.bits for feature in dataset.features]
    real = [feature.kind == "real" for feature in dataset.features]
    start = torch.as_tensor(_quantiles(dataset, recipe.thresholds))
    thresholds = [recipe.thresholds if is_real else 1 for is_real in real]
    return nn.RealEncoder(widths, thresholds, init=lambda shape: start)


def _quantiles(dataset: Dataset, count: int) -> NDArray[np.float64]:
    """Return ``count`` thresholds in [0, 1] for each real feature, in feature order."""
    columns = [i for i, feature in enumerate(dataset.features) if feature.kind == "real"]
    steps = np.array([2.0 ** dataset.features[i].bits for i in columns])
    shares = np.arange(1, count + 1) / (count + 1)
    codes = dataset.train.codes[:, columns]
    quantiles = np.quantile(codes.astype(np.float32), shares, axis=0)
    return np.asarray((quantiles + 0.5) / steps, dtype=np.float64).T.ravel()
