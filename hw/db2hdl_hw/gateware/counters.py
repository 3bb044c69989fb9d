"""Counting bits: how the sum of many bits is built, and what is cheap on which FPGA.

Every partial sum is a signal of its own whose weight is known: a word of two to five bits is the
number of ones among its bits. Three styles, measured in docs/reference/cost.md:

- ``plain``: a balanced tree of ``+``, what one would write. Synthesis merges it into full adders.
- ``lut4``: counts of seven bits from four full adders, then ripple-carry adders, each of which
  takes one more bit as its carry in. For families with LUTs of four inputs and carry chains. The
  full adders of one weight are in a row, each adding two more bits to the last one's sum: then ABC
  finds that a LUT of the running parity takes three more bits, and needs 7 LUTs instead of 9.
- ``lut6``: compressors of three 6-input LUTs on a short carry chain. Seven bits of one weight, and
  where there are some, one of twice and one of four times the weight, become three or four bits:
  the LUTs at the chain count five of the bits, and the chain adds the other four.

A carry in is written as a lowest place in which both operands are the carry: synthesis merges
sums of three operands, but leaves this one on the carry chain, where the place costs nothing on
xc7 and one cell on the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from heapq import heapify, heappop, heappush

from amaranth.hdl import C, Cat, Signal, Value

Named = Callable[[Value, int], Value]
"""Give a value a signal of so many bits of its own, and return the signal."""

Count = Callable[[Sequence[Value], Named], Value]

LEAF = FEW = 7
"""Bits that four full adders count; so few by themselves are best left to synthesis."""

ROW, MOST = 5, 7
"""Bits that the LUTs at a carry chain count, and with the two that the chain itself adds."""

SLACK = 1
"""How many levels later than a compressor's own bits those may be that it takes in besides."""

_Bit = tuple[int, int, Value]
"""A bit with its level and a number: earlier bits are taken first."""


def count_plain(bits: Sequence[Value], named: Named) -> Value:
    """Return the sum by a balanced tree of adders, each just as wide as its greatest sum."""
    sums = [(bit, 1) for bit in bits]
    while len(sums) > 2:
        added = [
            (named(a + b, (most_a + most_b).bit_length()), most_a + most_b)
            for (a, most_a), (b, most_b) in zip(sums[0:-1:2], sums[1::2], strict=True)
        ]
        sums = added + sums[len(sums) & ~1 :]
    return sums[0][0] + sums[1][0]


def count_lut4(bits: Sequence[Value], named: Named) -> Value:
    """Return the sum by full adders up to seven bits, and ripple-carry adders with carry in.

    Cost: about 1.4 LUTs and 0.6 carry cells a bit on iCE40, 1.7 LUTs with those of the carry
    chains on ECP5 and Gowin. Depth: 3 levels and a ripple for each doubling.
    """
    if len(bits) <= FEW:
        return count_plain(bits, named)
    planes = _planes(bits)
    total = _count_lut4(planes[-1], named)
    most = len(planes[-1])
    for plane in reversed(planes[:-1]):
        most = 2 * most + len(plane)
        total = _twice_plus(total, plane, most, named)
    return total


def _twice_plus(word: Value, bits: Sequence[Value], most: int, named: Named) -> Value:
    """Return twice a word plus the count of bits, which can be ``most``."""
    if not bits:
        return Cat(C(0, 1), word)
    if len(bits) == 1:
        return Cat(bits[0], word)
    count = _count_lut4(bits, named)
    if not isinstance(count, Signal):
        count = named(count, len(bits).bit_length())
    higher = named(word + count[1:], (most >> 1).bit_length())
    return Cat(count[0], higher)


