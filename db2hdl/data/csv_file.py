"""Read a CSV file into named columns of text."""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from db2hdl.exact_numbers import EXACT, Values, is_whole, narrowed, number
from db2hdl_hw.errors import InputError
from db2hdl_hw.system.plain_file import check_plain_file

DELIMITERS = ",;\t"
FLOAT_DIGITS = 16
"""Texts of more characters, or with an exponent, may be numbers that float64 merges."""

_THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?")
BOOLEAN_WORDS = {"0": 0.0, "1": 1.0, "false": 0.0, "true": 1.0, "no": 0.0, "yes": 1.0}


@dataclass(frozen=True)
class TextColumns:
    """A CSV file: column names, the cells of each column, and the line each row starts on."""

    source: str
    names: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def place(self, row: int, column: int) -> str:
        """Return where a cell is, as an error message says it."""
        return f"{self.source}, line {self.lines[row]}, column {self.names[column]!r}"

    def numbers(self, column: int) -> Values:
        """Return a column as float64; true/yes count as 1 and false/no as 0.

        A column with whole numbers that float64 cannot hold is one of objects, with integers.

        Raises
        ------
        InputError
            On an empty cell or text, a whole number of more than 64 bits, and two numbers that
            float64 cannot tell apart; names the line and the column.
        """
        cells = self.columns[column]
        try:
            if "_" not in "".join(cells):  # float("1_0") is 10; in a table it is text
                values = np.fromiter(map(float, cells), dtype=np.float64, count=len(cells))
                return self._exact(column, values)
        except ValueError as error:
            if isinstance(error, InputError):
                raise
        words = [cell.strip().lower() for cell in cells]
        if all(word in BOOLEAN_WORDS for word in words):
            return np.array([BOOLEAN_WORDS[word] for word in words])
        raise self._not_a_number(column)

    def _exact(self, column: int, values: NDArray[np.float64]) -> Values:
        """Return a column's floats, or its integers where floats would not tell them apart."""
        cells = self.columns[column]
        if (np.abs(values) >= EXACT).any():
            if all(map(is_whole, cells)):
                return self._integers(column)
            for row in np.flatnonzero(np.abs(values) >= EXACT).tolist():
                if is_whole(cells[row]) and int(cells[row]) != values[row].item():
                    raise InputError(
                        f"{self.place(row, column)}: float64 cannot hold {cells[row].strip()}, and "
                        "the column has fractions, too; subtract a constant from the column"
                    )
        if max(map(len, cells)) > FLOAT_DIGITS or any("e" in c or "E" in c for c in cells):
            self._check_apart(column, values)
        return values

    def _integers(self, column: int) -> Values:
        cells = self.columns[column]
        numbers = np.empty(len(cells), object)
        for row, cell in enumerate(cells):
            try:
                numbers[row] = number(cell)
            except ValueError:
                raise InputError(
                    f"{self.place(row, column)}: {_short(cell.strip())} has more than 64 bits; "
                    "subtract a constant from the column, or leave it out"
                ) from None
        return narrowed(numbers)

    def _check_apart(self, column: int, values: NDArray[np.float64]) -> None:
        """Refuse two numbers of a column that differ, but not as float64."""
        first: dict[float, tuple[Decimal, int]] = {}
        for row, value in enumerate(values.tolist()):
            if not math.isfinite(value):
                continue
            cell = self.columns[column][row]
            said = Decimal(cell.strip())
            before, line = first.setdefault(value, (said, row))
            if before != said:
                raise InputError(
                    f"{self.place(row, column)}: {cell.strip()} and {before} of line "
                    f"{self.lines[line]} differ by less than float64 can tell; round both, or "
                    "subtract a constant from the column"
                )

    def _not_a_number(self, column: int) -> InputError:
        cells = self.columns[column]
        row = next(i for i, cell in enumerate(cells) if not _is_number(cell))
        cell = cells[row].strip()
        where = self.place(row, column)
        if not cell:
            return InputError(f"{where}: empty cell; fill it in or remove the row")
        with_comma = [other.strip() for other in cells if "," in other]
        if cell in with_comma and all(map(_THOUSANDS.fullmatch, with_comma)):
            return InputError(
                f"{where}: {cell!r} has a comma; write {cell.replace(',', '')} if it separates "
                f"thousands, or else {cell.replace(',', '.')}"
            )
        if _is_number(cell.replace(",", ".")):
            return InputError(f"{where}: {cell!r} has a decimal comma; write a decimal point")
        return InputError(
            f"{where}: {_short(cell)} is not a number; correct it, or leave the column out"
        )


