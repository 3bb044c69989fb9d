"""What a training gives: the hard net, how well it does, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from db2hdl import nn
from db2hdl.data import Dataset, Split
from db2hdl.harden import compare, harden
from db2hdl.hardnet import HardNet
from db2hdl.model_file import Model
from db2hdl_hw.errors import MismatchError

ROWS_AT_ONCE = 1024


@dataclass(frozen=True)
class TrainingResult:
    """A hardened net with its figures on the test rows.

    Attributes
    ----------
    net : Module
        The soft net, in its best state.
    model : Model
        The hard net with coded test rows and provenance; ``db2hdl.save(path, result.model)``.
    dataset : Dataset
    soft_accuracy, hard_accuracy : float
        Of the soft net and of the hard net on the test rows; equal if no bit differs.
    bits_different : int
        In how many bits of any layer soft and hard net differ on the test rows: 0.
    bits_compared : int
        How many bits of the class head were compared: rows times bits.
    confusion : int [classes, classes]
        Test rows by class (first axis) and class found by the hard net (second axis).
    """

    net: torch.nn.Module
    model: Model
    dataset: Dataset
    soft_accuracy: float
    hard_accuracy: float
    bits_different: int
    bits_compared: int
    confusion: NDArray[np.int64]

    @property
    def hard(self) -> HardNet:
        """Return the hard net."""
        return self.model.hard

    def summary(self) -> dict[str, Any]:
        """Return the figures as what ``train --json`` prints."""
        return {
            "classes": list(self.dataset.classes),
            "notes": list(self.dataset.notes),
            "test_rows": len(self.dataset.test),
            "soft_accuracy": self.soft_accuracy,
            "hard_accuracy": self.hard_accuracy,
            "bits_different": self.bits_different,
            "bits_compared": self.bits_compared,
            "confusion": self.confusion.tolist(),
            "provenance": dict(self.model.provenance),
        }


def evaluate(
    net: torch.nn.Module, dataset: Dataset, provenance: Mapping[str, Any]
) -> TrainingResult:
    """Harden a trained net, and compare soft with hard in every layer on all test rows.

    Raises
    ------
    MismatchError
        If a bit differs; names the first such layer.
    """
    hard = harden(net, dataset.features, dataset.classes)
    test = dataset.test
    differences = compare(net, hard, test.codes)
    wrong = {name: count for name, count in differences.items() if count}
    if wrong:
        name, count = next(iter(wrong.items()))
        raise MismatchError(
            f"soft and hard net differ in {sum(wrong.values())} bits, {count} of them in layer "
            f"{name}; this is an error of db2hdl, please report it"
        )
    found = _predict(hard, test)
    confusion = np.zeros((len(dataset.classes), len(dataset.classes)), dtype=np.int64)
    np.add.at(confusion, (test.labels, found), 1)
    return TrainingResult(
        net=net,
        model=Model(hard, test.codes, test.labels.astype(np.int32), provenance),
        dataset=dataset,
        soft_accuracy=_soft_accuracy(net, test),
        hard_accuracy=float((found == test.labels).mean()),
        bits_different=sum(differences.values()),
        bits_compared=len(test) * sum(int(np.prod(shape)) for shape in hard.shapes),
        confusion=confusion,
    )


def _predict(hard: HardNet, test: Split) -> NDArray[np.int64]:
    parts = range(0, len(test), ROWS_AT_ONCE)
    return np.concatenate([hard.predict(test.codes[i : i + ROWS_AT_ONCE]) for i in parts])


def _soft_accuracy(net: torch.nn.Module, test: Split) -> float:
    net.eval()
    with torch.no_grad():
        x = nn.net_input(net, test.codes)
        found = torch.cat([net(part).argmax(-1) for part in torch.split(x, ROWS_AT_ONCE)])
    return float((found.cpu().numpy() == test.labels).mean())
