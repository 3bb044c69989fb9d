"""The built-in problems: noisy XOR, iris and breast cancer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from db2hdl.data.columns import check_input_bits
from db2hdl.data.dataset import Dataset, check_seed, split_table
from db2hdl.data.table import Table
from db2hdl_hw.errors import ToolError, unknown

XOR_BITS = 12
XOR_ROWS = 5000
XOR_NOISE = 0.4


def noisy_xor(seed: int = 0) -> tuple[Table, Table]:
    """Return training and test rows of noisy XOR.

    Each row has 12 random bits; its label is ``x0 xor x1``. Of 5,000 training rows exactly 40 %
    have the label inverted; 5,000 test rows are clean. Bits and polarity are those of the
    paper's files (arXiv 2305.07315, experiments).

    Parameters
    ----------
    seed : int, 0..2**32 - 1
    """
    check_seed(seed)
    random = np.random.default_rng([seed, XOR_BITS])
    tables = []
    for name, noise in (("training", XOR_NOISE), ("test", 0.0)):
        bits = random.integers(0, 2, (XOR_ROWS, XOR_BITS))
        labels = bits[:, 0] ^ bits[:, 1]
        inverted = random.permutation(XOR_ROWS)[: round(noise * XOR_ROWS)]
        labels[inverted] ^= 1
        names = tuple(f"x{i}" for i in range(XOR_BITS))
        values = bits.astype(np.float64)
        tables.append(Table(f"noisy-xor {name}", names, values, labels, ("0", "1")))
    return tables[0], tables[1]


def _load_noisy_xor(seed: int, input_bits: int) -> Dataset:
    train, test = noisy_xor(seed)
    return split_table(train, seed, input_bits, test=test)


def _load_iris(seed: int, input_bits: int) -> Dataset:
    return split_table(_bundled("iris"), seed, input_bits)


def _load_breast_cancer(seed: int, input_bits: int) -> Dataset:
    return split_table(_bundled("breast_cancer"), seed, input_bits)


def _bundled(name: str) -> Table:
    """Return a table that comes with scikit-learn."""
    try:
        from sklearn import datasets
    except ImportError:
        raise ToolError("scikit-learn is not installed; pip install 'db2hdl[train]'") from None
    bunch: Any = getattr(datasets, f"load_{name}")()
    return Table(
        source=name,
        names=tuple(str(n) for n in bunch.feature_names),
        values=np.asarray(bunch.data, dtype=np.float64),
        labels=np.asarray(bunch.target, dtype=np.int64),
        classes=tuple(str(n) for n in bunch.target_names),
    )


PROBLEMS: Mapping[str, Callable[[int, int], Dataset]] = {
    "noisy-xor": _load_noisy_xor,
    "iris": _load_iris,
    "breast-cancer": _load_breast_cancer,
}
"""From a problem's name to its loader, which takes the seed and the input bits."""


def load_problem(name: str, seed: int = 0, input_bits: int = 8) -> Dataset:
    """Return the dataset of a built-in problem.

    Parameters
    ----------
    name : str
        "noisy-xor", "iris" or "breast-cancer".
    seed : int, 0..2**32 - 1
        Of the split, and of the generated rows of noisy-xor.
    input_bits : int, 1..16
        The code width of real columns.

    Raises
    ------
    InputError
        On an unknown problem (suggests the nearest), a bad seed or width.
    ToolError
        If scikit-learn is not installed.
    """
    if name not in PROBLEMS:
        raise unknown("problem", name, PROBLEMS)
    check_seed(seed)
    check_input_bits(input_bits)
    return replace(PROBLEMS[name](seed, input_bits), name=name)
