"""The counting kernel: any tree of adders over the same bits is the same word, and only then."""

from itertools import product

import numpy as np
import pytest
from amaranth.hdl import Signal, _ast
from hypothesis import given
from hypothesis import strategies as st

from db2hdl_hw.gateware.counters import COUNTS
from db2hdl_hw.prove.graph import Graph
from db2hdl_hw.prove.simulate import Simulator, bit_of
from db2hdl_hw.prove.sums import Sums, at_least, greater, ripple


def inputs(graph, count):
    return [graph.input(f"x{i}") for i in range(count)]


def numbers(graph, word, count):
    """The number that a word is, for every input; and the inputs."""
    rows = np.array(list(product([False, True], repeat=count)))
    values = Simulator(graph).run({f"x{i}": rows[:, i] for i in range(count)}, len(rows))
    got = [
        sum(bit_of(values, digit, row) << place for place, digit in enumerate(word))
        for row in range(len(rows))
    ]
    return got, rows


def balanced(sums, words):
    while len(words) > 1:
        pairs = zip(words[::2], words[1::2], strict=False)
        added = [sums.total([a, b], max(len(a), len(b)) + 1) for a, b in pairs]
        words = added + words[len(words) & ~1 :]
    return words[0]


def carry_save(sums, bits, width):
    columns = [list(bits)] + [[] for _ in range(width)]
    for place in range(width):
        while len(columns[place]) > 2:
            total, carry = sums.full_adder(*columns[place][:3])
            columns[place] = [*columns[place][3:], total]
            columns[place + 1].append(carry)
    rows = [[[*c, 0, 0][i] for c in columns[:width]] for i in (0, 1)]
    return sums.total(rows, width)


def stripped(word):
    word = list(word)
    while word and word[-1] == 0:
        word.pop()
    return word


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=12))
def test_every_tree_is_the_same_word_and_the_right_number(picks):
    graph = Graph()
    x = inputs(graph, 6)
    bits = [x[i] ^ flip for i, flip in picks]
    sums = Sums(graph)
    width = len(bits).bit_length()
    words = [
        sums.count(bits),
        sums.count(bits[::-1]),
        balanced(sums, [[bit] for bit in bits]),
        carry_save(sums, bits, width),
    ]
    for word in words:
        got, rows = numbers(graph, word, 6)
        assert got == [sum(bool(r[i]) != flip for i, flip in picks) for r in rows]
    if len(picks) == len({i for i, _ in picks}):
        assert len({tuple(stripped(word)) for word in words}) == 1


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=9))
def test_adders_in_place_of_sums_give_the_same_number(picks):
    graph = Graph()
    x = inputs(graph, 5)
    word = balanced(Sums(graph, exact=False), [[x[i] ^ flip] for i, flip in picks])
    got, rows = numbers(graph, word, 5)
    assert got == [sum(bool(r[i]) != flip for i, flip in picks) for r in rows]


@given(
    st.lists(st.lists(st.integers(0, 11), min_size=1, max_size=4), min_size=1, max_size=4),
    st.integers(1, 5),
)
def test_sums_wrap_as_adders_of_that_width_do(words, width):
    graph = Graph()
    x = inputs(graph, 5)
    literals = [0, 1, *(bit ^ flip for bit in x for flip in (0, 1))]
    read = [[literals[i] for i in word] for word in words]
    for exact in (True, False):
        got, _ = numbers(graph, Sums(graph, exact=exact).total(read, width), 5)
        each = [numbers(graph, word, 5)[0] for word in read]
        assert got == [sum(column) % (1 << width) for column in zip(*each, strict=True)]


def test_4096_bits_in_two_shapes_are_one_word():
    graph = Graph()
    bits = inputs(graph, 4096)
    sums = Sums(graph)
    assert stripped(sums.count(bits)) == stripped(balanced(sums, [[bit] for bit in bits]))


def test_a_carry_fed_in_by_adding_a_bit_to_itself_is_understood():
    """Synthesis friendly adders do that; they use the digits above the lowest, which is zero."""
    graph = Graph()
    x = inputs(graph, 5)
    sums = Sums(graph)
    twice = sums.total([[x[4], x[0], x[1]], [x[4], x[2], x[3]]], 4)
    assert twice[0] == 0
    assert stripped(twice[1:]) == stripped(
        sums.total([sums.count([x[0], x[2], x[4]]), [0, x[1]], [0, x[3]]], 3)
    )


def test_one_bit_less_or_twice_is_another_word():
    graph = Graph()
    bits = inputs(graph, 20)
    sums = Sums(graph)
    assert stripped(sums.count(bits)) != stripped(sums.count([*bits[:-1], bits[0]]))
    assert stripped(sums.count(bits)) != stripped(sums.count(bits[:-1]))


