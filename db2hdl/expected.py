"""What the hard reference says to input words of a circuit."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from db2hdl.bundle import output_values
from db2hdl.hardnet import HardNet, feature_names
from db2hdl_hw.emit.interface import Interface
from db2hdl_hw.emit.words import Bits, unpack_codes

CHUNK_BITS = 1 << 25
"""The reference works on so many rows at a time that no array has many more values than this."""


def expected_words(hard: HardNet, interface: Interface, words: Bits) -> Bits:
    """Return the output words [rows, output_width] which the hard reference gives."""
    chunks = _codes_in_chunks(hard, interface, words)
    nothing = np.zeros((0, interface.output_width), dtype=np.bool_)
    return np.concatenate([nothing, *(output_values(hard, c, interface) for c in chunks)])


def layer_bits(hard: HardNet, interface: Interface, word: Bits) -> dict[str, list[bool]]:
    """Return every layer's bits, by layer name, for one input word [input_width]."""
    codes = unpack_codes(interface, word[None], feature_names(hard.features))
    return {name: values[0].ravel().tolist() for name, values in hard.layers(codes)}


def _codes_in_chunks(
    hard: HardNet, interface: Interface, words: Bits
) -> Iterator[NDArray[np.int64]]:
    names = feature_names(hard.features)
    widest = max(interface.input_width, *(math.prod(shape) for shape in hard.shapes))
    rows = max(1, CHUNK_BITS // widest)
    for start in range(0, len(words), rows):
        yield unpack_codes(interface, words[start : start + rows], names)
