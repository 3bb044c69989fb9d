"""Datasets: rows of integer codes with labels, split into training, validation and test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from db2hdl.data.columns import fit_features, merged_values
from db2hdl.data.labels import match_classes
from db2hdl.data.table import Table
from db2hdl.exact_numbers import Values
from db2hdl.features import Feature, encode_rows
from db2hdl_hw.errors import InputError

MOST_SEED = (1 << 32) - 1


@dataclass(frozen=True)
class Split:
    """Some rows: codes uint16 [rows, features] and labels int64 [rows]."""

    codes: NDArray[np.uint16]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Dataset:
    """What a net is trained, chosen and tested on.

    Attributes
    ----------
    name : str
        The problem or the file.
    features : tuple of Feature
    classes : tuple of str
        Class c is label c.
    train, validation, test : Split
        The test rows are used for nothing but the final figures.
    sha256 : tuple of str
        Of the files it was read from.
    notes : tuple of str
        What a user should know about the coding: values that share a code.
    """

    name: str
    features: tuple[Feature, ...]
    classes: tuple[str, ...]
    train: Split
    validation: Split
    test: Split
    sha256: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def check_seed(seed: int) -> None:
    """Refuse a seed outside 0..2**32 - 1.

    Raises
    ------
    InputError
        Says the range.
    """
    if not 0 <= seed <= MOST_SEED:
        raise InputError(f"seed must be 0..{MOST_SEED}, not {seed}")


def split_table(
    table: Table,
    seed: int = 0,
    input_bits: int = 8,
    test: Table | None = None,
    validation_share: float = 0.2,
    test_share: float = 0.2,
) -> Dataset:
    """Return a dataset from a table, split at random within each class.

    Of each class with at least three rows every part gets at least one; classes with fewer are
    in the training rows alone. Real columns are coded by the range of the training rows.

    Parameters
    ----------
    table : Table
    seed : int, 0..2**32 - 1
    input_bits : int, 1..16
        The code width of real columns.
    test : Table, optional
        Test rows of their own; then the table is split into training and validation rows only.
    validation_share, test_share : float
        Of all rows of the table.

    Raises
    ------
    InputError
        On a bad seed or width, too few rows, or a test table of other columns or classes.
    """
    check_seed(seed)
    random = np.random.default_rng(seed)
    part = split_parts(table, random, validation_share, 0.0 if test is not None else test_share)
    training, validation, testing = (np.flatnonzero(part == i) for i in range(3))
    test_values, test_labels = table.values[testing], table.labels[testing]
    values = table.values
    if test is not None:
        test_values, test_labels = test.values[:, _same_columns(table, test)], _labels(table, test)
        values = np.concatenate([values, test_values])
    features = fit_features(table.names, values, training, input_bits)

    notes = merged_values(features, table.values[training])

    def split(values: Values, labels: NDArray[np.int64]) -> Split:
        return Split(encode_rows(features, values).astype(np.uint16), labels)

    return Dataset(
        name=table.source,
        features=features,
        classes=table.classes,
        train=split(table.values[training], table.labels[training]),
        validation=split(table.values[validation], table.labels[validation]),
        test=split(test_values, test_labels),
        sha256=tuple(t.sha256 for t in (table, test) if t is not None and t.sha256),
        notes=table.notes + notes,
    )


def split_parts(
    table: Table,
    random: np.random.Generator,
    validation_share: float = 0.2,
    test_share: float = 0.2,
) -> NDArray[np.int64]:
    """Return 0 (training), 1 (validation) or 2 (test) for each row, at random in each class.

    Raises
    ------
    InputError
        If there are too few rows.
    """
    part = np.zeros(len(table.labels), dtype=np.int64)
    for label in range(len(table.classes)):
        rows = random.permutation(np.flatnonzero(table.labels == label))
        if len(rows) < 3:
            continue
        validation = max(1, round(len(rows) * validation_share))
        test = max(1, round(len(rows) * test_share)) if test_share else 0
        part[rows[:validation]] = 1
        part[rows[validation : validation + test]] = 2
    missing = 1 not in part or (bool(test_share) and 2 not in part)
    if missing or 0 not in part:
        raise InputError(
            f"{table.source}: {len(part)} rows are too few to split into training, validation "
            "and test rows; some class needs at least 3"
        )
    return part


def _same_columns(table: Table, test: Table) -> list[int]:
    index = {name: i for i, name in enumerate(test.names)}
    for name in table.names:
        if name not in index:
            raise InputError(f"{test.source}: the column {name!r} of {table.source} is missing")
    return [index[name] for name in table.names]


def _labels(table: Table, test: Table) -> NDArray[np.int64]:
    found = match_classes(test.classes, table.classes)
    if None in found:
        name = test.classes[found.index(None)]
        raise InputError(f"{test.source}: {table.source} has no class {name!r}")
    return np.array(found, dtype=np.int64)[test.labels]
