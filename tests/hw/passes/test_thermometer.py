import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db2hdl_hw.netlist.builder import Builder
from db2hdl_hw.netlist.netlist import Op
from db2hdl_hw.netlist.random_netlist import random_netlist
from db2hdl_hw.netlist.text import from_text, to_text
from db2hdl_hw.netlist.verify import verify
from db2hdl_hw.passes import remove_dead, thermometer

BOUNDS = "n7 a compare(3) n6\nn8 a compare(5) n6\nn9 a not n7\nn10 a not n8\n"

# name: (a cell that reads them, the same afterwards or the constant that stands for it)
GOLDEN = {
    "at least 5 implies at least 3": ("and n2 n7 n8", "and n2 n8"),
    "below 3 implies below 5": ("and n2 n9 n10", "and n2 n9"),
    "a range stays": ("and n2 n7 n10", "and n2 n7 n10"),
    "an empty range": ("and n2 n8 n9", "n0"),
    "an empty range of one bound": ("and n2 n8 n10", "n0"),
    "at least 3 or 5 is at least 3": ("or n2 n7 n8", "or n2 n7"),
    "below 3 or 5 is below 5": ("or n2 n9 n10", "or n2 n10"),
    "outside a range stays": ("or n2 n8 n9", "or n2 n8 n9"),
    "two halves of everything": ("or n2 n7 n10", "n1"),
    "a bound or not": ("or n2 n7 n9", "n1"),
    "all four": ("and n2 n7 n8 n9 n10", "n0"),
    "no bounds": ("and n2 n3", "and n2 n3"),
    "xor is left alone": ("xor n2 n7 n8", "xor n2 n7 n8"),
}


@pytest.mark.parametrize("case", GOLDEN)
def test_golden(case, head, assert_same_function):
    cell, wanted = GOLDEN[case]
    before = from_text(f"{head}{BOUNDS}n11 b {cell}\noutput y n11\nprobe b n11\n")
    after = thermometer.run(before)
    verify(after)
    if wanted in ("n0", "n1"):
        assert to_text(after) == f"{head}{BOUNDS}output y {wanted}\nprobe b {wanted}\n"
    else:
        assert to_text(after) == f"{head}{BOUNDS}n11 b {wanted}\noutput y n11\nprobe b n11\n"
    assert_same_function(before, after)


def test_bounds_of_two_words_say_nothing_of_each_other(assert_same_function):
    b = Builder("t")
    words = [b.input_word("u", 3), b.input_word("v", 3)]
    with b.layer("l"):
        bits = b.compare(np.array(words), np.array([2, 5]))
        y = b.all_(b.concat([bits, b.not_(bits)])[[0, 1]][None])
    b.output("y", y)
    before = b.build()
    assert thermometer.run(before) == before


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32))
def test_function_and_idempotence(assert_same_function, seed):
    """Random rows of bounds of two words, both ways round, beside plain bits."""
    rng, b = np.random.default_rng(seed), Builder("t")
    x = b.input_bits("x", 2)
    words = np.array([b.input_word("u", 4), b.input_word("v", 3)])
    with b.layer("l"):
        bounds = b.compare(words[:, None], rng.integers(1, 7, (2, 5))).reshape(-1)
        literals = b.concat([x, bounds, b.not_(bounds)])
        rows = literals[rng.integers(len(literals), size=(20, 5))]
        y = b.concat([b.all_(rows[:10]), b.any_(rows[10:])])
        y = b.concat([y, b.all_(y[rng.integers(len(y), size=(10, 3))])])
        b.mark("l", y)
    b.output("y", y)
    before = b.build()
    after = thermometer.run(before)
    verify(after)
    assert_same_function(before, after)
    assert thermometer.run(after) == after
    assert len(after.fanin) < len(before.fanin)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32))
def test_random_netlists(assert_same_function, seed):
    before = random_netlist(seed, cells=60)
    after = thermometer.run(before)
    verify(after)
    assert_same_function(before, after)


def test_bounds_that_nothing_reads_any_more_die(head):
    before = from_text(f"{head}{BOUNDS}n11 b and n7 n8\noutput y n11\n")
    after = remove_dead.run(thermometer.run(before))
    assert (after.op == Op.COMPARE).sum() == 1


def test_the_check_finds_the_weaker_bound(head, assert_same_function):
    before = from_text(f"{head}{BOUNDS}n11 b and n7 n8\noutput y n11\n")
    wrong = from_text(f"{head}{BOUNDS}n11 b and n7\noutput y n11\n")
    with pytest.raises(AssertionError, match="output y differs"):
        assert_same_function(before, wrong)
