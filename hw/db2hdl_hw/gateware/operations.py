"""What each cell of a netlist is in Amaranth: one value for the cell's net.

``LOWER`` maps an operation to a function of the cell's fan-ins (values), its parameter, and
``sum_`` of the layer at hand, which names the partial sums of a population count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from amaranth.hdl import C, Cat, Const, Mux, Value
from amaranth.hdl._ast import Operator

from db2hdl_hw.errors import unknown
from db2hdl_hw.gateware.counters import COUNTS, Count, Named, unused
from db2hdl_hw.netlist.netlist import Op

Lower = Callable[[Sequence[Value], int, Named], Value]


def copy(value: Value) -> Value:
    """Return a value as a net of its own.

    Amaranth takes a signal that only copies another for the same net: names get lost, and bits
    that lie side by side become nameless vector ports of submodules. An OR with 0 prevents both;
    it becomes a plain wire on the way to Verilog.
    """
    return value | C(0, len(value))


def _not(bits: Sequence[Value], param: int, named: Named) -> Value:
    return ~bits[0]


def _and(bits: Sequence[Value], param: int, named: Named) -> Value:
    return bits[0] & bits[1] if len(bits) == 2 else Cat(*bits).all()


def _or(bits: Sequence[Value], param: int, named: Named) -> Value:
    return bits[0] | bits[1] if len(bits) == 2 else Cat(*bits).any()


def _xor(bits: Sequence[Value], param: int, named: Named) -> Value:
    return bits[0] ^ bits[1] if len(bits) == 2 else Cat(*bits).xor()


def _lut(bits: Sequence[Value], param: int, named: Named) -> Value:
    """Shannon's expansion from the last input on, with what constants decide left out."""
    inverted = [~bit for bit in bits]
    known: dict[tuple[int, int], Value] = {}

    def half(table: int, inputs: int) -> Value:
        if (table, inputs) not in known:
            known[table, inputs] = expand(table, inputs - 1)
        return known[table, inputs]

    def expand(table: int, last: int) -> Value:
        size = 1 << last
        full = (1 << size) - 1
        low, high = table & full, table >> size
        bit, not_bit = bits[last], inverted[last]
        if low == high:
            return half(low, last)
        if low == full ^ high:
            return bit if not low else not_bit if low == full else bit ^ half(low, last)
        if low in (0, full):
            return (not_bit | half(high, last)) if low else (bit & half(high, last))
        if high in (0, full):
            return (bit | half(low, last)) if high else (not_bit & half(low, last))
        return Mux(bit, half(high, last), half(low, last))

    value = half(param, len(bits))
    return copy(value) if any(value is bit for bit in bits) else value


def _compare(words: Sequence[Value], param: int, named: Named) -> Value:
    return words[0] >= C(param)


def compare_gates(words: Sequence[Value], param: int, named: Named) -> Value:
    """Return the comparison with a constant as gates, from the lowest bit that matters up.

    Synthesis puts ``>=`` on a carry chain, where each bit takes up a cell on families of 4-input
    LUTs. As gates three bits share a LUT, and ABC finds what comparisons of a word have in common.
    With LUTs of six inputs there is no difference (docs/reference/passes.md).
    """
    bits = list(words[0])
    first = (param & -param).bit_length() - 1
    if not 0 <= first < len(bits):
        return _compare(words, param, named)
    value: Value = bits[first]
    for place in range(first + 1, len(bits)):
        value = bits[place] & value if param >> place & 1 else bits[place] | value
    return value if isinstance(value, Operator) else copy(value)


Greater = Callable[[Value, Value, Named], Value]
"""Whether the first of two words of equal width is greater than the second."""


def _greater(a: Value, b: Value, named: Named) -> Value:
    return a > b


def greater_gates(a: Value, b: Value, named: Named) -> Value:
    """Return the comparison as gates: the highest bit in which the words differ decides.

    A carry chain for it costs a cell a bit, one to get out, and on iCE40 an inverter for each bit
    of an operand; as gates it is a LUT a bit, and ABC makes trees of them.
    """
    value = a[0] > b[0]
    for place in range(1, len(a)):
        value = Mux(a[place] ^ b[place], a[place], named(value, 1))
    return value


def _argmax_tree(greater: Greater) -> Lower:
    """Return argmax as a tree: on a tie the left half, so the lowest index, wins.

    A constant word gets a signal, as lint wants no comparison with 0 that is always true.
    """

    def argmax(words: Sequence[Value], param: int, named: Named) -> Value:
        words = [named(copy(w), len(w)) if isinstance(w, Const) else w for w in words]
        left, right, left_word, right_word = _halves(words, greater, named)
        return _choose(greater(right_word, left_word, named), right, left)

    return argmax


