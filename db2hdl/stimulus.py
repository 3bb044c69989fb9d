"""Which input words a circuit is simulated with, and what the hard reference says to each."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from db2hdl.hardnet import HardNet, feature_names
from db2hdl_hw.emit.interface import Interface
from db2hdl_hw.emit.words import Bits, pack_outputs, unpack_codes

EXHAUSTIVE_BITS = 16
"""All input words are simulated if there are at most so many input bits."""

CHUNK_BITS = 1 << 25
"""The reference works on so many rows at a time that no array has many more values than this."""


@dataclass(frozen=True)
class VectorSet:
    """Input words [rows, input_width] of one origin: test, data, corner, random or exhaustive."""

    name: str
    words: Bits


def corner_words(width: int) -> Bits:
    """Return all 0, all 1, and each word with a single 1: [width + 2, width]."""
    ends = np.repeat([[False], [True]], width, axis=1)
    return np.concatenate([ends, np.eye(width, dtype=np.bool_)])


def random_words(width: int, rows: int, seed: int) -> Bits:
    """Return uniformly random words [rows, width] of a seed."""
    random = np.random.default_rng(seed)
    return random.integers(0, 2, size=(rows, width), dtype=np.uint8).astype(np.bool_)


def all_words(width: int) -> Bits:
    """Return every word once, counting upwards: [2**width, width]."""
    return (np.arange(1 << width)[:, None] >> np.arange(width) & 1).astype(np.bool_)


def make_stimulus(width: int, rows: int, seed: int) -> list[VectorSet]:
    """Return the sets that need no data: corner, random and, of few inputs, all words.

    Parameters
    ----------
    width : int
        Of the input word, in bits.
    rows, seed : int
        How many random words, and the seed of their generator.
    """
    sets = [
        VectorSet("corner", corner_words(width)),
        VectorSet("random", random_words(width, rows, seed)),
    ]
    if width <= EXHAUSTIVE_BITS:
        sets.append(VectorSet("exhaustive", all_words(width)))
    return [vectors for vectors in sets if len(vectors.words)]


def expected_words(hard: HardNet, interface: Interface, words: Bits) -> Bits:
    """Return the output words [rows, output_width] which the hard reference gives."""
    meaning = {"index": hard.predict, "bits": hard.bits, "scores": hard.scores}
    parts = [np.zeros((0, interface.output_width), dtype=np.bool_)]
    for codes in _codes_in_chunks(hard, interface, words):
        values = {port.name: meaning[port.kind](codes) for port in interface.outputs}
        parts.append(pack_outputs(interface, values))
    return np.concatenate(parts)


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
