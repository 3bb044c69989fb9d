"""A safetensors file that somebody else may have made: every length is checked before it is read.

Layout: eight bytes with the length of a JSON header, the header, and the tensors' bytes one after
the other. The header names each tensor's type, shape and place, and texts under ``__metadata__``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as from_safetensors

from db2hdl_hw.errors import InputError
from db2hdl_hw.system.json_reader import read_json
from db2hdl_hw.system.plain_file import check_plain_file

MAX_HEADER = 1 << 24
"""Bytes of the header."""

MAX_BYTES = 1 << 29
"""Bytes of all tensors."""

MAX_TENSORS = 1 << 14
ITEM_BYTES = {"U8": 1, "U16": 2, "I32": 4}
"""The types that are read, by their names in the header."""


@dataclass(frozen=True)
class TensorFile:
    """The header of a file whose size is what its header says.

    Attributes
    ----------
    path : Path
    metadata : mapping
        The texts in the header.
    entries : mapping
        From each tensor's name to its record in the header, unchecked.
    start : int
        Where the tensors' bytes begin.
    """

    path: Path
    metadata: dict[str, str]
    entries: dict[str, Any]
    start: int

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Check the records of the tensors, then read them.

        Raises
        ------
        InputError
            On an unknown type, a damaged shape, tensors that overlap or leave holes, more than
            ``MAX_BYTES`` of them, or a file that is shorter or longer than they are.
        """
        end = 0
        for name, begin, after in sorted(map(self._place, self.entries), key=lambda p: p[1:]):
            if begin != end:
                raise InputError(f"{self.path}: tensor {name!r} does not follow the one before it")
            end = after
        if end > MAX_BYTES:
            raise InputError(f"{self.path}: {end} bytes of tensors; at most {MAX_BYTES} are read")
        size = self.path.stat().st_size
        if size != self.start + end:  # before read(n), which takes memory for n bytes at once
            raise InputError(
                f"{self.path}: not a .dbnet model file, or truncated: its header tells of "
                f"{self.start + end} bytes, it has {size}"
            )
        with self.path.open("rb") as file:
            data = file.read(size)
        try:
            return dict(from_safetensors(data))
        except (SafetensorError, ValueError, TypeError) as error:
            raise InputError(f"{self.path}: not a .dbnet model file ({error})") from None

    def _place(self, name: str) -> tuple[str, int, int]:
        """Return a tensor's name and where its bytes begin and end, after checking its record."""
        record, where = self.entries[name], f"{self.path}: tensor {name[:80]!r}"
        if not isinstance(record, dict) or set(record) != {"dtype", "shape", "data_offsets"}:
            raise InputError(f"{where} has a damaged record")
        dtype, shape, offsets = record["dtype"], record["shape"], record["data_offsets"]
        if not isinstance(dtype, str) or dtype not in ITEM_BYTES:
            raise InputError(f"{where} has the type {str(dtype)[:20]!r}; no model holds that")
        if not _counts(shape) or len(shape) > 16 or not _counts(offsets) or len(offsets) != 2:
            raise InputError(f"{where} has a damaged shape or place")
        if offsets[1] - offsets[0] != math.prod(shape) * ITEM_BYTES[dtype]:
            raise InputError(f"{where} does not hold the values of its shape {shape}")
        return name, offsets[0], offsets[1]


def open_tensors(path: Path) -> TensorFile:
    """Read the header of a safetensors file and nothing else.

    Raises
    ------
    InputError
        If there is no such file, or its header is cut off, too long, or no JSON.
    """
    check_plain_file(path)
    if not path.is_file():
        raise InputError(f"{path}: no such model file")
    try:
        with path.open("rb") as file:
            first = file.read(8)
            length = int.from_bytes(first, "little")
            if len(first) < 8 or length > MAX_HEADER:
                raise InputError(f"{path}: not a .dbnet model file, or truncated")
            text = file.read(min(length, path.stat().st_size))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    if len(text) < length:
        raise InputError(f"{path}: not a .dbnet model file, or truncated in its header")
    if not text.startswith(b"{"):
        raise InputError(f"{path}: not a .dbnet model file")
    header = read_json(text, f"{path}: the header", max_bytes=MAX_HEADER, max_objects=1 << 16)
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise InputError(f"{path}: damaged header; its metadata must be texts")
    if len(header) > MAX_TENSORS:
        raise InputError(f"{path}: {len(header)} tensors; at most {MAX_TENSORS} are read")
    return TensorFile(path, metadata, header, 8 + length)


def _counts(value: object) -> bool:
    """Tell whether this is a list of integers from 0 on, none of them huge."""
    return isinstance(value, list) and all(type(n) is int and 0 <= n <= MAX_BYTES for n in value)
