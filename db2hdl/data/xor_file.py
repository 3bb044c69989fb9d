"""Read tables of 0 and 1 separated by blanks, without a header: the noisy XOR files."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np

from db2hdl.data.columns import check_values
from db2hdl.data.csv_file import decode, read_bytes
from db2hdl.data.labels import number_labels
from db2hdl.data.table import Table
from db2hdl_hw.errors import InputError


def read_noisy_xor(path: str | os.PathLike[str]) -> Table:
    """Return the table in a file of the paper's noisy XOR and binary iris format.

    One row a line: columns of 0 and 1 separated by blanks, the label last. The features are
    named x0, x1, …

    Raises
    ------
    InputError
        If the file is missing or empty, a line has another number of columns, or a feature is
        not 0 or 1; names the line.
    """
    data = read_bytes(Path(path))
    source = str(path)
    lines = decode(data, source).splitlines()
    rows = [(number, line.split()) for number, line in enumerate(lines, start=1) if line.strip()]
    width = len(rows[0][1])
    for number, row in rows:
        if len(row) != width:
            raise InputError(
                f"{source}, line {number}: {len(row)} columns, but the first line has {width}"
            )
    try:
        values = np.array([row[:-1] for _, row in rows], dtype=np.float64)
    except ValueError:
        raise InputError(f"{source}: only 0 and 1 separated by blanks can be read") from None
    check_values(
        values,
        np.ones(width - 1, dtype=bool),
        lambda row, column: f"{source}, line {rows[row][0]}, column {column + 1}",
    )
    labels, classes = number_labels(
        [row[-1] for _, row in rows], source, lambda row: f"{source}, line {rows[row][0]}"
    )
    names = tuple(f"x{i}" for i in range(width - 1))
    return Table(source, names, values, labels, classes, hashlib.sha256(data).hexdigest())
