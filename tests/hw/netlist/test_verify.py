"""Every rule has a netlist that breaks it, and nothing else."""

import numpy as np
import pytest

from db2hdl_hw.netlist.netlist import NO_NET, Netlist, Op, Port
from db2hdl_hw.netlist.random_netlist import random_netlist
from db2hdl_hw.netlist.text import from_text
from db2hdl_hw.netlist.verify import NetlistError, verify

GOOD = """netlist t
input x bits 3
input w word 4
layer a
layer b
n0 - const(0)
n1 - const(1)
n2 - input(x[0])
n3 - input(x[1])
n4:4 - input(w)
n5 a[0] and n2 n3
n6 a not n2
n7:2 a popcount n2 n3 n5
n8:4 b const(9)
n9:1 b argmax n4 n8
n10 b[1] compare(16) n8
n11 b at_least(2) n5 n6
n12 b lut(0x8) n5 n6
n13 b or n12 n11
n14:5 b popcount n2
output y n10 n13
output w2 n9
output w3 n7 n9
probe a n5 n0 .
probe b n0 n10
"""


def put(column, cell, value):
    def change(netlist: Netlist) -> None:
        getattr(netlist, column)[cell] = value

    return change


def fanin(cell, position, net):
    def change(netlist: Netlist) -> None:
        netlist.fanin[netlist.fanin_start[cell] + position] = net

    return change


def attribute(name, value):
    return lambda netlist: setattr(netlist, name, value)


def item(name, key, value):
    def change(netlist: Netlist) -> None:
        getattr(netlist, name)[key] = value

    return change


def nets(*values, dtype=np.int32):
    return np.array(values, dtype=dtype)


