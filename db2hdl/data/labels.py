"""Label columns: which texts are missing labels, and which spellings are one class."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from db2hdl_hw.errors import InputError

MOST_CLASSES = 256
"""A label column with more different values is taken for a real-valued one and refused."""

MISSING = frozenset(
    ("", "na", "n/a", "#n/a", "<na>", "nan", "nat", "null", "none", "nil", "?", "(null)")
)
"""Texts, in lower case, that programs write for a label that is not there."""

_DECIMAL = re.compile(r"([-+]?)0*(\d+?)(?:\.(\d*?)0*)?", re.ASCII)


def number_labels(
    cells: Sequence[str], source: str, place: Callable[[int], str]
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return class indices and class names of label texts.

    Spellings of one number (1, 1.0, 01) are one class, called by its shortest spelling where
    there are several. Classes are in numeric order if all are numbers, else in alphabetical order.

    Parameters
    ----------
    cells : texts
    source : str
        The file.
    place : callable
        ``place(row)`` says where a label is.

    Raises
    ------
    InputError
        If a label is missing, there are more than 256 classes, or two are one number in spellings
        that are not plain decimals (1 and 1e0).
    """
    keys = [key_of(cell) for cell in cells]
    _check_missing(keys, cells, place)
    found: dict[str, set[str]] = {}
    for key, cell in zip(keys, cells, strict=True):
        found.setdefault(key, set()).add(cell.strip())
    if len(found) > MOST_CLASSES:
        raise InputError(
            f"{source}: the label has {len(found)} different values, at most {MOST_CLASSES} are "
            "possible; choose a column of classes"
        )
    _check_numbers(keys, place)
    try:
        order = sorted(found, key=lambda name: (float(name), name))
    except ValueError:
        order = sorted(found)
    index = {key: i for i, key in enumerate(order)}
    names = tuple(min(found[key]) if len(found[key]) == 1 else key for key in order)
    return np.array([index[key] for key in keys], dtype=np.int64), names


def key_of(label: str) -> str:
    """Return what is the same for all spellings of a label: plain decimals without idle zeros."""
    text = label.strip()
    parts = _DECIMAL.fullmatch(text)
    if parts is None:
        return text
    sign, whole, rest = parts.groups()
    value = f"{whole}.{rest}" if rest else whole
    return f"-{value}" if sign == "-" and value != "0" else value


def match_classes(names: Sequence[str], classes: Sequence[str]) -> list[int | None]:
    """Return the index among ``classes`` of each name, in any spelling; None if it is none."""
    exact: Mapping[str, int] = {name: i for i, name in enumerate(classes)}
    same: Mapping[str, int] = {key_of(name): i for i, name in enumerate(classes)}
    return [exact.get(name, same.get(key_of(name))) for name in names]


def _check_missing(keys: Sequence[str], cells: Sequence[str], place: Callable[[int], str]) -> None:
    missing = [row for row, key in enumerate(keys) if key.lower() in MISSING]
    if not missing:
        return
    cell = cells[missing[0]].strip()
    said = f"{cell!r} is a missing label" if cell else "empty label"
    many = f" ({len(missing)} rows have none)" if len(missing) > 1 else ""
    raise InputError(
        f"{place(missing[0])}: {said}{many}; fill it in or remove the row"
        + ("; if it is a class, give it another name" if cell else "")
    )


def _check_numbers(keys: Sequence[str], place: Callable[[int], str]) -> None:
    """Refuse two classes that are the same number."""
    first: dict[str, int] = {}
    for row, key in enumerate(keys):
        first.setdefault(key, row)
    seen: dict[float, str] = {}
    for key, row in first.items():
        try:
            value = float(key)
        except ValueError:
            continue
        plain = _DECIMAL.fullmatch(key) and _DECIMAL.fullmatch(seen.get(value, key))
        if value in seen and not plain:
            raise InputError(
                f"{place(row)}: {key!r} and {seen[value]!r} are the same number; write one of them"
            )
        seen[value] = key
