import numpy as np
import pytest

from db2hdl_hw.netlist.builder import Builder, index_width, popcount_width
from db2hdl_hw.netlist.interpret import evaluate
from db2hdl_hw.netlist.netlist import CONST0, CONST1, Op
from db2hdl_hw.netlist.text import to_text
from db2hdl_hw.netlist.verify import NetlistError


def all_codes(bits):
    return (np.arange(1 << bits)[:, None] >> np.arange(bits) & 1).astype(bool)


def run(build, bits=3):
    """Return what ``build(builder, x)`` computes for all inputs, folded while built and not."""
    results = []
    for fold in (True, False):
        b = Builder("t", fold=fold)
        b.output("y", np.ravel(build(b, b.input_bits("x", bits))))
        results.append(evaluate(b.build(), {"x": all_codes(bits)})["y"])
    assert np.array_equal(*results)
    return results[0]


def test_constants_are_the_first_two_cells():
    b = Builder("t")
    assert b.const([False, True]).tolist() == [CONST0, CONST1]
    b.output("y", b.const([[True]]))
    assert to_text(b.build()) == "netlist t\nn0 - const(0)\nn1 - const(1)\noutput y n1\n"


@pytest.mark.parametrize("name, meaning", [("and_", "&"), ("or_", "|"), ("xor", "^")])
def test_elementwise_gates_on_bits_and_constants(name, meaning):
    x = all_codes(3)
    operands = np.concatenate([np.zeros((8, 1), bool), np.ones((8, 1), bool), x], axis=1)
    expected = eval(f"a[:, :, None] {meaning} a[:, None, :]", {"a": operands})

    def build(b, x):
        nets = b.concat([b.const([False, True]), x])
        return getattr(b, name)(nets[:, None], nets[None, :])

    assert np.array_equal(run(build), expected.reshape(8, -1))


def test_not_on_bits_and_constants():
    y = run(lambda b, x: b.not_(b.concat([b.const([False, True]), x])))
    assert np.array_equal(y[:, :2], np.tile([True, False], (8, 1)))
    assert np.array_equal(y[:, 2:], ~all_codes(3))


@pytest.mark.parametrize("extra", [[], [False], [True], [False, True, True]])
@pytest.mark.parametrize(
    "name, meaning",
    [("all_", np.all), ("any_", np.any), ("parity", lambda a, axis: a.sum(axis) % 2 == 1)],
)
def test_reductions_of_the_last_axis(name, meaning, extra):
    x = all_codes(3)
    rows = np.concatenate([x, np.tile(np.array(extra, bool), (8, 1))], axis=1)
    y = run(lambda b, x: getattr(b, name)(b.concat([x, b.const(extra)])))
    assert np.array_equal(y[:, 0], meaning(rows, axis=1))


def test_reductions_keep_the_other_axes():
    b = Builder("t")
    x = b.input_bits("x", 6).reshape(1, 2, 3)
    shapes = [b.all_(x), b.any_(x), b.parity(x), b.at_least(2, x), b.popcount(x), b.lut(1, x)]
    assert {nets.shape for nets in shapes} == {(1, 2)}
    assert all(nets.dtype == np.int32 for nets in shapes)
    assert b.argmax(b.popcount(x)).shape == (1,)


def test_reductions_of_nothing():
    b = Builder("t")
    none = np.zeros((2, 0), np.int32)
    assert b.all_(none).tolist() == [CONST1, CONST1]
    assert b.any_(none).tolist() == b.parity(none).tolist() == [CONST0, CONST0]
    assert b.at_least(0, none).tolist() == [CONST1, CONST1]
    assert b.at_least(1, none).tolist() == [CONST0, CONST0]
    b.output("counts", b.popcount(none))
    assert evaluate(b.build(), {})["counts"].tolist() == [[0, 0]]


@pytest.mark.parametrize("k", [-1, 0, 1, 2, 3, 4, 9])
def test_at_least(k):
    y = run(lambda b, x: b.at_least(k, x))
    assert np.array_equal(y[:, 0], all_codes(3).sum(1) >= k)


def test_popcount_compare_argmax():
    b = Builder("t")
    x, w = b.input_bits("x", 4), b.input_word("w", 2)
    counts = b.popcount(x.reshape(2, 2))
    b.output("counts", counts)
    b.output("best", b.argmax(b.concat([counts, w.reshape(1)])))
    b.output("ge", b.compare(w, np.arange(5)))
    codes = all_codes(6)
    word = codes[:, 4:] @ [1, 2]
    out = evaluate(b.build(), {"x": codes[:, :4], "w": word})
    expected = codes[:, :4].reshape(-1, 2, 2).sum(2)
    assert np.array_equal(out["counts"], expected)
    assert np.array_equal(out["best"], np.column_stack([expected, word]).argmax(1))
    assert np.array_equal(out["ge"], word[:, None] >= np.arange(5))