BROKEN = {
    "column length": (attribute("op", np.zeros(3, np.uint8)), "column 'width' must be int32"),
    "column type": (attribute("param", np.zeros(15, np.int64)), "column 'param' must be uint64"),
    "row type": (attribute("fanin", np.zeros(17, np.int64)), "fanin_start must be int64"),
    "row start": (put("fanin_start", 0, 1), "fanin_start must rise"),
    "row order": (put("fanin_start", 7, 0), "fanin_start must rise"),
    "row end": (put("fanin_start", -1, 1), "fanin_start must rise"),
    "no layer of inputs": (item("layers", 0, "x"), r'layers\[0\] must be ""'),
    "layer name": (item("layers", 1, "a b"), "layer name 'a b' is not an identifier"),
    "layer twice": (item("layers", 1, "b"), "layer name 'b' is there twice"),
    "top name": (attribute("top", "1t"), "top name '1t' is not an identifier"),
    "input name": (item("inputs", 0, Port("é", 3)), "port name 'é' is not an identifier"),
    "port twice": (item("outputs", "x", nets(2)), "port name 'x' is there twice"),
    "port width": (item("inputs", 0, Port("x", 0)), "input 'x' has the width 0"),
    "word too wide": (item("inputs", 1, Port("w", 64, True)), "input 'w' has the width 64"),
    "operation": (put("op", 5, 77), r"cell n5 \(operation 77 in a\[0\]\) has an unknown operation"),
    "layer above": (put("layer", 6, 3), r"cell n6 \(not in layer 3\) is in a layer outside"),
    "layer below": (put("layer", 6, -1), r"cell n6 .* is in a layer outside 0\.\.2"),
    "constant 0": (put("param", 0, 1), r"cell n0 \(const\) must be the bit 0"),
    "constant 1": (put("width", 1, 1), r"cell n1 \(const\) must be the bit 1"),
    "constant layer": (put("layer", 1, 1), r"cell n1 \(const in a\) must be the bit 1"),
    "constant cell": (put("op", 0, Op.INPUT), "cell n0 must be the constant 0"),
    "fan-in above": (fanin(13, 0, 99), r"cell n13 \(or in b\) reads a net .*: fan-in n99"),
    "fan-in below": (fanin(13, 1, -1), r"cell n13 \(or in b\) reads a net .*: fan-in n-1"),
    "later fan-in": (fanin(11, 0, 12), "cell n11 .* reads itself or a later cell: fan-in n12"),
    "own fan-in": (fanin(6, 0, 6), "cell n6 .* reads itself or a later cell"),
    "later layer": (put("layer", 5, 2), r"cell n7 .* reads a later layer: fan-in n5"),
    "source with fan-in": (put("op", 6, Op.CONST), "cell n6 .* must have no fan-in"),
    "two for not": (put("op", 11, Op.NOT), "cell n11 .* must have one fan-in"),
    "two for compare": (put("op", 9, Op.COMPARE), "cell n9 .* must have one fan-in"),
    "none for and": (put("op", 8, Op.AND), r"cell n8 \(and in b\) must have a fan-in"),
    "bit as word": (put("width", 7, 0), "cell n7 .* must drive a word"),
    "word as bit": (put("width", 6, 1), "cell n6 .* must drive a bit"),
    "width above": (put("width", 14, 64), "cell n14 .* has a width outside 0..63"),
    "width below": (put("width", 14, -1), "cell n14 .* has a width outside"),
    "count too wide": (put("width", 7, 1), "cell n7 .* too small a width for its count"),
    "index width": (put("width", 9, 2), "cell n9 .* must have the width of its index"),
    "bit read as word": (fanin(10, 0, 2), "cell n10 .* must read words: fan-in n2"),
    "word read as bit": (fanin(13, 0, 4), "cell n13 .* must read bits: fan-in n4"),
    "unequal words": (fanin(9, 1, 7), "cell n9 .* must read words of equal width: fan-in n7"),
    "param where none": (put("param", 5, 1), "cell n5 .* must have the parameter 0"),
    "constant range": (put("param", 8, 16), "cell n8 .* has a parameter out of range"),
    "at_least range": (put("param", 11, 4), "cell n11 .* has a parameter out of range"),
    "compare range": (put("param", 10, 17), "cell n10 .* has a parameter out of range"),
    "lut range": (put("param", 12, 16), "cell n12 .* has a parameter out of range"),
    "port number": (put("param", 3, 2 << 32), r"cell n3 .* reads a port outside 0\.\.1"),
    "port bit": (put("param", 3, 3), "cell n3 .* reads a bit that its port does not have"),
    "port kind": (put("param", 3, 1 << 32), "cell n3 .* has another width than its port"),
    "port bit twice": (put("param", 3, 0), "cell n3 .* reads the same bit as an earlier input"),
    "input layer": (put("layer", 3, 1), r"cell n3 \(input in a\) must be in the layer of inputs"),
    "no outputs": (attribute("outputs", {}), "the netlist has no output"),
    "output above": (item("outputs", "y", nets(15)), "output 'y' has a net outside 0..14"),
    "output gone": (item("outputs", "y", nets(NO_NET)), "output 'y' has a net outside"),
    "output empty": (item("outputs", "y", nets()), "output 'y' has no nets"),
    "output type": (item("outputs", "y", nets(5, dtype=np.int64)), "output 'y' must be one row"),
    "output mix": (item("outputs", "y", nets(5, 9)), "output 'y' mixes bits and words"),
    "probe layer": (item("probes", "c", nets(5)), "probe of 'c', which is not a layer"),
    "probe above": (item("probes", "a", nets(15)), "probe of 'a' has a net outside"),
    "probe below": (item("probes", "a", nets(-2)), "probe of 'a' has a net outside"),
    "probe of a word": (item("probes", "a", nets(5, 9)), "probe of 'a' has a word"),
    "place denied": (put("place", 5, 1), r"cell n5 \(and in a\[1\]\) has a place that its layer"),
    "place beyond": (put("place", 5, 7), r"cell n5 \(and in a\[7\]\) has a place that its layer"),
    "place below": (put("place", 5, -2), "cell n5 .* has a place below -1"),
}


def test_a_good_netlist_passes():
    verify(from_text(GOOD))
    verify(random_netlist(1, cells=200, words=3))


@pytest.mark.parametrize("rule", BROKEN)
def test_each_rule_can_fail(rule):
    change, message = BROKEN[rule]
    netlist = from_text(GOOD)
    change(netlist)
    with pytest.raises(NetlistError, match=message) as caught:
        verify(netlist)
    if message.startswith("cell n"):
        assert f"cell n{caught.value.cell} " in str(caught.value)


def test_too_many_inputs_of_a_table():
    text = "netlist t\ninput x bits 7\nn0 - const(0)\nn1 - const(1)\n"
    text += "".join(f"n{i + 2} - input(x[{i}])\n" for i in range(7))
    good = text + "n9 - lut(0xffffffffffffffff) n2 n3 n4 n5 n6 n7\noutput y n9\n"
    verify(from_text(good))
    with pytest.raises(ValueError, match=r"cell n9 \(lut\) has more than 6 fan-ins"):
        from_text(good.replace(" n7\noutput", " n7 n8\noutput"))


def test_an_error_of_the_netlist_is_internal():
    assert NetlistError("…").exit_code == 1