def _count_lut4(bits: Sequence[Value], named: Named) -> Value:
    if len(bits) <= 3:
        return bits[0] if len(bits) == 1 else named(_sum(bits), 2)
    rest = list(bits)
    words: list[tuple[Value, int]] = []
    for _ in range((len(bits) + 1) // (LEAF + 1)):
        words.append((_in_rows(rest[:LEAF], named), LEAF))
        del rest[:LEAF]
    while len(words) + bool(rest) > 1:
        if len(words) == 1:
            words.append((_in_rows(rest, named), len(rest)))
            rest = []
        (a, most_a), (b, most_b) = words.pop(0), words.pop(0)
        carry = rest.pop() if rest else None
        most = most_a + most_b + (carry is not None)
        words.append((_add(a, b, carry, most, named), most))
    return words[0][0] if words else _in_rows(rest, named)


def count_lut6(bits: Sequence[Value], named: Named) -> Value:
    """Return the sum by compressors of three 6-input LUTs on a carry chain.

    Cost: about 0.63 LUTs a bit. Depth: a LUT and a short carry chain for each factor of three.
    """
    planes = _planes(bits)
    if len({id(bit) for bit in bits}) <= FEW:
        return count_lut4(bits, named)
    columns: list[list[_Bit]] = [[] for _ in range(len(bits).bit_length() + 3)]
    number = 0
    for column, plane in zip(columns, planes, strict=False):
        column += [(0, number + i, bit) for i, bit in enumerate(plane)]
        number += len(plane)
    for place, column in enumerate(columns):
        heapify(column)
        while len(column) > 2:
            taken = [heappop(column) for _ in range(min(len(column), MOST))]
            level = max(bit[0] for bit in taken)
            twice = _spare(columns[place + 1], level + SLACK)
            four = _spare(columns[place + 2], level + SLACK) if len(taken) >= MOST - 1 else None
            direct = [bit[2] for bit in taken]
            word = _compress(direct, twice and twice[2], four and four[2], named)
            level = 1 + max([level, *(bit[0] for bit in (twice, four) if bit)])
            for higher in range(len(word)):
                heappush(columns[place + higher], (level, number, word[higher]))
                number += 1
    return _rows([[bit[2] for bit in column] for column in columns], len(bits), named)


COUNTS: Mapping[str, Count] = {"plain": count_plain, "lut4": count_lut4, "lut6": count_lut6}
"""Style -> how two or more bits are counted."""


def _planes(bits: Sequence[Value]) -> list[list[Value]]:
    """Return the bits of weight 1, 2, 4, …: a bit that is there three times has weight 1 and 2."""
    times: dict[int, tuple[Value, int]] = {}
    for bit in bits:
        times[id(bit)] = (bit, times.get(id(bit), (bit, 0))[1] + 1)
    most = max(count for _, count in times.values())
    return [
        [bit for bit, count in times.values() if count >> place & 1]
        for place in range(most.bit_length())
    ]


def _in_rows(bits: Sequence[Value], named: Named) -> Value:
    """Return the count of a few bits, by a row of full adders for each weight: no carry chain."""
    digits: list[Value] = []
    column = list(bits)
    while column:
        total, *rest = column
        column = []
        for first in range(0, len(rest), 2):
            word = _full_adder([total, *rest[first : first + 2]], named)
            total = word[0]
            column.append(word[1])
        digits.append(total)
    return Cat(*digits) if len(digits) > 1 else digits[0]


def _small(bits: Sequence[Value], named: Named) -> Value:
    """Return the count of one to seven bits, by full adders and as early as possible."""
    if len(bits) <= 3:
        return bits[0] if len(bits) == 1 else _full_adder(bits, named)
    first = _full_adder(bits[:3], named)
    if len(bits) <= ROW:
        second = _full_adder([first[0], *bits[3:]], named)
        return Cat(second[0], _full_adder([first[1], second[1]], named))
    second = _full_adder(bits[3:6], named)
    low = _full_adder([first[0], second[0], *bits[6:]], named)
    return Cat(low[0], _full_adder([first[1], second[1], low[1]], named))


def _full_adder(bits: Sequence[Value], named: Named) -> Value:
    """Return the sum of two or three bits: two bits, too few for a carry chain."""
    return getattr(named, "adder", named)(_sum(bits), 2)


def _sum(bits: Sequence[Value]) -> Value:
    total = bits[0] + bits[1]
    return total if len(bits) == 2 else total + bits[2]


def _add(a: Value, b: Value, carry: Value | None, most: int, named: Named) -> Value:
    """Return a + b + carry, a word that can be ``most``."""
    width = most.bit_length()
    if carry is None:
        return named(a + b, width)
    total = named(Cat(carry, a) + Cat(carry, b), width + 1)
    unused(named, total[0])
    return total[1:]


def _compress(
    bits: Sequence[Value], twice: Value | None, four: Value | None, named: Named
) -> Value:
    """Return the sum of three to seven bits, one of weight two and one of weight four."""
    most = len(bits) + 2 * (twice is not None) + 4 * (four is not None)
    *row, direct, carry = bits
    zero = C(0, 1)
    beside = [direct, zero if twice is None else twice, zero if four is None else four]
    while len(beside) > 1 and beside[-1] is zero:
        beside.pop()
    return _add(Cat(*beside), _small(row, named), carry, most, named)


def _spare(column: list[_Bit], latest: int) -> _Bit | None:
    """Take a bit out of a column, if there is one that is early enough."""
    heapify(column)
    return heappop(column) if column and column[0][0] <= latest else None


def _rows(columns: Sequence[Sequence[Value]], most: int, named: Named) -> Value:
    """Return the sum of columns of at most two bits."""
    width = most.bit_length()
    columns = columns[:width]
    low = 0
    while low < width and len(columns[low]) == 1:
        low += 1
    done = [column[0] for column in columns[:low]]
    if low == width:
        return Cat(*done)
    zero = C(0, 1)
    rows = [
        Cat(*(column[row] if row < len(column) else zero for column in columns[low:]))
        for row in range(2)
    ]
    return Cat(*done, named(rows[0] + rows[1], width - low))


def unused(named: Named, bit: Value) -> None:
    """Tell whoever names the signals that nothing reads a bit, on purpose."""
    tell = getattr(named, "unused", None)
    if tell is not None:
        tell(bit)
