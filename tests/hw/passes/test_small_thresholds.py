import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db2hdl_hw.netlist.builder import Builder
from db2hdl_hw.netlist.netlist import Op
from db2hdl_hw.netlist.random_netlist import random_netlist
from db2hdl_hw.netlist.text import from_text, to_text
from db2hdl_hw.netlist.verify import verify
from db2hdl_hw.passes import small_thresholds

# name: (a cell, the same afterwards)
GOLDEN = {
    "majority of three": ("at_least(2) n2 n3 n4", "lut(0xe8) n2 n3 n4"),
    "two of four": ("at_least(2) n2 n3 n4 n5", "lut(0xfee8) n2 n3 n4 n5"),
    "a bit that counts twice": ("at_least(2) n3 n2 n3", "lut(0xc) n2 n3"),
    "a bit that is enough": ("at_least(2) n2 n3 n2 n2", "lut(0xa) n2 n3"),
    "the same bit": ("at_least(2) n2 n2 n2", "lut(0x2) n2"),
    "any is left": ("at_least(1) n2 n3 n4", "at_least(1) n2 n3 n4"),
    "all is left": ("at_least(3) n2 n3 n4", "at_least(3) n2 n3 n4"),
    "a constant is left": ("at_least(2) n1 n3 n4", "at_least(2) n1 n3 n4"),
    "other gates are left": ("and n2 n3 n4", "and n2 n3 n4"),
}


@pytest.mark.parametrize("case", GOLDEN)
def test_golden(case, head, assert_same_function):
    before, wanted = (f"{head}n7 a {c}\noutput y n7\nprobe a n7\n" for c in GOLDEN[case])
    after = small_thresholds.run(from_text(before))
    verify(after)
    assert to_text(after) == wanted
    assert_same_function(from_text(before), after)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32))
def test_thresholds_of_all_sizes(assert_same_function, seed):
    rng, b = np.random.default_rng(seed), Builder("t")
    x = b.input_bits("x", 8)
    with b.layer("l"):
        rows = [x[rng.integers(0, 8, int(rng.integers(1, 11)))] for _ in range(12)]
        y = b.concat([b.at_least(int(rng.integers(0, len(r) + 2)), r)[None] for r in rows])
        y = b.concat([y, b.at_least(2, y.reshape(4, 3)), b.at_least(5, y[None])])
        b.mark("l", y)
    b.output("y", y)
    before = b.build()
    after = small_thresholds.run(before)
    verify(after)
    assert_same_function(before, after)
    assert small_thresholds.run(after) == after
    for cell in np.flatnonzero(after.op == Op.AT_LEAST):
        reads, k = after.fanins(cell), int(after.param[cell])
        assert len(set(reads.tolist())) > 4 or k in (0, 1) or k >= len(reads) or min(reads) < 2


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32))
def test_random_netlists(assert_same_function, seed):
    before = random_netlist(seed, cells=60)
    after = small_thresholds.run(before)
    verify(after)
    assert_same_function(before, after)


def test_the_check_finds_a_wrong_table(head, assert_same_function):
    before = from_text(f"{head}n7 a at_least(2) n2 n3 n4\noutput y n7\n")
    wrong = from_text(f"{head}n7 a lut(0xe9) n2 n3 n4\noutput y n7\n")
    with pytest.raises(AssertionError, match="output y differs"):
        assert_same_function(before, wrong)
