import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db2hdl_hw.netlist.random_netlist import random_netlist
from db2hdl_hw.netlist.text import from_text, to_text
from db2hdl_hw.netlist.verify import verify
from db2hdl_hw.passes import fold_constants, fold_gates

# name: (cells before, cells after, output after); the output before is the last cell.
GOLDEN = {
    "not 0": ("n7 a not n0", "", "n1"),
    "not 1": ("n7 a not n1", "", "n0"),
    "not not": ("n7 a not n2\nn8 b not n7", "n7 a not n2", "n2"),
    "and of one": ("n7 a and n2", "", "n2"),
    "and 1": ("n7 a and n3 n1 n2", "n7 a and n2 n3", "n7"),
    "and 0": ("n7 a and n2 n0 n3", "", "n0"),
    "and of 1s": ("n7 a and n1 n1", "", "n1"),
    "and twice": ("n7 a and n3 n2 n3 n2", "n7 a and n2 n3", "n7"),
    "and to one": ("n7 a and n2 n1 n2", "", "n2"),
    "and x not x": ("n7 a not n2\nn8 b and n3 n2 n7", "n7 a not n2", "n0"),
    "and not x twice": ("n7 a not n2\nn8 b and n7 n7 n3", "n7 a not n2\nn8 b and n3 n7", "n8"),
    "and of two inverters": (
        "n7 a not n2\nn8 a not n2\nn9 b and n8 n7 n3",
        "n7 a not n2\nn8 a not n2\nn9 b and n3 n7",
        "n9",
    ),
    "or of one": ("n7 a or n2", "", "n2"),
    "or 0": ("n7 a or n3 n0 n2", "n7 a or n2 n3", "n7"),
    "or 1": ("n7 a or n2 n1 n3", "", "n1"),
    "or of 0s": ("n7 a or n0", "", "n0"),
    "or x not x": ("n7 a not n2\nn8 b or n7 n3 n2", "n7 a not n2", "n1"),
    "xor of one": ("n7 a xor n2", "", "n2"),
    "xor 0": ("n7 a xor n0 n2 n3", "n7 a xor n2 n3", "n7"),
    "xor 1 of one": ("n7 a xor n1 n2", "n7 a not n2", "n7"),
    "xor 1": ("n7 a xor n3 n2 n1", "n7 a xor n1 n2 n3", "n7"),
    "xor 1 1": ("n7 a xor n3 n1 n2 n1", "n7 a xor n2 n3", "n7"),
    "xor twice": ("n7 a xor n2 n3 n2", "", "n3"),
    "xor thrice": ("n7 a xor n2 n2 n2", "", "n2"),
    "xor of nothing": ("n7 a xor n2 n2", "", "n0"),
    "xor x not x": ("n7 a not n2\nn8 b xor n2 n7", "n7 a not n2", "n1"),
    "xor of a known inverse": ("n7 a not n2\nn8 b xor n1 n1 n7", "n7 a not n2", "n7"),
    "xor x not y": ("n7 a not n2\nn8 b xor n7 n3", "n7 a not n2\nn8 b xor n1 n2 n3", "n8"),
    "xor not x not y": (
        "n7 a not n2\nn8 a not n3\nn9 b xor n7 n8",
        "n7 a not n2\nn8 a not n3\nn9 b xor n2 n3",
        "n9",
    ),
    "at_least 0": ("n7 a at_least(0) n2 n3", "", "n1"),
    "at_least too many": ("n7 a at_least(3) n2 n3", "", "n0"),
    "at_least drops 0": ("n7 a at_least(2) n4 n0 n3 n2", "n7 a at_least(2) n2 n3 n4", "n7"),
    "at_least lowers k": ("n7 a at_least(3) n4 n1 n3 n2", "n7 a at_least(2) n2 n3 n4", "n7"),
    "at_least to or": ("n7 a at_least(2) n1 n3 n2", "n7 a or n2 n3", "n7"),
    "at_least to and": ("n7 a at_least(2) n0 n3 n2", "n7 a and n2 n3", "n7"),
    "at_least to 1": ("n7 a at_least(2) n1 n1 n2", "", "n1"),
    "at_least to 0": ("n7 a at_least(2) n0 n0 n2", "", "n0"),
    "at_least to one": ("n7 a at_least(2) n1 n2", "", "n2"),
    "at_least to or of one": ("n7 a at_least(1) n2 n2", "", "n2"),
    "at_least counts twice": ("n7 a at_least(2) n2 n2 n3", "n7 a at_least(2) n2 n2 n3", "n7"),
    "popcount drops 0": ("n7:3 a popcount n3 n0 n1 n2", "n7:3 a popcount n1 n2 n3", "n7"),
    "popcount of constants": ("n7:2 a popcount n0 n1 n1", "n7:2 a const(2)", "n7"),
    "popcount of 0": ("n7:1 a popcount n0", "n7:1 a const(0)", "n7"),
    "compare 0": ("n7 a compare(0) n6", "", "n1"),
    "compare beyond": ("n7 a compare(8) n6", "", "n0"),
    "compare at the edges": ("n7 a compare(7) n6", "n7 a compare(7) n6", "n7"),
    "compare a constant, true": ("n7:3 a const(5)\nn8 b compare(5) n7", "n7:3 a const(5)", "n1"),
    "compare a constant, false": ("n7:3 a const(5)\nn8 b compare(6) n7", "n7:3 a const(5)", "n0"),
    "compare a short count": (
        "n7:3 a popcount n2 n3 n0\nn8 b compare(3) n7",
        "n7:3 a popcount n2 n3",
        "n0",
    ),
    "argmax of one": ("n7:1 a argmax n6", "n7:1 a const(0)", "n7"),
    "argmax of constants": (
        "n7:3 a const(4)\nn8:3 a const(5)\nn9:2 b argmax n7 n8 n8",
        "n7:3 a const(4)\nn8:3 a const(5)\nn9:2 b const(1)",
        "n9",
    ),
    "argmax": ("n7:1 a argmax n6 n6", "n7:1 a argmax n6 n6", "n7"),
    "lut of constants": ("n7 a lut(0x2) n1 n0", "", "n1"),
    "lut with a constant": ("n7 a lut(0xe8) n2 n3 n1", "n7 a lut(0xe) n2 n3", "n7"),
    "lut that is a bit": ("n7 a lut(0xc) n2 n3", "", "n3"),
    "lut that is an inverter": ("n7 a lut(0x3) n2 n3", "n7 a not n3", "n7"),
    "lut that is constant": ("n7 a lut(0xf) n2 n3", "", "n1"),
    "lut that stays": ("n7 a lut(0x6) n3 n2", "n7 a lut(0x6) n3 n2", "n7"),
    "lut without its middle": ("n7 a lut(0x5a) n2 n3 n4", "n7 a lut(0x6) n2 n4", "n7"),
    "constant bit": ("n7 a const(1)\nn8 b and n7 n2", "", "n2"),
    "a chain": (
        "n7 a and n2 n0\nn8 a or n7 n1\nn9 b xor n8 n2\nn10 b not n9\nn11 b and n10 n3",
        "n7 b not n2\nn8 b and n2 n3",
        "n8",
    ),
}


