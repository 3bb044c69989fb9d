"""Codes of features and values of outputs, to and from the bits of input and output words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from db2hdl_hw.emit.interface import Interface
from db2hdl_hw.errors import InputError

Bits = NDArray[np.bool_]
Codes = NDArray[np.int64]


def pack_codes(
    interface: Interface, codes: ArrayLike, features: Sequence[str] | None = None
) -> Bits:
    """Return the input words of rows of codes: booleans [rows, input_width], LSB first.

    Parameters
    ----------
    interface : Interface
        Says where each feature is in the word.
    codes : integers [rows, features]
        0 or 1 of a boolean feature, 0..2**bits-1 of a real one.
    features : names, optional
        What the columns of ``codes`` are, by original name; without it they are in the order
        of the ports.

    Raises
    ------
    InputError
        On features that are not those of the interface, a wrong shape, or a code that does not
        fit.
    """
    values = np.asarray(codes)
    names = list(interface.features if features is None else features)
    places = interface.places()
    if sorted(names) != sorted(places):
        wrong = sorted(set(names) ^ set(places)) or sorted(names)
        raise InputError(f"the features are not those of the core's interface: {wrong[0]!r}")
    if values.ndim != 2 or values.shape[1] != len(names):
        raise InputError(f"codes must have the shape [rows, {len(names)}], not {values.shape}")
    if not np.issubdtype(values.dtype, np.integer) and values.dtype != np.bool_:
        raise InputError(f"codes must be integers, not {values.dtype}")
    low = np.array([places[name][0] for name in names])
    width = np.array([places[name][1] for name in names])
    unfit = (values < 0) | (values >= 1 << width)
    if unfit.any():
        row, column = np.argwhere(unfit)[0]
        raise InputError(
            f"code {values[row, column]} in row {row} of feature {names[column]!r} does not fit "
            f"into {width[column]} bits"
        )
    # Bit by bit of the word: the column it is in, and its number there.
    column_of = np.zeros(interface.input_width, np.intp)
    shift = np.zeros(interface.input_width, np.uint16)
    for column, (start, bits) in enumerate(zip(low.tolist(), width.tolist(), strict=True)):
        column_of[start : start + bits] = column
        shift[start : start + bits] = np.arange(bits)
    return (values.astype(np.uint16)[:, column_of] >> shift & 1).astype(np.bool_)


def unpack_codes(
    interface: Interface, words: ArrayLike, features: Sequence[str] | None = None
) -> Codes:
    """Return the codes [rows, features] in input words; the inverse of ``pack_codes``."""
    bits = _words(words, interface.input_width, "input")
    places = interface.places()
    names = interface.features if features is None else features
    unknown = [name for name in names if name not in places]
    if unknown:
        raise InputError(f"the core has no feature {unknown[0]!r}")
    start = np.array([places[name][0] for name in interface.features])
    shift = np.arange(interface.input_width) - np.repeat(
        start, [places[name][1] for name in interface.features]
    )
    codes = np.add.reduceat(bits.astype(np.int64) << shift, start, axis=1)
    order = {name: i for i, name in enumerate(interface.features)}
    return codes[:, [order[name] for name in names]]


def pack_outputs(interface: Interface, values: Mapping[str, ArrayLike]) -> Bits:
    """Return the output words of rows of outputs: booleans [rows, output_width], LSB first.

    Parameters
    ----------
    interface : Interface
        Says which output ports there are.
    values : port name to values
        Of kind "index": integers [rows]; "bits": booleans [rows, width]; "scores": integers
        [rows, classes].

    Raises
    ------
    InputError
        On a missing or unknown port, a wrong shape, or a value that does not fit.
    """
    wrong = sorted({port.name for port in interface.outputs} ^ set(values))
    if wrong:
        raise InputError(f"values and output ports differ: {wrong[0]!r}")
    parts = []
    for port in interface.outputs:
        array = np.asarray(values[port.name])
        fields = array[:, None] if port.kind == "index" and array.ndim == 1 else array
        width = {"index": port.width, "bits": 1, "scores": port.score_width}[port.kind] or 1
        if fields.ndim != 2 or fields.shape[1] * width != port.width:
            raise InputError(f"values of output {port.name!r} have a wrong shape, {array.shape}")
        if fields.size and not 0 <= int(fields.min()) <= int(fields.max()) < 1 << width:
            raise InputError(f"a value of output {port.name!r} does not fit into {width} bits")
        bits = fields.astype(np.int64)[:, :, None] >> np.arange(width) & 1
        parts.append(bits.reshape(len(fields), -1).astype(np.bool_))
    if len({len(part) for part in parts}) > 1:
        raise InputError("the outputs have different numbers of rows")
    return np.concatenate(parts, axis=1)


def unpack_outputs(interface: Interface, words: ArrayLike) -> dict[str, NDArray[Any]]:
    """Return the values of each output port in output words; the inverse of ``pack_outputs``."""
    bits = _words(words, interface.output_width, "output")
    values: dict[str, NDArray[Any]] = {}
    for port in interface.outputs:
        low, _ = interface.output_places()[port.name]
        mine = bits[:, low : low + port.width]
        if port.kind == "bits":
            values[port.name] = mine
            continue
        width = port.score_width or port.width
        fields = mine.reshape(len(mine), -1, width).astype(np.int64) << np.arange(width)
        numbers = fields.sum(axis=2)
        values[port.name] = numbers[:, 0] if port.kind == "index" else numbers
    return values


def _words(words: ArrayLike, width: int, what: str) -> Bits:
    bits = np.asarray(words, dtype=np.bool_)
    if bits.ndim != 2 or bits.shape[1] != width:
        raise InputError(f"{what} words must have the shape [rows, {width}], not {bits.shape}")
    return bits