def _argmax_chain(words: Sequence[Value], param: int, named: Named) -> Value:
    """Return the same, one word after the other: the straightforward way, for comparison."""
    words = [named(copy(w), len(w)) if isinstance(w, Const) else w for w in words]
    width = max(1, (len(words) - 1).bit_length())
    index: Value = C(0, width)
    word = words[0]
    for number, other in enumerate(words[1:], start=1):
        greater = named(other > word, 1)
        index = named(Mux(greater, C(number, width), index), width)
        if number < len(words) - 1:
            word = named(Mux(greater, other, word), len(word))
    return copy(index)


def _greatest(words: Sequence[Value], greater: Greater, named: Named) -> tuple[Value, Value]:
    """Return the index of the greatest word, and that word."""
    if len(words) == 1:
        return C(0, 0), words[0]
    left, right, left_word, right_word = _halves(words, greater, named)
    chosen = named(greater(right_word, left_word, named), 1)
    word = named(Mux(chosen, right_word, left_word), len(words[0]))
    index = _choose(chosen, right, left)
    return (index if index is chosen else named(index, len(left) + 1)), word


def _halves(
    words: Sequence[Value], greater: Greater, named: Named
) -> tuple[Value, Value, Value, Value]:
    """Return the index in each half, of equal width, and the greatest word of each half.

    The left half has a power of two of words, so that the comparison of the two is the first
    bit of the whole index.
    """
    half = 1 << ((len(words) - 1).bit_length() - 1)
    left, left_word = _greatest(words[:half], greater, named)
    right, right_word = _greatest(words[half:], greater, named)
    return left, Cat(right, C(0, len(left) - len(right))), left_word, right_word


def _choose(greater: Value, right: Value, left: Value) -> Value:
    """Return the index in the whole, from the indices in its halves."""
    if not len(left):
        return greater
    return Mux(greater, Cat(right, C(1, 1)), Cat(left, C(0, 1)))


def _counting(count: Count, compare: Lower, *, table: bool) -> Mapping[int, Lower]:
    """Return the operations that count bits, in one style."""

    def popcount(bits: Sequence[Value], param: int, named: Named) -> Value:
        total = bits[0] if len(bits) == 1 else count(bits, named)
        return total if isinstance(total, Operator) else copy(total)

    def at_least(bits: Sequence[Value], param: int, named: Named) -> Value:
        if param == len(bits):
            return _and(bits, 0, named)
        if param == 1:
            return _or(bits, 0, named)
        word = named(popcount(bits, 0, named), len(bits).bit_length())
        zeros = (param & -param).bit_length() - 1
        if compare is compare_gates and zeros > 0:
            unused(named, word[:zeros])
        return compare([word], param, named)

    return {Op.POPCOUNT: popcount, Op.AT_LEAST: _at_least_table(at_least) if table else at_least}


TABLE = 6
"""Inputs of the largest LUT of the style lut6."""


def _at_least_table(at_least: Lower) -> Lower:
    """Return an ``at_least`` that makes one table of up to six different bits: one 6-input LUT."""

    def lower(bits: Sequence[Value], param: int, named: Named) -> Value:
        times = Counter(map(id, bits))
        different = list({id(bit): bit for bit in bits}.values())
        if len(different) > TABLE or not 1 < param < len(bits):
            return at_least(bits, param, named)
        weights = [times[id(bit)] for bit in different]
        table = 0
        for code in range(1 << len(different)):
            high = sum(weight for place, weight in enumerate(weights) if code >> place & 1)
            table |= (high >= param) << code
        return _lut(different, table, named)

    return lower


STYLE = "lut4"
"""The style when no target is named: better than ``plain`` on every family that was measured."""

_COMPARE: Mapping[str, Lower] = {"lut4": compare_gates}
"""How words are compared with constants, where it is not ``>=``."""

_ARGMAX: Mapping[str, Lower] = {
    "plain": _argmax_chain,
    "lut4": _argmax_tree(greater_gates),
    "lut6": _argmax_tree(_greater),
}

STYLES: Mapping[str, Mapping[int, Lower]] = {
    style: {
        Op.NOT: _not,
        Op.AND: _and,
        Op.OR: _or,
        Op.XOR: _xor,
        Op.LUT: _lut,
        Op.COMPARE: _COMPARE.get(style, _compare),
        Op.ARGMAX: _ARGMAX[style],
        **_counting(count, _COMPARE.get(style, _compare), table=style == "lut6"),
    }
    for style, count in COUNTS.items()
}
"""Style -> operation -> what it is in Amaranth."""

LOWER = STYLES[STYLE]

TARGETS: Mapping[str, str] = {"ice40": "lut4", "ecp5": "lut4", "gowin": "lut4", "xc7": "lut6"}
"""Target -> style."""


def style_of(target: str) -> str:
    """Return the style for a target; of "" the one that is good everywhere.

    Raises
    ------
    InputError
        If there is no such target.
    """
    if target and target not in TARGETS:
        raise unknown("target", target, TARGETS)
    return TARGETS[target] if target else STYLE