@pytest.mark.parametrize("case", GOLDEN)
def test_golden(case, head, assert_same_function):
    cells, folded, output = GOLDEN[case]
    last = cells.splitlines()[-1].split()[0].split(":")[0]
    before = from_text(f"{head}{cells}\noutput y {last}\n")
    after = fold_constants.run(before)
    verify(after)
    assert to_text(after) == f"{head}{folded}{chr(10) if folded else ''}output y {output}\n"
    assert_same_function(before, after)


def test_probes_follow_and_places_stay_with_cells(head):
    text = "n7 a[0] and n2 n1\nn8 a[1] and n3 n0\nn9 a[2] not n2\n"
    before = from_text(f"{head}{text}output y n9\nprobe a n7 n8 n9 .\n")
    after = fold_constants.run(before)
    assert to_text(after) == f"{head}n7 a[2] not n2\noutput y n7\nprobe a n2 n0 n7 .\n"


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32))
def test_function_and_idempotence_on_random_netlists(assert_same_function, seed):
    before = random_netlist(seed, cells=60)
    after = fold_constants.run(before)
    verify(after)
    assert_same_function(before, after)
    assert fold_constants.run(after) == after


def plant(monkeypatch, name, rule):
    rules = [(ops, rule if old.__name__ == name else old) for ops, old in fold_constants._RULES]
    monkeypatch.setattr(fold_constants, "_RULES", tuple(rules))


def off_by_one(state, cells):
    state.param[cells] += 1
    fold_gates.fold_at_least(state, cells)


def no_inverse(state, cells):
    state.replace(cells, state.rows(cells).values)


@pytest.mark.parametrize("name, rule", [("fold_at_least", off_by_one), ("fold_not", no_inverse)])
def test_a_wrong_rule_is_caught(monkeypatch, assert_same_function, name, rule):
    plant(monkeypatch, name, rule)
    before = random_netlist(7, cells=100)
    with pytest.raises(AssertionError, match="differs"):
        assert_same_function(before, fold_constants.run(before))
