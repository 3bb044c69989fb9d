import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db2hdl_hw.errors import InputError
from db2hdl_hw.netlist import interpret
from db2hdl_hw.netlist.builder import Builder
from db2hdl_hw.netlist.interpret import Interpreter, evaluate, evaluate_probes
from db2hdl_hw.netlist.netlist import NO_NET, Op
from db2hdl_hw.netlist.random_netlist import random_netlist
from db2hdl_hw.netlist.text import from_text

MEANING = {
    Op.NOT: lambda f, p: 1 - f[0],
    Op.AND: lambda f, p: int(all(f)),
    Op.OR: lambda f, p: int(any(f)),
    Op.XOR: lambda f, p: sum(f) % 2,
    Op.LUT: lambda f, p: p >> sum(bit << i for i, bit in enumerate(f)) & 1,
    Op.AT_LEAST: lambda f, p: int(sum(f) >= p),
    Op.POPCOUNT: lambda f, p: sum(f),
    Op.COMPARE: lambda f, p: int(f[0] >= p),
    Op.ARGMAX: lambda f, p: f.index(max(f)),
}


def cell_by_cell(netlist, inputs, row):
    """Return the value of every net for one row, one cell after the other."""
    values = []
    for cell in range(len(netlist)):
        op, param = Op(netlist.op[cell]), int(netlist.param[cell])
        if op is Op.CONST:
            values.append(param)
        elif op is Op.INPUT:
            port = inputs[netlist.inputs[param >> 32].name][row]
            values.append(int(port if port.ndim == 0 else port[param & 0xFFFFFFFF]))
        else:
            values.append(MEANING[op]([values[net] for net in netlist.fanins(cell)], param))
    return np.array(values)


def random_inputs(netlist, rows, seed=0):
    rng = np.random.default_rng(seed)
    return {
        p.name: rng.integers(1 << p.width, size=rows)
        if p.is_word
        else rng.random((rows, p.width)) < 0.5
        for p in netlist.inputs
    }


def assert_agrees(netlist, inputs):
    outputs, probes = evaluate(netlist, inputs), evaluate_probes(netlist, inputs)
    rows = len(next(iter(outputs.values())))
    for row in range(rows):
        values = cell_by_cell(netlist, inputs, row)
        for port, nets in netlist.outputs.items():
            assert np.array_equal(np.atleast_1d(outputs[port][row]), values[nets]), (port, row)
        for layer, nets in netlist.probes.items():
            there = nets != NO_NET
            assert np.array_equal(probes[layer][row].data[there], values[nets[there]])


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32), st.integers(1, 80))
def test_agrees_with_cells_evaluated_one_by_one(seed, rows):
    netlist = random_netlist(seed, cells=50, words=2)
    assert_agrees(netlist, random_inputs(netlist, rows, seed))


def test_every_operation_is_compared():
    seen = set()
    for seed in range(5):
        seen |= set(random_netlist(seed, cells=50, words=2).op.tolist())
    assert seen == {int(op) for op in Op}


@pytest.mark.parametrize("op", ["all_", "any_", "parity", "popcount", "at_least"])
def test_wide_reductions_of_different_lengths(op):
    b = Builder("t")
    x = b.input_bits("x", 40)
    for n in range(1, 41):
        part = x[:n]
        b.output(
            f"y{n}", b.at_least(n // 2 + 1, part) if op == "at_least" else getattr(b, op)(part)
        )
    netlist = b.build()
    inputs = random_inputs(netlist, 30)
    inputs["x"][:3] = [[True] * 40, [False] * 40, [True, False] * 20]
    assert_agrees(netlist, inputs)


def test_wide_words():
    text = "netlist t\ninput a word 63\ninput b word 63\n"
    text += "n0 - const(0)\nn1 - const(1)\nn2:63 - input(a)\nn3:63 - input(b)\n"
    text += "n4 - compare(9223372036854775807) n2\nn5 - compare(9223372036854775808) n2\n"
    text += "n6:1 - argmax n2 n3\noutput y n4 n5\noutput w n6\noutput a2 n2\n"
    top = (1 << 63) - 1
    a, b = np.array([0, top, top - 1]), np.array([top, top, 5])
    out = evaluate(from_text(text), {"a": a, "b": b})
    assert out["y"].tolist() == [[False, False], [True, False], [False, False]]
    assert out["w"].tolist() == [1, 0, 0]
    assert out["a2"].tolist() == a.tolist()


def test_rows_are_evaluated_in_parts_that_fit(monkeypatch):
    netlist = random_netlist(5)
    inputs = random_inputs(netlist, 300)
    whole, probes = evaluate(netlist, inputs), evaluate_probes(netlist, inputs)
    monkeypatch.setattr(interpret, "_TABLE_WORDS", 1)
    assert len(list(Interpreter(netlist)._run(inputs))) == 5
    for port, values in evaluate(netlist, inputs).items():
        assert np.array_equal(values, whole[port])
    for layer, values in evaluate_probes(netlist, inputs).items():
        assert np.array_equal(values, probes[layer]) and len(values) == 300


def test_shapes_and_types_of_outputs():
    netlist = random_netlist(1, words=2)
    out = evaluate(netlist, random_inputs(netlist, 7))
    assert out["y"].shape == (7, 8) and out["y"].dtype == bool
    assert out["word"].shape == (7,) and out["word"].dtype == np.int64
    assert out["several"].shape == (7, len(netlist.outputs["several"]))


def test_no_rows():
    netlist = random_netlist(1)
    out = evaluate(netlist, random_inputs(netlist, 0))
    assert out["y"].shape == (0, 8) and out["word"].shape == (0,)
    assert evaluate_probes(netlist, random_inputs(netlist, 0))["l0"].shape[0] == 0


def test_bits_that_are_gone_are_masked():
    netlist = random_netlist(1)
    netlist.probes["l0"] = np.array([NO_NET, 1, 0], np.int32)
    probe = evaluate_probes(netlist, random_inputs(netlist, 2))["l0"]
    assert probe.mask.tolist() == [[True, False, False]] * 2
    assert probe.tolist() == [[None, True, False]] * 2


@pytest.mark.parametrize(
    "change, message",
    [
        ({"x": None}, "input port 'x' has no values"),
        ({"w00": np.zeros(3, int)}, "unknown input port 'w00'; did you mean 'w0'"),
        ({"x": np.zeros((3, 5), bool)}, r"'x' must be \[rows, 6\], not \[3, 5\]"),
        ({"x": np.zeros(6, bool)}, r"'x' must be \[rows, 6\]"),
        ({"w0": np.zeros((3, 1), int)}, r"'w0' must be \[rows\], not \[3, 1\]"),
        ({"w0": np.zeros(4, int)}, "'w0' has 4 rows, others have 3"),
        ({"x": np.zeros((3, 6), int)}, "'x' must be booleans, not int64"),
        ({"w0": np.zeros(3)}, "'w0' must be integers, not float64"),
        ({"w0": np.array([0, 8, 0])}, r"'w0' has values outside 0..7"),
        ({"w0": np.array([0, -1, 0])}, r"'w0' has values outside 0..7"),
    ],
)
def test_inputs_that_do_not_fit(change, message):
    netlist = random_netlist(1)
    inputs = {**random_inputs(netlist, 3), **change}
    with pytest.raises(InputError, match=message):
        evaluate(netlist, {name: array for name, array in inputs.items() if array is not None})
