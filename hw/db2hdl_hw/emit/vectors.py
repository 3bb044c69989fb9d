"""Vector files: one row a line in hexadecimal, the most significant digit first.

The digits are those of ``$readmemh``; each line has all of them, ceil(width / 4).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from db2hdl_hw.errors import InputError
from db2hdl_hw.files import whole_file
from db2hdl_hw.system import reading

Bits = NDArray[np.bool_]
Labels = NDArray[np.int64]
_DIGITS = np.frombuffer(b"0123456789abcdef", np.uint8)
_VALUE = np.full(256, 255, np.uint8)
_VALUE[_DIGITS] = np.arange(16)
_VALUE[np.frombuffer(b"ABCDEF", np.uint8)] = np.arange(10, 16)


def format_hex(rows: ArrayLike) -> bytes:
    """Return the text of rows of bits [rows, width], the least significant bit first.

    Raises
    ------
    InputError
        If there are no rows, or no bits in them.
    """
    bits = np.asarray(rows, dtype=np.bool_)
    if bits.ndim != 2 or not bits.size:
        raise InputError(f"there are no vectors to write: their shape is {list(bits.shape)}")
    digits = -(-bits.shape[1] // 4)
    lines = np.full((len(bits), digits + 1), ord("\n"), np.uint8)
    packed = np.packbits(bits, axis=1, bitorder="little")
    nibbles = np.stack([packed & 15, packed >> 4], axis=2).reshape(len(bits), -1)
    lines[:, :digits] = _DIGITS[nibbles[:, digits - 1 :: -1] if digits else nibbles]
    return lines.tobytes()


def write_hex(path: Path, rows: ArrayLike) -> None:
    """Write rows of bits [rows, width], the least significant bit first, as a vector file.

    Raises
    ------
    InputError
        If there are no rows, or no bits in them.
    """
    data = format_hex(rows)
    with whole_file(path) as temporary:
        temporary.write_bytes(data)


def read_hex(path: Path, width: int) -> Bits:
    """Return the rows of bits [rows, width] of a vector file, the least significant bit first.

    Raises
    ------
    InputError
        If the file is missing or empty, or a line is no number of ``width`` bits with all its
        digits; the message names the file and the line.
    """
    data = _bytes(path)
    if not data:
        raise InputError(f"{path} has no vectors")
    if not data.endswith(b"\n"):
        data += b"\n"
    digits = -(-width // 4)
    raw = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(raw == ord("\n"))
    lengths = np.diff(ends, prepend=-1) - 1
    if (lengths != digits).any():
        line = int(np.argmax(lengths != digits))
        raise InputError(
            f"{path}, line {line + 1}: {lengths[line]} characters, but {width} bits need {digits} "
            "hexadecimal digits"
        )
    nibbles = _VALUE[raw.reshape(-1, digits + 1)[:, digits - 1 :: -1]]
    if (nibbles == 255).any():
        line = int(np.argmax((nibbles == 255).any(axis=1)))
        raise InputError(f"{path}, line {line + 1}: not a hexadecimal number")
    spread = np.unpackbits(nibbles[:, :, None], axis=2, bitorder="little", count=4)
    bits = spread.reshape(len(nibbles), -1).astype(np.bool_)
    if bits[:, width:].any():
        line = int(np.argmax(bits[:, width:].any(axis=1)))
        raise InputError(f"{path}, line {line + 1}: more than {width} bits")
    return bits[:, :width]


def write_labels(path: Path, labels: ArrayLike) -> None:
    """Write one class index a line."""
    with whole_file(path) as temporary:
        temporary.write_bytes(format_labels(labels))


def format_labels(labels: ArrayLike) -> bytes:
    """Return the text of class indices [rows], one a line."""
    return "".join(f"{label}\n" for label in np.asarray(labels, np.int64).tolist()).encode()


def read_labels(path: Path) -> Labels:
    """Return the class indices [rows] of a file of labels.

    Raises
    ------
    InputError
        If the file is missing or empty, or a line is not a number; the message says where.
    """
    lines = _bytes(path).split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    if not lines:
        raise InputError(f"{path} has no labels")
    for number, line in enumerate(lines):
        if not line.isdigit() or len(line) > 9:
            raise InputError(f"{path}, line {number + 1}: not the index of a class")
    return np.array([int(line) for line in lines], np.int64)


def _bytes(path: Path) -> bytes:
    try:
        return reading.read_bytes(path).replace(b"\r\n", b"\n")
    except FileNotFoundError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
