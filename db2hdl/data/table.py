"""Tables of numbers with a label column, read from CSV or NPZ files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from db2hdl.data.columns import check_values, declared
from db2hdl.data.csv_file import TextColumns, check_header, no_header, parse_csv, read_bytes
from db2hdl.data.labels import number_labels
from db2hdl.data.npz_file import Arrays, parse_npz
from db2hdl.exact_numbers import Values
from db2hdl.features import Feature
from db2hdl_hw.errors import InputError, unknown


@dataclass(frozen=True)
class Table:
    """Rows of feature values, each with a class.

    Attributes
    ----------
    source : str
        The name of the file, for messages and provenance.
    names : tuple of str
        Feature names, untouched.
    values : float64 [rows, features]
        Finite; text such as true and no has become 1 and 0. Of objects, floats and integers, if
        there are whole numbers that float64 cannot hold.
    labels : int64 [rows]
        Indices into ``classes``.
    classes : tuple of str
        In numeric order if all are numbers, else in alphabetical order; see ``labels``.
    sha256 : str
        Of the file, in hex.
    notes : tuple of str
        What a user should know about how the file was read.
    """

    source: str
    names: tuple[str, ...]
    values: Values
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    sha256: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.labels), len(self.names)):
            raise InputError(
                f"{self.source}: values must have the shape "
                f"[{len(self.labels)}, {len(self.names)}], not {list(self.values.shape)}"
            )
        if not self.names:
            raise InputError(f"{self.source}: there is no column beside the label")
        if len(self.classes) < 2:
            raise InputError(
                f"{self.source}: every label is {''.join(self.classes)!r}; "
                "training needs at least two classes"
            )


def read_table(
    path: str | os.PathLike[str], label: str | None = None, bits: Collection[str] = ()
) -> Table:
    """Return the table in a CSV or NPZ file.

    A CSV file has a header; the delimiter (comma, semicolon, tab) is found out. An NPZ file
    (by its suffix) holds ``X`` [rows, features], ``y`` [rows], and optionally ``feature_names``
    and ``class_names`` (then ``y`` has indices).

    Parameters
    ----------
    path : path
    label : str, optional
        The label column; of an NPZ file the label array, ``y`` unless given.
    bits : names, optional
        Columns that must be boolean.

    Raises
    ------
    InputError
        If the file is missing, empty, uneven, has NaN, text or empty cells in a feature column,
        a value other than 0 and 1 in a declared bit column, no such label, or one class only.
        Says which line and column.
    """
    file = Path(path)
    data = read_bytes(file)
    digest = hashlib.sha256(data).hexdigest()
    if file.suffix.lower() == ".npz":
        arrays = parse_npz(data, str(path))
        check_values(arrays.x, declared(bits, arrays.names), arrays.place)
        labels, classes = _npz_labels(arrays, label or "y")
        return Table(str(path), arrays.names, arrays.x, labels, classes, digest)
    return _csv_table(parse_csv(data, str(path)), label, bits, digest)


def _csv_table(text: TextColumns, label: str | None, bits: Collection[str], digest: str) -> Table:
    if label is None:
        raise InputError(f"{text.source}: say which column is the label: --label NAME")
    if label not in text.names:
        raise no_header(text) or unknown("label column", label, text.names)
    if label in bits:
        raise InputError(f"column {label!r} is the label; it cannot be a bit column, too")
    where = text.names.index(label)
    chosen = [i for i in range(len(text.names)) if i != where]
    names = tuple(text.names[i] for i in chosen)
    if not names:
        raise InputError(f"{text.source}: there is no column beside the label {label!r}")
    notes = check_header(text, where)
    labels, classes = number_labels(
        text.columns[where], text.source, lambda row: text.place(row, where)
    )
    values = _text_values(text, chosen, declared(bits, names))
    return Table(text.source, names, values, labels, classes, digest, notes)


def _text_values(text: TextColumns, chosen: Sequence[int], bit: NDArray[np.bool_]) -> Values:
    columns = [text.numbers(column) for column in chosen]
    exact = any(column.dtype == object for column in columns)
    values = np.empty((len(text.lines), len(chosen)), object if exact else np.float64)
    for i, column_values in enumerate(columns):
        values[:, i] = column_values.tolist() if exact else column_values
    check_values(values, bit, lambda row, i: text.place(row, chosen[i]))
    return values


def _npz_labels(arrays: Arrays, label: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    y = arrays.labels(label)

    def place(row: int) -> str:
        return f"{arrays.source}, {label} row {row}"

    if arrays.class_names is None:
        return number_labels(y, arrays.source, place)
    classes = arrays.class_names
    known = {str(i): i for i in range(len(classes))}
    for row, cell in enumerate(y):
        if cell not in known:
            raise InputError(
                f"{arrays.source}, {label} row {row}: {cell!r} is no index of class_names, "
                f"0..{len(classes) - 1}"
            )
    labels = np.array([known[cell] for cell in y], dtype=np.int64)
    if len(np.unique(labels)) < 2:
        return number_labels(y, arrays.source, place)
    number_labels([classes[i] for i in labels], arrays.source, place)
    return labels, classes


def read_rows(path: str | os.PathLike[str], features: Sequence[Feature]) -> Values:
    """Return rows of values [rows, features] for a trained net from a CSV or NPZ file.

    Columns are found by name, in any order; others (such as the label) are ignored. An NPZ file
    without ``feature_names`` has the net's columns in order.

    Raises
    ------
    InputError
        As `read_table`, or if a column that the net reads is missing.
    """
    file = Path(path)
    data = read_bytes(file)
    bit = np.array([feature.kind == "bit" for feature in features], dtype=bool)
    if file.suffix.lower() == ".npz":
        arrays = parse_npz(data, str(path))
        named = arrays.names if arrays.named else tuple(f.name for f in features)
        if len(named) != arrays.x.shape[1]:
            raise InputError(
                f"{path}: X has {arrays.x.shape[1]} columns, but the net reads {len(features)}"
            )
        chosen = _find_columns(named, features, str(path))
        values = np.ascontiguousarray(arrays.x[:, chosen])
        check_values(values, bit, lambda row, i: arrays.place(row, chosen[i]))
        return values
    text = parse_csv(data, str(path))
    return _text_values(text, _find_columns(text.names, features, str(path)), bit)


def _find_columns(names: Sequence[str], features: Sequence[Feature], source: str) -> list[int]:
    index = {name: i for i, name in enumerate(names)}
    for feature in features:
        if feature.name not in index:
            raise InputError(f"{source}: the net reads the column {feature.name!r}; it is missing")
    return [index[feature.name] for feature in features]
