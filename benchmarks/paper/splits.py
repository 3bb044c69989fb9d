"""The three experiments: which rows a seed trains on, chooses by, and is tested on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np

from db2hdl.data import Dataset, noisy_xor, read_noisy_xor, split_table
from db2hdl.data.dataset import Split
from db2hdl.data.idx import Images, read_image_folder
from db2hdl.data.problems import binary_iris
from db2hdl.features import Feature


@dataclass(frozen=True)
class Experiment:
    """One experiment of the paper.

    ``runs`` is how many seeds the paper (or, for MNIST, time) asks for; ``share`` is how many runs
    one of ``SEEDS=`` stands for.
    """

    name: str
    about: str
    runs: int
    share: float
    load: Callable[[Path, int], Dataset]
    folder: str = ""

    def source(self, data: Path) -> str:
        """Return what the rows come from: a hash of the files, or that they are made."""
        files = sorted((data / self.folder).glob("*")) if self.folder else []
        if not files:
            return "made"
        return sha256(
            b"".join(file.name.encode() + file.read_bytes() for file in files)
        ).hexdigest()


def noisy_xor_rows(data: Path, seed: int) -> Dataset:
    """The paper's files if they are there, else generated ones; a fifth of them validates."""
    folder = data / "noisy_xor"
    if folder.is_dir():
        train = read_noisy_xor(folder / "NoisyXORTrainingData.txt")
        test = read_noisy_xor(folder / "NoisyXORTestData.txt")
    else:
        train, test = noisy_xor(0)
    return split_table(train, seed, test=test)


def binary_iris_rows(data: Path, seed: int) -> Dataset:
    """120 rows train, 30 test, at random as in the paper; all that trains also validates.

    There are 20 different rows, so that holding rows back to choose by would cost more than
    it tells; nothing is chosen by test rows.
    """
    table = binary_iris()
    order = np.random.default_rng(seed).permutation(len(table.labels))
    codes = table.values.astype(np.uint16)
    train, test = (Split(codes[rows], table.labels[rows]) for rows in (order[:120], order[120:]))
    features = tuple(Feature(name) for name in table.names)
    return Dataset("binary-iris", features, table.classes, train, train, test)


@cache
def _mnist(data: Path, seed: int) -> Images:
    return read_image_folder(data / "mnist", seed)


EXPERIMENTS = {
    one.name: one
    for one in (
        Experiment(
            "noisy-xor",
            "5,000 training rows of which 40 % have a wrong label, 5,000 clean test rows",
            100,
            1,
            noisy_xor_rows,
            "noisy_xor",
        ),
        Experiment(
            "binary-iris",
            "150 rows of 16 bits, 20 of them different; 120 train, 30 test",
            1000,
            50,
            binary_iris_rows,
        ),
        Experiment(
            "mnist",
            "55,000 training, 5,000 validation and 10,000 test images",
            5,
            0.05,
            _mnist,
            "mnist",
        ),
    )
}
