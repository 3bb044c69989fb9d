"""Arithmetic on bit-planes: 64 samples a word, one array of words per binary digit.

A number is a list of planes, the least significant first; every plane is a uint64 array of the
same shape, whose last axis runs over packed samples.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint64]
Number = list[Plane]

_FULL = np.uint64(0xFFFFFFFFFFFFFFFF)


def pack(columns: NDArray[np.bool_]) -> Plane:
    """Return booleans [n, samples] as words [n, ceil(samples / 64)]; sample 0 is bit 0."""
    count, samples = columns.shape
    octets = np.zeros((count, -(-samples // 64) * 8), dtype=np.uint8)
    octets[:, : -(-samples // 8)] = np.packbits(columns, axis=1, bitorder="little")
    return octets.view("<u8").astype(np.uint64, copy=False)


def unpack(planes: Plane, samples: int) -> NDArray[np.bool_]:
    """Return words [n, w] as booleans [n, samples]."""
    octets = np.ascontiguousarray(planes.astype("<u8", copy=False)).view(np.uint8)
    return np.unpackbits(octets, axis=1, count=samples, bitorder="little").view(np.bool_)


def add(a: Number, b: Number) -> Number:
    """Return the sum of two numbers of equally many planes, one plane longer: a ripple carry."""
    carry = a[0] & b[0]
    total = [a[0] ^ b[0]]
    for x, y in zip(a[1:], b[1:], strict=True):
        either = x ^ y
        total.append(either ^ carry)
        carry = (x & y) | (either & carry)
    return [*total, carry]


def count_ones(bits: Plane) -> Number:
    """Return the number of ones over axis 1 of [cells, n, w], by adding halves of the inputs."""
    number = [bits]
    while number[0].shape[1] > 1:
        if number[0].shape[1] % 2:
            number = [np.pad(plane, ((0, 0), (0, 1), (0, 0))) for plane in number]
        number = add([p[:, 0::2] for p in number], [p[:, 1::2] for p in number])
    return [plane[:, 0] for plane in number]


def at_least(number: Number, limit: NDArray[np.uint64]) -> Plane:
    """Return ``number >= limit`` for numbers [cells, w] and a limit for each cell.

    From the least significant digit up: a 1 against a limit's 0 wins, a 0 against a 1 loses, and
    equal digits leave it to the digits below.
    """
    result = np.full_like(number[0], _FULL)
    for digit, plane in enumerate(number):
        wanted = (limit >> np.uint64(digit) & np.uint64(1)).astype(np.bool_)[:, None]
        result = np.where(wanted, plane & result, plane | result)
    beyond = (limit >> np.uint64(len(number))) != 0
    result[beyond] = 0
    return result


def greater(a: Number, b: Number) -> Plane:
    """Return ``a > b`` for numbers of equally many planes."""
    result = np.zeros_like(a[0])
    for x, y in zip(a, b, strict=True):
        result = (x & ~y) | (~(x ^ y) & result)
    return result


def argmax(words: list[Number], digits: int) -> Number:
    """Return the index of the greatest number, the lowest on a tie, in ``digits`` planes."""
    best = words[0]
    index = [np.zeros_like(best[0]) for _ in range(digits)]
    for position, word in enumerate(words[1:], start=1):
        wins = greater(word, best)
        best = [(wins & new) | (~wins & old) for new, old in zip(word, best, strict=True)]
        for digit in range(digits):
            index[digit] = index[digit] | wins if position >> digit & 1 else index[digit] & ~wins
    return index
