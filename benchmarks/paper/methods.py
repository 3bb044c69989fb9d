"""What is compared: ∂B nets, and baselines from other packages, each with its settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch

from db2hdl.data import Dataset
from db2hdl.train import Stack, Training, train
from db2hdl.train.recipes import load
from paper import baselines


@dataclass(frozen=True)
class Method:
    """A method: its name and settings in tables, all its settings as JSON, and how it is run.

    ``run`` returns the accuracy on test rows, and the one on the rows it was chosen by. Results on
    disk belong to ``settings``: whoever changes a recipe or a baseline gets new runs.
    """

    name: str
    about: str
    settings: Mapping[str, Any]
    run: Callable[[Dataset, int], tuple[float, float]]


def net(name: str, about: str, recipe: Training) -> Method:
    """A ∂B net: the accuracy is that of the hard net, which ``train`` has compared bit for bit."""

    def run(data: Dataset, seed: int) -> tuple[float, float]:
        torch.set_num_threads(1)
        found = train(data, recipe=recipe, seed=seed)
        if found.bits_different:
            raise AssertionError(f"{name}, seed {seed}: {found.bits_different} bits differ")
        return found.hard_accuracy, float(found.model.provenance["validation_accuracy"])

    return Method(name, about, {"kind": type(recipe).__name__, **asdict(recipe)}, run)


def baseline(
    name: str, about: str, make: baselines.Make, *choices: Mapping[str, Any], most: int = 0
) -> Method:
    """A baseline: of several settings those that are best on validation rows."""
    choices = choices or ({},)
    settings = {"make": make.__name__, "choices": list(choices), "most": most}

    def run(data: Dataset, seed: int) -> tuple[float, float]:
        return baselines.choose(make, choices, most, data, seed)

    return Method(name, about, settings, run)


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

BINARY_IRIS_PAPER = Stack(
    layers=(
        {"kind": "literals"},
        {"kind": "and", "neurons": 59, "init": ["constant", 0.49]},
        {"kind": "dropout", "p": 0.05},
        {"kind": "count_hot"},
        {"kind": "reshape", "shape": [3, 20]},
        {"kind": "any_of", "margin": False},
    ),
    epochs=1000,
    batch=60,
    lr=0.01,
    patience=0,
)
"""The paper's net, epochs and rate; as there, the loss is that of one hardened bit a class."""


def _tsetlin(
    clauses: int, threshold: int, s: float, epochs: int, most: int = 0, rows: str = ""
) -> Method:
    return baseline(
        "Tsetlin machine",
        f"{clauses} clauses a class, T {threshold}, s {s:g}, {epochs} epochs{rows}",
        baselines.Tsetlin,
        {"clauses": clauses, "threshold": threshold, "s": s, "epochs": epochs},
        most=most,
    )


def _simple() -> list[Method]:
    """The baselines that are the same in every table."""
    return [
        baseline("naive Bayes", "of boolean features", baselines.bayes),
        baseline("logistic regression", "C 1", baselines.logistic),
    ]


def _small(tree: str, svm: str, trees: Sequence[int | None], cs: Sequence[float]) -> list[Method]:
    """The baselines of small tables, but for the Tsetlin machine."""
    return [
        baseline("decision tree", tree, baselines.tree, *({"depth": depth} for depth in trees)),
        baseline("SVM", f"Gaussian kernel, {svm}", baselines.svm, *({"c": c} for c in cs)),
        *_simple(),
        baseline(
            "MLP", "50 hidden units, 200 epochs", baselines.mlp, {"hidden": 50, "epochs": 200}
        ),
    ]


METHODS: Mapping[str, Sequence[Method]] = {
    "noisy-xor": [
        net("∂B net, recipe noisy-xor", "voting conjunctions", load("noisy-xor").recipe),
        net("∂B net of the paper", "150 epochs, batch 500, RAdam 0.03", NOISY_XOR_PAPER),
        *_small("depth 4, 8 or any", "C 10 or 1", (None, 8, 4), (10.0, 1.0)),
        _tsetlin(20, 15, 3.9, 200),
    ],
    "binary-iris": [
        net("∂B net, recipe binary-iris", "look-up tables", load("binary-iris").recipe),
        net("∂B net of the paper", "1000 epochs, batch 60, RAdam 0.01", BINARY_IRIS_PAPER),
        *_small("any depth", "C 10", (None,), (10.0,)),
        _tsetlin(50, 10, 3.0, 50),
    ],
    "mnist": [
        net("∂B net, recipe mnist-paper", "the paper's net", load("mnist-paper").recipe),
        net("∂B net, recipe mnist-3k", "look-up tables", load("mnist-3k").recipe),
        baseline("decision tree", "any depth", baselines.tree),
        baseline(
            "SVM", "Gaussian kernel, C 10, 10,000 rows", baselines.svm, {"c": 10.0}, most=10_000
        ),
        *_simple(),
        baseline(
            "MLP", "100 hidden units, 20 epochs", baselines.mlp, {"hidden": 100, "epochs": 20}
        ),
        _tsetlin(200, 50, 10.0, 5, 20_000, " of 20,000 rows"),
    ],
}
"""From an experiment's name to what is compared there."""
