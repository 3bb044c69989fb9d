import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db2hdl_hw.netlist.builder import Builder
from db2hdl_hw.netlist.netlist import Op
from db2hdl_hw.netlist.random_netlist import random_netlist
from db2hdl_hw.netlist.verify import verify
from db2hdl_hw.passes import optimise, share_counts


def netlist(thresholds, bits=9, *, counted=False, shuffled=False):
    """Return thresholds of all bits of an input, and perhaps their count, in one layer."""
    rng, b = np.random.default_rng(0), Builder("t")
    x = b.input_bits("x", bits)
    with b.layer("l"):
        rows = [rng.permutation(x) if shuffled else x for _ in thresholds]
        y = b.concat([b.at_least(k, row)[None] for k, row in zip(thresholds, rows, strict=True)])
        b.mark("l", y)
    b.output("y", y)
    if counted:
        b.output("c", [b.popcount(x)])
    return b.build()


def ops(made):
    return {name: int((made.op == op).sum()) for name, op in Op.__members__.items()}


@pytest.mark.parametrize("shuffled", [False, True])
def test_thresholds_of_the_same_bits_share_a_count(assert_same_function, shuffled):
    before = netlist([3, 9, 1, 5], shuffled=shuffled)
    after = share_counts.run(before)
    verify(after)
    assert_same_function(before, after)
    assert (ops(after)["POPCOUNT"], ops(after)["COMPARE"], ops(after)["AT_LEAST"]) == (1, 4, 0)
    assert (after.probes["l"] >= 0).all()
    assert share_counts.run(after) == after


def test_a_count_that_is_there_is_the_one(assert_same_function):
    before = netlist([3, 5], counted=True)
    after = optimise(before)
    assert_same_function(before, after)
    assert (ops(after)["POPCOUNT"], ops(after)["AT_LEAST"]) == (1, 0)


@pytest.mark.parametrize(
    ("thresholds", "bits"),
    [([4], 9), ([1, 9], 9), ([2, 4], 6)],
    ids=["one alone", "gates", "tables"],
)
def test_what_is_left_alone(thresholds, bits):
    before = netlist(thresholds, bits)
    assert share_counts.run(before) == before


def test_bits_that_count_twice_are_other_bits(assert_same_function):
    b = Builder("t")
    x = b.input_bits("x", 8)
    with b.layer("l"):
        twice = b.concat([x, x[:1]])
        y = b.concat([b.at_least(k, row)[None] for row in (x, twice) for k in (3, 4)])
    b.output("y", y)
    before = b.build()
    after = share_counts.run(before)
    verify(after)
    assert_same_function(before, after)
    assert (ops(after)["POPCOUNT"], ops(after)["COMPARE"]) == (2, 4)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32))
def test_groups_of_any_kind_in_any_order(assert_same_function, seed):
    rng, b = np.random.default_rng(seed), Builder("t")
    x = b.input_bits("x", 10)
    y = x
    for layer in range(2):
        with b.layer(f"l{layer}"):
            rows = [y[rng.integers(0, len(y), int(rng.integers(6, 11)))] for _ in range(3)]
            rows = [rng.permutation(rows[int(rng.integers(0, 3))]) for _ in range(10)]
            y = b.concat([b.at_least(int(rng.integers(0, len(r) + 2)), r)[None] for r in rows])
            b.mark(f"l{layer}", y)
    b.output("y", y)
    before = b.build()
    after = share_counts.run(before)
    verify(after)
    assert_same_function(before, after)
    assert share_counts.run(after) == after


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32))
def test_random_netlists(assert_same_function, seed):
    before = random_netlist(seed, cells=60)
    after = share_counts.run(before)
    verify(after)
    assert_same_function(before, after)


def test_the_check_finds_a_wrong_threshold(assert_same_function):
    before = netlist([3, 5])
    after = share_counts.run(before)
    after.param[np.flatnonzero(after.op == Op.COMPARE)[0]] = 4
    with pytest.raises(AssertionError, match="output y differs"):
        assert_same_function(before, after)
