"""Which input words are driven, and where each came from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from db2hdl_hw.emit.interface import InputPort
from db2hdl_hw.errors import InputError
from db2hdl_sim.job import Source

Bits = NDArray[np.bool_]

EXHAUSTIVE_BITS = 16
"""With at most so many input bits, every input is driven."""

ONE_COLD_BITS = 2048
"""Above so many input bits there are no one-cold words: they cost as much as all others."""


CORNER_BITS = 1 << 27
"""So many bits the corners may have in all: 16 MB packed, all corners of 11,000 inputs."""

FEWEST_CORNERS = 256
"""But at least so many are made."""


@dataclass(frozen=True)
class VectorSet:
    """Input words [rows, width], the least significant bit first, and where they came from."""

    words: Bits
    source: Source


def given(name: str, words: ArrayLike) -> VectorSet:
    """Return rows of the user or of the test set; they are called ``<name> row <number>``.

    Raises
    ------
    InputError
        If ``words`` is not of the shape [rows, width].
    """
    array = np.asarray(words, dtype=np.bool_)
    if array.ndim != 2:
        raise InputError(f"vectors must have the shape [rows, bits], not {list(array.shape)}")
    return VectorSet(array, Source(name, len(array), f"{name} row {{}}"))


def random(width: int, rows: int, seed: int) -> VectorSet:
    """Return uniformly random words; the seed is in their name.

    Raises
    ------
    InputError
        On a negative seed or number of rows.
    """
    if seed < 0 or rows < 0:
        raise InputError(f"seed and rows must not be negative: seed {seed}, {rows} rows")
    packed = np.random.default_rng(seed).integers(
        0, 256, size=(rows, -(-width // 8)), dtype=np.uint8
    )
    words = np.unpackbits(packed, axis=1, count=width, bitorder="little").astype(np.bool_)
    name = f"random (seed {seed})"
    return VectorSet(words, Source(name, rows, f"{name} #{{}}"))


def exhaustive(width: int) -> VectorSet:
    """Return all ``2**width`` words in counting order.

    Raises
    ------
    InputError
        If there are more than ``EXHAUSTIVE_BITS`` bits.
    """
    if width > EXHAUSTIVE_BITS:
        raise InputError(f"{width} input bits are too many for all inputs, at most 16 are not")
    words = (np.arange(1 << width)[:, None] >> np.arange(width) & 1).astype(np.bool_)
    return VectorSet(words, Source("exhaustive", len(words), "exhaustive #{}"))


def corners(ports: Sequence[InputPort]) -> VectorSet:
    """Return all 0, all 1, one-hot and one-cold words, and each word port at its ends.

    One-cold words are left out above ``ONE_COLD_BITS`` bits. Of word ports (real features) there
    are also all at the middle code, each at its greatest code while all else is 0, and each at 0
    while all else is 1. Of very wide cores an even choice is made, of ``CORNER_BITS`` in all.
    """
    width = sum(port.width for port in ports)
    kinds = _corner_kinds(ports, width)
    most = max(FEWEST_CORNERS, CORNER_BITS // width)
    if len(kinds) > most:
        kinds = [kinds[i] for i in np.linspace(0, len(kinds) - 1, most).astype(int).tolist()]
    place = np.arange(width)
    words = np.array([kind.background for kind in kinds])[:, None] ^ np.array(
        [(place >= kind.low) & (place < kind.high) for kind in kinds]
    )
    labels = [kind.label for kind in kinds]
    middle = _middle(ports, width)
    if middle.any():
        words, labels = np.concatenate([words, middle[None]]), [*labels, "middle codes"]
    labels = [f"corner: {label}" for label in labels]
    return VectorSet(words, Source("corner", len(words), "", tuple(labels)))


@dataclass(frozen=True)
class _Corner:
    """A word of one value but for the bits low..high-1."""

    label: str
    background: bool
    low: int = 0
    high: int = 0


def _corner_kinds(ports: Sequence[InputPort], width: int) -> list[_Corner]:
    kinds = [_Corner("all 0", False), _Corner("all 1", True)]
    bits = [f"{port.name}[{i}]" for port in ports for i in range(port.width)]
    kinds += [_Corner(f"only {bit}", False, i, i + 1) for i, bit in enumerate(bits)]
    if width <= ONE_COLD_BITS:
        kinds += [_Corner(f"all but {bit}", True, i, i + 1) for i, bit in enumerate(bits)]
    low = 0
    for port in ports:
        high = low + port.width
        if port.kind == "uint":
            kinds.append(_Corner(f"only {port.name} greatest", False, low, high))
            kinds.append(_Corner(f"only {port.name} 0", True, low, high))
        low = high
    return kinds


def _middle(ports: Sequence[InputPort], width: int) -> NDArray[np.bool_]:
    """Return the word in which every number has its greatest bit alone."""
    middle = np.zeros(width, dtype=np.bool_)
    ends = np.cumsum([port.width for port in ports])
    middle[[end - 1 for port, end in zip(ports, ends, strict=True) if port.kind == "uint"]] = True
    return middle


def combine(sets: Iterable[VectorSet]) -> tuple[Bits, tuple[Source, ...]]:
    """Return the words of all sets, one after the other, and their sources.

    Raises
    ------
    InputError
        If there is no vector at all.
    """
    used = [one for one in sets if len(one.words)]
    if not used:
        raise InputError("zero vectors to simulate; give rows, or ask for random vectors")
    return np.concatenate([one.words for one in used]), tuple(one.source for one in used)


def generate(ports: Sequence[InputPort], rows: int, seed: int) -> list[VectorSet]:
    """Return the sets that need no data: corners, random, and all words of few inputs."""
    width = sum(port.width for port in ports)
    sets = [corners(ports), random(width, rows, seed)]
    return [*sets, exhaustive(width)] if width <= EXHAUSTIVE_BITS else sets
