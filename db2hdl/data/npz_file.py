"""Read an NPZ file of features and labels, without pickle."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from db2hdl.data.csv_file import check_names
from db2hdl.exact_numbers import as_values
from db2hdl_hw.errors import InputError, unknown

MOST_BYTES = 1 << 31
"""Arrays that unpack to more than this are refused."""

_UNREADABLE = (
    *(ValueError, OSError, EOFError, MemoryError, OverflowError, zipfile.BadZipFile, zlib.error),
    *(NotImplementedError, RuntimeError, SyntaxError, TypeError, KeyError, struct.error),
)
"""What zipfile and NumPy raise at damaged files; passwords and old ways of packing, too."""


@dataclass(frozen=True)
class Arrays:
    """An NPZ file: features ``x`` [rows, columns] with names, and the other arrays."""

    source: str
    names: tuple[str, ...]
    x: NDArray[Any]
    others: Mapping[str, NDArray[Any]]
    named: bool
    class_names: tuple[str, ...] | None

    def place(self, row: int, column: int) -> str:
        """Return where a value is, as an error message says it."""
        return f"{self.source}, X row {row}, column {self.names[column]!r}"

    def labels(self, name: str) -> list[str]:
        """Return the label of each row as text; a whole number has no decimal point.

        Raises
        ------
        InputError
            If there is no such array, it has not one label a row, or a label is NaN.
        """
        if name not in self.others:
            raise unknown("label array", name, self.others)
        y = self.others[name]
        if y.shape != (len(self.x),):
            raise InputError(
                f"{self.source}: {name} must have the shape [{len(self.x)}], not {list(y.shape)}"
            )
        if y.dtype.kind in "biu":
            return [str(int(v)) for v in y]
        if y.dtype.kind == "f":
            if not np.isfinite(y).all():
                row = int(np.argmin(np.isfinite(y)))
                raise InputError(f"{self.source}, {name} row {row}: the label is {y[row]}")
            return [str(int(v)) if v == int(v) else str(v) for v in y.tolist()]
        return _texts(y, name, self.source)


def parse_npz(data: bytes, source: str) -> Arrays:
    """Return the arrays of an NPZ file: ``X``, labels, ``feature_names``, ``class_names``.

    Raises
    ------
    InputError
        If it is no NPZ file, needs pickle, is too large, or the arrays do not fit together.
    """
    arrays = _load(data, source)
    if "X" not in arrays:
        held = ", ".join(sorted(arrays)[:20]) or "nothing"
        raise InputError(f"{source}: has no array X of features; it holds {held}")
    x = arrays.pop("X")
    if x.ndim != 2 or x.dtype.kind not in "biuf":
        raise InputError(
            f"{source}: X must be a table of numbers [rows, columns], not {x.dtype} {list(x.shape)}"
        )
    if not x.size:
        raise InputError(f"{source}: X is empty, {list(x.shape)}")
    named = arrays.pop("feature_names", None)
    if named is None:
        names = tuple(f"x{i}" for i in range(x.shape[1]))
    else:
        names = tuple(_texts(named, "feature_names", source))
    if len(names) != x.shape[1]:
        raise InputError(f"{source}: {len(names)} feature_names, but X has {x.shape[1]} columns")
    check_names(names, source)
    class_array = arrays.pop("class_names", None)
    classes = None
    if class_array is not None:
        classes = tuple(_texts(class_array, "class_names", source))
        if len(set(classes)) != len(classes):
            raise InputError(f"{source}: class_names must differ from each other")
    return Arrays(source, names, as_values(x), arrays, named is not None, classes)


def _load(data: bytes, source: str) -> dict[str, NDArray[Any]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > MOST_BYTES:
            raise InputError(f"{source}: unpacks to {size} bytes, at most {MOST_BYTES} are read")
        with np.load(io.BytesIO(data), allow_pickle=False) as loaded:
            return {name: loaded[name] for name in loaded.files}
    except _UNREADABLE as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{source}: not a readable NPZ file: {error}") from None


def _texts(array: NDArray[Any], what: str, source: str) -> list[str]:
    if array.ndim != 1 or array.dtype.kind not in "US":
        raise InputError(
            f"{source}: {what} must be a list of texts, not {array.dtype} {list(array.shape)}"
        )
    if array.dtype.kind == "S":
        return [v.decode("utf-8", "replace") for v in array.tolist()]
    return [str(v) for v in array.tolist()]
