"""Baselines from other packages: how each is made, and which of its settings is taken."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from db2hdl.data import Dataset
from db2hdl.data.dataset import Split

Rows = tuple[np.ndarray, np.ndarray]
Make = Callable[..., Any]
"""From a seed and settings to a model with ``fit`` and ``predict``."""


def choose(
    make: Make, choices: Sequence[Mapping[str, Any]], most: int, data: Dataset, seed: int
) -> tuple[float, float]:
    """Fit with each of several settings, and take the best on validation rows, of equals the first.

    Returns the accuracies on test rows and on those it was chosen by. Of many training rows the
    first ``most`` are used. Where training rows validate themselves there is nothing to choose by:
    the first settings are taken.
    """
    x, y = bits(data.train)
    x, y = (x[:most], y[:most]) if most else (x, y)
    best: tuple[float, Any] = (-1.0, None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for settings in choices[:1] if data.validation is data.train else choices:
            model = make(seed, **settings).fit(x, y)
            best = max(best, (accuracy(model, data.validation), model), key=lambda b: b[0])
    return accuracy(best[1], data.test), best[0]


def bits(part: Split) -> Rows:
    """Rows as 0 and 1: a pixel is on from 30 % of the range, as in the paper."""
    codes = part.codes
    return (codes >= (0.3 * 256 if codes.max() > 1 else 1)).astype(np.uint32), part.labels


def accuracy(model: Any, part: Split) -> float:
    """The share of rows whose class a model finds."""
    x, y = bits(part)
    return float((model.predict(x) == y).mean())


class Tsetlin:
    """pyTsetlinMachine's multiclass machine; its random numbers cannot be seeded."""

    def __init__(self, seed: int, clauses: int, threshold: int, s: float, epochs: int) -> None:
        self._settings, self._epochs = (clauses, threshold, s), epochs

    def fit(self, x: np.ndarray, y: np.ndarray) -> Tsetlin:
        """Train for the given number of epochs."""
        from pyTsetlinMachine.tm import MultiClassTsetlinMachine

        self._model = MultiClassTsetlinMachine(*self._settings, boost_true_positive_feedback=0)
        self._model.fit(x, y.astype(np.uint32), epochs=self._epochs)
        return self

    def predict(self, x: np.ndarray) -> np.ndarray:
        """The class of each row."""
        return np.asarray(self._model.predict(x))


def tree(seed: int, depth: int | None = None) -> Any:
    """A decision tree."""
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(max_depth=depth, random_state=seed)


def svm(seed: int, c: float) -> Any:
    """A support vector machine with a Gaussian kernel."""
    from sklearn.svm import SVC

    return SVC(C=c)


def bayes(seed: int) -> Any:
    """Naive Bayes of boolean features."""
    from sklearn.naive_bayes import BernoulliNB

    return BernoulliNB()


def logistic(seed: int) -> Any:
    """Logistic regression."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=100, tol=1e-3)


def mlp(seed: int, hidden: int, epochs: int) -> Any:
    """A multilayer perceptron."""
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier((hidden,), max_iter=epochs, random_state=seed)
