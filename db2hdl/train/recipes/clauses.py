"""The recipe for tables: real features get learned thresholds, and clauses vote."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from db2hdl import nn
from db2hdl.data import Dataset
from db2hdl.nn import init
from db2hdl.train.recipes.training import Training, check_above_0, check_counts
from db2hdl.train.selection import informative_bits

MOST_THRESHOLDS = 1 << 14
"""All real features share so many, at least one each."""

MOST_BITS_READ = 1024
"""Of more input bits a net reads those that tell most about the class."""

MOST_CLAUSES = 2048
"""All classes share so many, at least four each."""

MOST_STEPS = 128
"""Minibatches in an epoch: of very many rows a minibatch has more."""


@dataclass(frozen=True)
class Recipe(Training):
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

    Raises
    ------
    InputError
        On a value out of range.
    """

    clauses: int = 64
    thresholds: int = 4
    literals: float = 8.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_counts(self, ("clauses", "thresholds"))
        check_above_0(self, ("literals",))

    def tau(self, classes: int, bits: int) -> float:
        """Return the square root of ``clauses``."""
        return math.sqrt(self.clauses) * self.tau_scale

    def adapt(self, dataset: Dataset) -> Recipe:
        """Return the recipe with sizes that suit very wide, very long and many-class datasets."""
        real = sum(feature.kind == "real" for feature in dataset.features)
        return replace(
            self,
            clauses=min(self.clauses, max(4, MOST_CLAUSES // len(dataset.classes))),
            thresholds=min(self.thresholds, max(1, MOST_THRESHOLDS // max(1, real))),
            batch=max(self.batch, math.ceil(len(dataset.train) / MOST_STEPS)),
        )

    def build(self, dataset: Dataset) -> torch.nn.Sequential:
        """Return an untrained net for a dataset; draws from torch's global generator.

        Thresholds start at quantiles of the training rows, with the same number of rows between
        each two. Of the 2m literals every clause includes each with probability ``literals / 2m``.
        """
        classes = len(dataset.classes)
        net = torch.nn.Sequential()
        m = len(dataset.features)
        if any(feature.kind == "real" for feature in dataset.features):
            encoder = _encoder(self, dataset)
            net.extend([encoder, nn.Harden()])
            m = sum(encoder.thresholds)
        if m > MOST_BITS_READ:
            index = informative_bits(net, dataset.train, classes, MOST_BITS_READ)
            net.append(nn.Select(index, m))
            m = len(index)
        included = min(0.5, self.literals / (2 * m))
        clauses = nn.And(2 * m, self.clauses * classes, init=init.bernoulli(included, 0.4, 0.501))
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
