"""The built-in problems: noisy XOR, toys, and data sets that come with scikit-learn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from db2hdl.data.columns import check_input_bits
from db2hdl.data.dataset import Dataset, Split, check_seed, split_parts, split_table
from db2hdl.data.idx import Images, pixel_features
from db2hdl.data.table import Table
from db2hdl.features import encode_rows
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


def binary_iris() -> Table:
    """Return the iris data with each length in four bits: 150 rows, 20 of them different.

    Bits 4f..4f+3 are ``floor(length / 1.6)`` in binary, the most significant first; the paper and
    the literature on Tsetlin machines use the data so. One row differs from scikit-learn's: the
    UCI file they started from has 3.1 cm where the original publication has 3.6.
    """
    iris = _bundled("iris")
    lengths = iris.values.copy()
    lengths[37, 1] = 3.1
    codes = np.rint(lengths * 10).astype(np.int64) // 16  # in millimetres: 4.8 / 1.6 is exactly 3
    bits = (codes[:, :, None] >> np.arange(3, -1, -1)) & 1
    names = tuple(f"{name} {8 >> i}" for name in iris.names for i in range(4))
    values = bits.reshape(len(codes), -1).astype(np.float64)
    return Table("binary-iris", names, values, iris.labels, iris.classes)


def _load_binary_iris(seed: int, input_bits: int) -> Dataset:
    return split_table(binary_iris(), seed, input_bits)


CLOTHES = ("very cold", "cold", "warm", "very warm", "outside")
"""The inputs of the toy problem: four temperatures, one of which is high, and the place."""

_COAT = {(0, 0): 6, (0, 1): 9, (1, 0): 9, (1, 1): 6, (3, 1): 9}
_T_SHIRT = {(2, 0): 6, (2, 1): 9, (3, 0): 6}
"""(temperature, outside): rows of the paper's file."""


def toy_clothes() -> Table:
    """Return the paper's toy problem: 60 rows, 8 different ones; class 1 wears a coat."""
    rows, labels = [], []
    for label, cases in enumerate((_T_SHIRT, _COAT)):
        for (temperature, outside), count in cases.items():
            row = [float(i == temperature) for i in range(4)] + [float(outside)]
            rows += [row] * count
            labels += [label] * count
    classes = ("t-shirt", "coat")
    return Table("toy-clothes", CLOTHES, np.array(rows), np.array(labels, np.int64), classes)


def toy_outside() -> Table:
    """Return the paper's smallest toy problem: 20 rows; whoever is outside wears a coat."""
    values = np.repeat([[0.0], [1.0]], [11, 9], axis=0)
    labels = values[:, 0].astype(np.int64)
    return Table("toy-outside", ("outside",), values, labels, ("t-shirt", "coat"))


def _load_toy_clothes(seed: int, input_bits: int) -> Dataset:
    return split_table(toy_clothes(), seed, input_bits)


def _load_toy_outside(seed: int, input_bits: int) -> Dataset:
    return split_table(toy_outside(), seed, input_bits)


def _load_digits(seed: int, input_bits: int) -> Dataset:
    """Return scikit-learn's digits: images of 8 x 8 pixels in four bits; 16, the last grey, is 15.

    The width of the codes does not depend on ``input_bits``.
    """
    table, side = _bundled("digits"), 8
    features = pixel_features(side, side, 4)
    codes = encode_rows(features, table.values).astype(np.uint16)
    part = split_parts(table, np.random.default_rng(seed))
    train, validation, test = (Split(codes[part == i], table.labels[part == i]) for i in range(3))
    return Images(
        name="digits",
        features=tuple(features),
        classes=table.classes,
        train=train,
        validation=validation,
        test=test,
        height=side,
        width=side,
    )


PROBLEMS: Mapping[str, Callable[[int, int], Dataset]] = {
    "noisy-xor": _load_noisy_xor,
    "iris": _load_iris,
    "breast-cancer": _load_breast_cancer,
    "binary-iris": _load_binary_iris,
    "digits": _load_digits,
    "toy-clothes": _load_toy_clothes,
    "toy-outside": _load_toy_outside,
}
"""From a problem's name to its loader, which takes the seed and the input bits."""


def load_problem(name: str, seed: int = 0, input_bits: int = 8) -> Dataset:
    """Return the dataset of a built-in problem.

    Parameters
    ----------
    name : str
        A key of ``PROBLEMS``.
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
