"""Cones say of a circuit no more than it says itself."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from db2hdl_hw.prove.cone import cone
from db2hdl_hw.prove.graph import Graph

PAIRS = st.lists(st.tuples(st.integers(0, 63), st.integers(0, 63)), min_size=1, max_size=12)


def build(pairs, inputs=4):
    """A graph of ANDs of earlier literals, and all its literals."""
    graph = Graph()
    literals = [graph.input(f"x{i}") for i in range(inputs)]
    for a, b in pairs:
        size = 2 * len(literals)
        x, y = a % size, b % size
        literals.append(graph.and_(literals[x >> 1] ^ (x & 1), literals[y >> 1] ^ (y & 1)))
    return graph, literals


def evaluate(graph, bits):
    """Every node's value; inputs take the bits in order."""
    values, free = [False], iter(bits)
    for a, b in list(zip(graph.left, graph.right, strict=True))[1:]:
        if a < 0:
            values.append(next(free))
        else:
            values.append((values[a >> 1] ^ bool(a & 1)) and (values[b >> 1] ^ bool(b & 1)))
    return values


@given(PAIRS, st.integers(1, 5))
def test_what_a_circuit_computes_satisfies_every_cone_of_it(pairs, most):
    """So a cone without a difference proves that the circuit has none."""
    graph, literals = build(pairs)
    one = cone(graph, literals[-1], literals[0] ^ 1, most)
    for bits in product((False, True), repeat=4):
        values = evaluate(graph, bits)
        inner = [values[node] for node in one.nodes]
        for n, x, y in one:
            assert inner[n] == ((inner[x >> 1] ^ bool(x & 1)) and (inner[y >> 1] ^ bool(y & 1)))
        assert inner[one.a >> 1] ^ (one.a & 1) == values[literals[-1] >> 1] ^ (literals[-1] & 1)
        assert inner[one.b >> 1] ^ (one.b & 1) == (not values[literals[0] >> 1])


@given(PAIRS)
def test_a_whole_cone_is_free_only_at_inputs(pairs):
    graph, literals = build(pairs)
    one = cone(graph, literals[-1], literals[0], None)
    gates = {n for n, _, _ in one}
    assert one.whole
    assert all(graph.left[node] < 0 for v, node in enumerate(one.nodes) if v and v not in gates)


def test_the_digest_is_of_the_formula_alone():
    def digest(name, flip, before):
        graph = Graph()
        for number in range(before):
            graph.input(f"other{number}")
        a, b, c = (graph.input(f"{name}{i}") for i in range(3))
        return cone(graph, graph.and_(graph.and_(a, b), c ^ flip), a, 40).digest

    assert digest("x", 0, 0) == digest("y", 0, 3)
    assert digest("x", 0, 0) != digest("x", 1, 0)
