import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db2hdl_hw.errors import InputError
from db2hdl_hw.netlist import text as text_module
from db2hdl_hw.netlist.random_netlist import random_netlist
from db2hdl_hw.netlist.text import from_text, to_text

MAJORITY = """netlist majority
input x bits 3
input age word 8
layer l0_majority
n0 - const(0)
n1 - const(1)
n2 - input(x[0])
n3 - input(x[1])
n4 - input(x[2])
n5:8 - input(age)
n6 l0_majority[0] at_least(2) n2 n3 n4
n7 l0_majority compare(18) n5
n8 l0_majority lut(0x8e) n2 n3 n4
output y n6 n7 n8
probe l0_majority n6 .
"""


def test_golden():
    netlist = from_text(MAJORITY)
    assert to_text(netlist) == MAJORITY
    assert netlist.fanins(6).tolist() == [2, 3, 4]


def test_the_example_of_the_documentation_is_read():
    example = text_module.__doc__.split("::\n", 1)[1].split("\n\nA cell line")[0]
    text = "\n".join(line.strip() for line in example.strip().splitlines())
    assert to_text(from_text(text)) == text + "\n"


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32))
def test_round_trip_is_exact(seed):
    netlist = random_netlist(seed, cells=60, words=2)
    back = from_text(to_text(netlist))
    assert back == netlist
    for column in ("op", "width", "param", "layer", "place", "fanin_start", "fanin"):
        assert getattr(back, column).dtype == getattr(netlist, column).dtype


def test_comments_and_blank_lines_are_skipped():
    assert from_text("# a comment\n\n" + MAJORITY) == from_text(MAJORITY)


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("netlist majority", "", "'netlist NAME' is missing"),
        ("netlist majority", "netlist a b", "line 1: write 'netlist NAME' once"),
        ("input x bits 3", "input x bit 3", "line 2: write 'input NAME"),
        ("input x bits 3", "input x bits three", "line 2: write 'input NAME"),
        ("input age word 8", "input x word 8", "line 3: input 'x' is there twice"),
        ("input age word 8", "input age word 99999999999", "line 3: the number .* is too large"),
        ("layer l0_majority\n", "layer\n", "line 4: write 'layer NAME'"),
        ("n2 - input(x[0])", "n3 - input(x[0])", "line 7: expected cell n2, not n3"),
        ("n2 - input(x[0])", "n2 input", "line 7: write 'nNUMBER"),
        ("input(x[0])", "input(z[0])", "line 7: unknown input port 'z'"),
        ("input(x[0])", "input(x)", "line 7: input port 'x' is a bus"),
        ("input(age)", "input(age[0])", "line 10: input port 'age' is a word"),
        ("input(x[0])", "input(x 0)", "line 7: write input"),
        ("n6 l0_majority[0]", "n6 l0_majorty[0]", "line 11: unknown layer .* mean 'l0_majority'"),
        ("at_least(2)", "at_lest(2)", "line 11: unknown operation .* mean 'at_least'"),
        ("at_least(2)", "at_least", "line 11: at_least has a parameter"),
        ("at_least(2)", "and(2)", "line 11: and has no parameter"),
        ("at_least(2)", "at_least(two)", "line 11: parameter 'two' is not a number"),
        ("compare(18)", "compare(" + "9" * 5000 + ")", "line 12: the number .* is too large"),
        ("n2 n3 n4\nn7", "n2 n3 x4\nn7", "line 11: write 'nNUMBER"),
        ("n2 n3 n4\nn7", "n2 n3 n77777777777\nn7", "line 11: the number 77777777777 is too large"),
        ("n2 n3 n4\nn7", "n2 n3 n60\nn7", r"cell n6 \(at_least in l0_majority\[0\]\) reads a net"),
        ("output y n6", "output y n60", "output 'y' has a net outside"),
        ("output y n6", "output y .", "line 14: '.' is not a net"),
        ("output y n6", "output y 6", "line 14: '6' is not a net"),
        ("output y n6 n7 n8", "output", "line 14: write 'output NAME NETS'"),
        ("probe l0", "prob l0", "line 15: unknown kind of line 'prob'; did you mean 'probe'"),
        ("probe l0_majority n6 .", "probe l0_majority n6 .\nprobe l0_majority", "line 16: write"),
    ],
)
def test_malformed_text_is_named_by_its_line(old, new, message):
    assert old in MAJORITY
    with pytest.raises(InputError, match=message):
        from_text(MAJORITY.replace(old, new, 1))


@pytest.mark.parametrize("text", ["", "\n", "netlist t\n", "netlist t\noutput y n0\n", "\x00"])
def test_nothing_there(text):
    with pytest.raises(InputError, match="netlist text"):
        from_text(text)
