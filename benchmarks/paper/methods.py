"""What is compared: ∂B nets, and baselines from other packages with their settings."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from db2hdl.data import Dataset
from db2hdl.data.dataset import Split
from db2hdl.train import Stack, Training, train
from db2hdl.train.recipes import load

Rows = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Method:
    """A method: its name in tables, what it is, and how it is run.

    ``run`` returns the accuracy on test rows, and the one on the rows it was chosen by.
    """

    name: str
    about: str
    run: Callable[[Dataset, int], tuple[float, float]]


def net(recipe: Training) -> Callable[[Dataset, int], tuple[float, float]]:
    """A ∂B net: the accuracy is that of the hard net, which ``train`` has compared bit for bit."""

    def run(data: Dataset, seed: int) -> tuple[float, float]:
        torch.set_num_threads(1)
        found = train(data, recipe=recipe, seed=seed)
        assert found.bits_different == 0
        return found.hard_accuracy, float(found.model.provenance["validation_accuracy"])

    return run


def candidates(makers: Sequence[Callable[[int], Any]], most: int = 0) -> Callable[..., Any]:
    """A baseline: of several settings the best on validation rows; of many rows the first ``most``.

    Where training rows validate themselves there is nothing to choose by: the first is taken.
    """

    def run(data: Dataset, seed: int) -> tuple[float, float]:
        x, y = bits(data.train)
        x, y = (x[:most], y[:most]) if most else (x, y)
        wanted = makers[:1] if data.validation is data.train else makers
        best: tuple[float, Any] = (-1.0, None)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for make in wanted:
                model = make(seed).fit(x, y)
                best = max(best, (accuracy(model, data.validation), model), key=lambda b: b[0])
        return accuracy(best[1], data.test), best[0]

    return run


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

    def __init__(self, clauses: int, threshold: int, s: float, epochs: int) -> None:
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


def svm(seed: int, c: float = 1.0) -> Any:
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


def mlp(seed: int, hidden: int = 50, epochs: int = 200) -> Any:
    """A multilayer perceptron."""
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier((hidden,), max_iter=epochs, random_state=seed)


def _some(make: Callable[..., Any], *settings: Any) -> list[Callable[[int], Any]]:
    return [lambda seed, s=s: make(seed, s) for s in settings]


def _common(tsetlin: Callable[[int], Any], about: str) -> list[Method]:
    """The baselines of both tables."""
    return [
        Method("decision tree", "depth 4, 8 or any", candidates(_some(tree, None, 8, 4))),
        Method("SVM", "Gaussian kernel, C 10 or 1", candidates(_some(svm, 10.0, 1.0))),
        Method("naive Bayes", "of boolean features", candidates([bayes])),
        Method("logistic regression", "C 1", candidates([logistic])),
        Method("MLP", "50 hidden units, 200 epochs", candidates([mlp])),
        Method("Tsetlin machine", about, candidates([tsetlin])),
    ]


NOISY_XOR_PAPER = Stack(
    layers=(
        {"kind": "literals"},
        {"kind": "and", "neurons": 32, "init": ["bernoulli", 0.01, 0.3, 0.501]},
        {"kind": "or", "neurons": 32, "init": ["bernoulli", 0.99, 0.499, 0.7]},
        {"kind": "not", "rows": 16, "init": ["uniform", 0.499, 0.501]},
        {"kind": "reshape", "shape": [1, 512]},
        {"kind": "majority"},
        {"kind": "literals"},
    ),
    loss="soft",
    tau_scale=0.1,
    epochs=150,
    batch=500,
    lr=0.03,
    patience=0,
)
"""The paper's net; the loss is that of its soft output, which learns where hard counts do not.

Minibatches instead of all rows at once reach in 150 epochs what needs over 300 otherwise.
"""

METHODS: Mapping[str, Sequence[Method]] = {
    "noisy-xor": [
        Method("∂B net, recipe noisy-xor", "voting conjunctions", net(load("noisy-xor").recipe)),
        Method("∂B net of the paper", "150 epochs, batch 500, RAdam 0.03", net(NOISY_XOR_PAPER)),
        *_common(lambda seed: Tsetlin(20, 15, 3.9, 200), "20 clauses, T 15, s 3.9, 200 epochs"),
    ],
    "binary-iris": [
        Method("∂B net, recipe binary-iris", "look-up tables", net(load("binary-iris").recipe)),
        *_common(lambda seed: Tsetlin(50, 10, 3.0, 50), "50 clauses, T 10, s 3, 50 epochs"),
    ],
    "mnist": [
        Method("∂B net, recipe mnist-paper", "the paper's net", net(load("mnist-paper").recipe)),
        Method("∂B net, recipe mnist-3k", "look-up tables", net(load("mnist-3k").recipe)),
        Method("decision tree", "any depth", candidates([tree])),
        Method("SVM", "Gaussian kernel, C 10, 10,000 rows", candidates(_some(svm, 10.0), 10_000)),
        Method("naive Bayes", "of boolean features", candidates([bayes])),
        Method("logistic regression", "C 1", candidates([logistic])),
        Method(
            "MLP",
            "100 hidden units, 20 epochs",
            candidates([lambda seed: mlp(seed, 100, 20)]),
        ),
        Method(
            "Tsetlin machine",
            "200 clauses a class, T 50, s 10, 5 epochs of 20,000 rows",
            candidates([lambda seed: Tsetlin(200, 50, 10.0, 5)], 20_000),
        ),
    ],
}
"""From an experiment's name to what is compared there."""


def quick(recipe: Training) -> Training:
    """A recipe for a test of the machinery: one epoch."""
    return replace(recipe, epochs=1)