def test_compare_takes_a_bit_as_a_word_of_one_bit():
    y = run(lambda b, x: b.compare(x[0], np.arange(3)))
    assert np.array_equal(y, all_codes(3)[:, :1] >= np.arange(3))


def test_compare_of_bits_and_words_side_by_side():
    b = Builder("t")
    x, w = b.input_bits("x", 1), b.input_word("w", 3)
    out = b.compare(b.concat([x, w.reshape(1)]), [1, 5])
    assert out[0] == x[0] and out[1] != w


def test_lut_codes_have_the_first_input_as_lowest_bit():
    y = run(lambda b, x: b.lut([0b00000010, 0b10010110], np.stack([x, x])))
    code = all_codes(3) @ [1, 2, 4]
    assert np.array_equal(y[:, 0], code == 1)
    assert np.array_equal(y[:, 1], all_codes(3).sum(1) % 2 == 1)


def test_weights_leave_no_cells_of_their_own():
    """A layer of neurons is one cell a neuron, whose fan-ins are the bits that count."""
    b = Builder("t")
    x = b.input_bits("x", 50)
    weights = np.random.default_rng(1).random((30, 50)) < 0.5
    with b.layer("l0_and"):
        y = b.all_(b.or_(b.not_(b.const(weights)), x))
    b.output("y", y)
    netlist = b.build()
    assert (netlist.op == Op.AND).sum() == 30 and len(netlist) == 2 + 50 + 30
    for cell, row in zip(y, weights, strict=True):
        assert netlist.fanins(cell).tolist() == x[row].tolist()


def test_layers_places_and_probes():
    b = Builder("t")
    x = b.input_bits("x", 2)
    with b.layer("a"):
        y = b.not_(x)
        b.mark("a", [[y[1], y[0]], [y[1], x[0]]])
    with b.layer("b"):
        z = b.and_(y[0], y[1])
    b.mark("b", b.concat([y[:1], z.reshape(1)]))
    b.output("z", z)
    netlist = b.build()
    assert netlist.layers == ["", "a", "b"]
    assert netlist.layer[y].tolist() == [1, 1] and netlist.layer[z] == 2
    assert netlist.place[y].tolist() == [1, 0]  # the first of two places
    assert netlist.place[z] == 1 and netlist.place[x].tolist() == [-1, -1]
    assert netlist.probes["a"].tolist() == [y[1], y[0], y[1], x[0]]


def test_building_does_not_end_the_builder():
    b = Builder("t")
    b.output("y", b.input_bits("x", 1))
    first = b.build()
    b.output("z", b.const([True]))
    assert list(first.outputs) == ["y"] and list(b.build().outputs) == ["y", "z"]


def layer_in_layer(b):
    with b.layer("a"), b.layer("b"):
        pass


def layer_twice(b):
    for _ in range(2):
        with b.layer("a"):
            pass


def input_in_layer(b):
    with b.layer("a"):
        b.input_bits("y", 1)


@pytest.mark.parametrize(
    "misuse, message",
    [
        (layer_in_layer, "layer 'b' inside layer 'a'"),
        (layer_twice, "layer 'a' was opened before"),
        (input_in_layer, "input 'y' inside a layer"),
        (lambda b: b.mark("a", [0]), "layer 'a', which was never opened"),
        (lambda b: [b.output("y", [0]) for _ in range(2)], "output 'y' is driven twice"),
        (lambda b: b.compare(b.input_word("w", 2), 5), "threshold of compare"),
        (lambda b: b.compare([0], [-1]), "threshold of compare"),
        (lambda b: b.compare([0], [0.5]), "thresholds must be integers"),
        (lambda b: b.not_([True]), "use const"),
        (lambda b: b.all_(0), "needs an axis"),
        (lambda b: b.argmax(np.zeros((1, 0), np.int32)), "argmax of no words"),
    ],
)
def test_misuse_is_named(misuse, message):
    with pytest.raises(NetlistError, match=message):
        misuse(Builder("t"))


def test_build_verifies():
    b = Builder("t")
    b.output("y", b.and_(b.input_word("w", 2), b.input_bits("x", 1)))
    with pytest.raises(NetlistError, match=r"cell n4 \(and\) must read bits"):
        b.build()


def test_widths():
    assert [popcount_width(n) for n in (0, 1, 2, 3, 4, 255, 256)] == [1, 1, 2, 2, 3, 8, 9]
    assert [index_width(n) for n in (1, 2, 3, 4, 5, 256, 257)] == [1, 1, 2, 2, 3, 8, 9]
