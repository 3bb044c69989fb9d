"""The graph: every builder is compared with plain Python on all inputs."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db2hdl_hw.prove.graph import Graph
from db2hdl_hw.prove.simulate import Simulator, bit_of


def table(graph, names, literal):
    """The values of a literal for all inputs, the first name the slowest."""
    rows = list(product([False, True], repeat=len(names)))
    patterns = {name: np.array([row[i] for row in rows]) for i, name in enumerate(names)}
    values = Simulator(graph).run(patterns, len(rows))
    return [bit_of(values, literal, i) for i in range(len(rows))], rows


OPERATIONS = {
    "and": (lambda g, b: g.all_(b), all),
    "or": (lambda g, b: g.any_(b), any),
    "parity": (lambda g, b: g.parity(b), lambda row: sum(row) % 2 == 1),
    "mux": (lambda g, b: g.mux(b[0], b[1], b[2]), lambda r: r[1] if r[0] else r[2]),
    "xor": (lambda g, b: g.xor(b[0], b[1]), lambda r: r[0] != r[1]),
}


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("flips", range(8))
def test_operations_of_inverted_inputs(name, flips):
    build, meaning = OPERATIONS[name]
    graph, names = Graph(), ["a", "b", "c"]
    bits = [graph.input(n) ^ (flips >> i & 1) for i, n in enumerate(names)]
    got, rows = table(graph, names, build(graph, bits))
    assert got == [bool(meaning([x ^ bool(flips >> i & 1) for i, x in enumerate(r)])) for r in rows]


@given(st.integers(0, 2**16 - 1), st.lists(st.integers(0, 5), min_size=4, max_size=4))
def test_tables_with_repeated_and_constant_inputs(entries, picks):
    graph = Graph()
    a, b = graph.input("a"), graph.input("b")
    literals = [0, 1, a, a ^ 1, b, b ^ 1]
    got, rows = table(graph, ["a", "b"], graph.lut(entries, [literals[p] for p in picks]))
    for value, (x, y) in zip(got, rows, strict=True):
        bits = [(False, True, x, not x, y, not y)[p] for p in picks]
        assert value == bool(entries >> sum(bit << i for i, bit in enumerate(bits)) & 1)


def test_equal_structure_is_one_node():
    graph = Graph()
    a, b, c = (graph.input(n) for n in "abc")
    assert graph.all_([a, b, c]) == graph.all_([c, b, a, a])
    assert graph.and_(a, a ^ 1) == 0
    assert graph.or_(a, a ^ 1) == 1
    assert graph.parity([a, b, a]) == b
    assert graph.input("a") == a


def test_a_sum_of_repeated_bits_is_worth_its_weight():
    graph = Graph()
    bits = [graph.input(n) for n in "abcd"]
    form = tuple((bit, weight) for bit, weight in zip(bits, (3, 1, 1, 2), strict=True))
    digits = graph.sum_digits(form, 5)
    assert digits == graph.sum_digits(form, 5)
    for place, digit in enumerate(digits):
        got, rows = table(graph, list("abcd"), digit)
        assert got == [bool((5 + 3 * r[0] + r[1] + r[2] + 2 * r[3]) >> place & 1) for r in rows]