def check_header(text: TextColumns, label: int) -> tuple[str, ...]:
    """Refuse a file whose first line is a row; return a note if it may be one.

    Column names that are numbers are years or pixels as often as not; they are refused if the
    label's name is one of the labels, too.

    Raises
    ------
    InputError
        Says what to add.
    """
    names = [name for i, name in enumerate(text.names) if i != label]
    if not all(map(_is_number, names)):
        return ()
    if text.names[label].strip() in {cell.strip() for cell in text.columns[label]}:
        raise InputError(
            f"{text.source}: the first line looks like a row, with the label "
            f"{text.names[label]!r}, not like the names of columns; add a line of names"
        )
    if all(name.strip().isdecimal() for name in names):
        return ()
    return (
        f"{text.source}: the names of the columns are numbers ({names[0]}, …); if the first line "
        "is a row, add a line of names before it",
    )


def no_header(text: TextColumns) -> InputError | None:
    """Return the error of a file in which most names of columns are numbers with a point."""
    numbers = [name for name in text.names if _is_number(name)]
    if len(numbers) < max(1, len(text.names) - 1) or all(n.strip().isdecimal() for n in numbers):
        return None
    return InputError(
        f"{text.source}: the first line looks like a row ({', '.join(text.names[:4])}), not like "
        "the names of columns; add a line of names"
    )


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")


def read_bytes(path: Path) -> bytes:
    """Return the content of a data file.

    Raises
    ------
    InputError
        If it is missing, no plain file, not readable or empty.
    """
    check_plain_file(path)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    if not data.strip():
        raise InputError(f"{path}: the file is empty")
    return data


def decode(data: bytes, source: str) -> str:
    """Return UTF-8 text, without a byte-order mark.

    Raises
    ------
    InputError
        On other encodings and binary data.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{source}: byte {error.start} is not UTF-8; save it as UTF-8") from None
    if "\0" in text:
        raise InputError(f"{source}: contains NUL bytes, so it is not a text table")
    return text


def parse_csv(data: bytes, source: str) -> TextColumns:
    """Return the columns of a CSV file with a header row.

    The delimiter is a comma, semicolon or tab, whichever splits the header and the rows after it
    evenly. Fields may be quoted with ``"``; blank lines are skipped; a byte-order mark and any
    line ends are accepted.

    Raises
    ------
    InputError
        On rows of uneven length, a missing, repeated or empty column name, or no rows.
    """
    text = decode(data, source)
    rows, lines = _records(text, _delimiter(text), source)
    if not rows:
        raise InputError(f"{source}: the file is empty")
    names = tuple(rows[0])
    check_names(names, source)
    if len(rows) == 1:
        raise InputError(f"{source}: there are no rows below the header")
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(names):
            raise InputError(
                f"{source}, line {line}: {len(row)} cells, but the header has {len(names)} columns"
            )
    columns = tuple(zip(*rows[1:], strict=True))
    return TextColumns(source, names, columns, tuple(lines[1:]))


def _delimiter(text: str) -> str:
    """Return the delimiter which gives most columns, preferring evenly split rows."""

    def rank(delimiter: str) -> tuple[bool, int]:
        sample = io.StringIO(text, newline="")
        reader = csv.reader(sample, delimiter=delimiter, skipinitialspace=True)
        try:
            widths = [len(row) for row, _ in zip(reader, range(20), strict=False) if row]
        except csv.Error:
            return (False, 0)
        return (widths[0] > 1 and len(set(widths)) == 1, widths[0]) if widths else (False, 0)

    return max(DELIMITERS, key=rank)


def _records(text: str, delimiter: str, source: str) -> tuple[list[list[str]], list[int]]:
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True
    )
    rows: list[list[str]] = []
    lines: list[int] = []
    line = 1
    try:
        for row in reader:
            if row and row != [""]:
                rows.append(row)
                lines.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{source}, line {line}: {error}") from None
    return rows, lines


def check_names(names: Sequence[str], source: str) -> None:
    """Refuse column names that are empty or appear twice.

    Raises
    ------
    InputError
        Says which, and where.
    """
    for position, name in enumerate(names, start=1):
        if not name.strip():
            raise InputError(f"{source}: column {position} has no name; name it or remove it")
    name, count = Counter(names).most_common(1)[0]
    if count > 1:
        numbers = [str(at) for at, other in enumerate(names, start=1) if other == name]
        remedy = "add a line of names if the first is a row" if _is_number(name) else "rename them"
        raise InputError(
            f"{source}: {count} columns have the name {name!r} ({', '.join(numbers)}); {remedy}"
        )