@pytest.mark.parametrize("limit", range(10))
def test_at_least(limit):
    graph = Graph()
    word = inputs(graph, 3)
    got, rows = numbers(graph, [at_least(graph, word, limit)], 3)
    assert got == [int(r[0] + 2 * r[1] + 4 * r[2] >= limit) for r in rows.astype(int)]


def test_greater_and_ripple_of_words_of_different_widths():
    graph = Graph()
    x = inputs(graph, 5)
    got, rows = numbers(graph, [greater(graph, x[:3], x[3:])], 5)
    r = rows.astype(int)
    a, b = r[:, 0] + 2 * r[:, 1] + 4 * r[:, 2], r[:, 3] + 2 * r[:, 4]
    assert got == (a > b).astype(int).tolist()
    digits, carries = ripple(graph, x[:2], x[2:4], x[4])
    total = r[:, 0] + 2 * r[:, 1] + r[:, 2] + 2 * r[:, 3] + r[:, 4]
    assert numbers(graph, [*digits, carries[-1]], 5)[0] == total.tolist()


def test_a_word_joined_of_the_digits_of_two_adders_is_one_count():
    """Its low digit comes from the first adder and the others from the second."""
    graph = Graph()
    x = inputs(graph, 6)
    sums = Sums(graph)
    low = sums.count(x[:4])
    high = sums.total([low[1:], [x[4]]], 3)
    joined = sums.joined([low[0], *high])
    assert stripped(joined) == stripped(sums.total([[x[0]], [x[1]], [x[2]], [x[3]], [0, x[4]]], 4))
    assert numbers(graph, joined, 6)[0] == numbers(graph, [low[0], *high], 6)[0]
    assert sums.joined([x[0], x[1], low[2]]) == [x[0], x[1], low[2]]


def test_one_bit_and_a_constant_are_a_count_too():
    """A class with constant votes: its count is joined of one bit plus 1, and a lower digit."""
    graph = Graph()
    x = inputs(graph, 2)
    sums = Sums(graph)
    low = sums.count(x)
    high = sums.total([[1], [low[1]]], 2)
    joined = sums.joined([low[0], *high])
    assert stripped(joined) == stripped(sums.total([[x[0]], [x[1]], [0, 1]], 3))
    assert numbers(graph, joined, 2)[0] == [2, 3, 3, 4]


class Reader:
    """The values of Amaranth's sums in the kernel, as reading a circuit makes them."""

    def __init__(self, sums, known):
        self.sums, self.known, self.named = sums, known, []

    def word(self, value):
        match value:
            case Signal():
                return self.known[id(value)]
            case _ast.Const():
                return [value.value >> place & 1 for place in range(len(value))]
            case _ast.Concat():
                return [digit for part in value.parts for digit in self.word(part)]
            case _ast.Slice():
                return self.word(value.value)[value.start : value.stop]
        return self.sum(value, len(value))

    def sum(self, value, width):
        assert isinstance(value, _ast.Operator) and value.operator == "+"
        return self.sums.total([self.word(one) for one in value.operands], width)

    def __call__(self, value, width):
        self.named.append(Signal(width))  # kept, so that its id stays its own
        added = isinstance(value, _ast.Operator)
        word = self.sum(value, width) if added else self.word(value)[:width]
        self.known[id(self.named[-1])] = word + [0] * (width - len(word))
        return self.named[-1]


@pytest.mark.parametrize("style", COUNTS)
@pytest.mark.parametrize("twice", [0, 5])
def test_every_counter_that_is_built_is_known_at_once(style, twice):
    """No search: the digits are those of the plain count, for every number of bits."""
    for count in [*range(2, 131), 255, 256, 400, 1023]:
        graph = Graph()
        sums = Sums(graph)
        bits = [Signal(name=f"x{i}") for i in range(count)]
        read = Reader(sums, {id(bit): [graph.input(bit.name)] for bit in bits})
        bits += bits[:twice]
        word = read.word(COUNTS[style](bits, read))
        wanted = sums.count([read.known[id(bit)][0] for bit in bits])
        assert stripped(sums.joined(word)) == stripped(wanted), count


def test_a_digit_that_is_left_out_and_could_be_high_is_missed():
    graph = Graph()
    sums = Sums(graph)
    a, b, c, d, e, f = inputs(graph, 6)
    word = sums.count([a, b, c, d, e, f])
    assert sums.joined(word) == word
    low = sums.total([[a], [b], [c], [d]], 3)[:2]  # of four bits, the third digit is cut off
    assert stripped(sums.total([low, [e], [f]], 3)) != stripped(word)
    got, rows = numbers(graph, sums.joined(sums.total([low, [e], [f]], 3)), 6)
    assert got == [int(sum(row[:4])) % 4 + int(sum(row[4:])) for row in rows]
