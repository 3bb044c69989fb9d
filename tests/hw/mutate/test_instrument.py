"""A fault that is switched on is the fault that it is called; switched off, it is not there."""

from dataclasses import replace

import numpy as np
import pytest

from db2hdl_hw.errors import InputError
from db2hdl_hw.mutate.faults import KINDS, Fault, faults, sample, swapped_table
from db2hdl_hw.mutate.instrument import TOP, instrumented
from db2hdl_hw.mutate.yosys import to_graph
from db2hdl_hw.netlist.builder import Builder
from db2hdl_hw.netlist.interpret import evaluate
from db2hdl_hw.netlist.netlist import Netlist, Op
from db2hdl_hw.passes.stages import Pipeline


def _netlist() -> Netlist:
    """Every operation, 8 input bits, and outputs of bits and of words."""
    b = Builder("top")
    x = b.input_bits("x", 5)
    word = b.input_word("word", 3)
    with b.layer("gates"):
        gates = b.concat(
            [
                [b.and_(x[0], x[1]), b.or_(x[1], x[2]), b.xor(x[2], x[3]), b.not_(x[4])],
                [b.all_(x[:3]), b.at_least(2, x[:4]), b.lut(0x1B, x[2:5]), b.compare(word, 5)],
            ]
        )
        b.mark("gates", gates)
    with b.layer("count"):
        counts = b.popcount(gates.reshape(4, 2)[:, [0, 1]])
    with b.layer("argmax"):
        index = b.argmax(counts)
    b.output("index", index.reshape(1))
    b.output("y", gates)
    b.output("counts", counts)
    return b.build()


NETLIST = _netlist()
ROWS = (np.arange(256)[:, None] >> np.arange(8) & 1).astype(bool)
INPUTS = {"x": ROWS[:, :5], "word": ROWS[:, 5:] @ (1 << np.arange(3))}


def _words(values: dict[str, np.ndarray], netlist: Netlist = NETLIST) -> np.ndarray:
    """Return the output word of each row as ``out`` has it."""
    parts = []
    for name, nets in netlist.outputs.items():
        value = values[name]
        if value.dtype == bool:
            parts.append(value)
            continue
        numbers = value.reshape(len(value), -1)
        for column, net in enumerate(nets):
            width = int(netlist.width[net])
            parts.append((numbers[:, [column]] >> np.arange(width) & 1).astype(bool))
    return np.concatenate(parts, axis=1)


def _cell(op: Op) -> int:
    return int(np.flatnonzero(NETLIST.op == op)[0])


def _as_netlist(fault: Fault) -> Netlist | None:
    """Return the faulty circuit as a netlist, of the faults that one can have."""
    op, param = NETLIST.op.copy(), NETLIST.param.copy()
    fanin = NETLIST.fanin.copy()
    cell, kind = fault.cell, fault.kind
    start = NETLIST.fanin_start[cell] if cell >= 0 else 0
    if kind == "wrong gate":
        op[cell] = {Op.AND: Op.OR, Op.OR: Op.AND, Op.XOR: Op.OR}[Op(op[cell])]
    elif kind.startswith("threshold"):
        param[cell] = int(param[cell]) + (1 if kind.endswith("+ 1") else -1)
    elif kind == "table bit":
        param[cell] = int(param[cell]) ^ 1 << fault.arg
    elif kind == "lost operand":
        fanin[start + fault.arg] = int(op[cell] == Op.AND)
    elif (kind == "swapped operands" and op[cell] == Op.LUT) or (
        kind == "class order" and cell >= 0
    ):
        pair = fanin[[start + fault.arg + 1, start + fault.arg]]
        fanin[start + fault.arg : start + fault.arg + 2] = pair
    else:
        return None
    return replace(NETLIST, op=op, param=param, fanin=fanin)


@pytest.fixture(scope="module")
def every():
    return faults(NETLIST)


@pytest.fixture(scope="module")
def graph(every):
    return to_graph(instrumented(NETLIST, every), TOP, "the mutants")


def test_all_kinds_are_there(every) -> None:
    assert {fault.kind for fault in every} == set(KINDS)
    assert len(set(every)) == len(every)
    assert {fault.layer for fault in every} == {"input", "gates", "count", "argmax", "output"}


def test_without_a_fault_it_is_the_circuit(graph, evaluate_graph) -> None:
    np.testing.assert_array_equal(evaluate_graph(graph, ROWS), _words(evaluate(NETLIST, INPUTS)))


@pytest.mark.parametrize("target", ["ice40", "xc7"])
def test_it_has_the_same_structure_as_the_circuit_for_a_target(target, every) -> None:
    """So that no solver has to compare one way of adding with another."""
    from db2hdl_hw.emit.verilog import to_verilog
    from db2hdl_hw.mutate.decide import Decider

    text, _ = to_verilog(NETLIST, model_hash="ab", versions={}, target=target)
    mutants = to_graph(instrumented(NETLIST, every, target), TOP, "the mutants")
    ports = {"x": 5, "word": 3}, {"index": 2, "y": 8, "counts": 8}
    names = [[f"{n}[{bit}]" for n, width in each.items() for bit in range(width)] for each in ports]
    same = Decider(to_graph(text, "top", "top"), mutants, *names).unmutated()
    assert (same.verdict, same.how) == ("equivalent", "structure")


@pytest.mark.parametrize("target", ["ice40", "xc7"])
def test_operands_that_are_constant_or_there_twice(target, evaluate_graph) -> None:
    from db2hdl_hw.emit.verilog import to_verilog
    from db2hdl_hw.mutate.decide import Decider

    b = Builder("top")
    x = b.input_bits("x", 6)
    with b.layer("count"):
        reads = [*x, x[0], x[1], x[0], b.const(1), b.const(0)]
        count = b.popcount(np.array(reads))
        most = b.at_least(5, np.array(reads))
    b.output("n", count.reshape(1))
    b.output("m", most.reshape(1))
    netlist = b.build()
    every = [fault for fault in faults(netlist) if fault.kind == "lost operand"]
    assert len(every) == 22
    graph = to_graph(instrumented(netlist, every, target), TOP, "the mutants")
    text, _ = to_verilog(netlist, model_hash="ab", versions={}, target=target)
    names = [f"x[{i}]" for i in range(6)], [*(f"n[{i}]" for i in range(4)), "m[0]"]
    same = Decider(to_graph(text, "top", "top"), graph, *names).unmutated()
    assert (same.verdict, same.how) == ("equivalent", "structure")
    rows = ROWS[:64, :6]
    bits = np.hstack([rows, rows[:, [0, 1, 0]], np.ones((64, 1), bool), np.zeros((64, 1), bool)])
    for number, fault in enumerate(every):
        got = evaluate_graph(graph, rows, number)
        left = np.delete(bits, fault.arg, axis=1).sum(axis=1)
        if fault.cell == int(count):
            np.testing.assert_array_equal(got[:, :4] @ [1, 2, 4, 8], left)
        else:
            np.testing.assert_array_equal(got[:, 4], left >= 5)


def test_faults_that_a_netlist_can_have_are_those(every, graph, evaluate_graph) -> None:
    compared = 0
    for number, fault in enumerate(every):
        mutant = _as_netlist(fault)
        if mutant is not None:
            got = evaluate_graph(graph, ROWS, number)
            np.testing.assert_array_equal(got, _words(evaluate(mutant, INPUTS)), str(fault))
            compared += 1
    assert compared > 40


@pytest.mark.parametrize("pipeline", [Pipeline(1), Pipeline(2, True, True)])
def test_registers_change_no_fault(pipeline, every, graph, evaluate_graph) -> None:
    text = instrumented(NETLIST, every, pipeline=pipeline)
    assert text.count("always @(posedge") > 10
    clocked = to_graph(text, TOP, "the mutants", registers=True)
    valid = np.arange(256)[:, None] % 3 == 0
    rows = np.hstack([ROWS, valid])
    for number in (None, *range(len(every))):
        got = evaluate_graph(clocked, rows, number)
        np.testing.assert_array_equal(got[:, -1:], valid)
        np.testing.assert_array_equal(got[:, :-1], evaluate_graph(graph, ROWS, number))


def test_registers_are_no_wires_unless_asked(every) -> None:
    text = instrumented(NETLIST, every[:3], pipeline=Pipeline(1))
    with pytest.raises(InputError, match="Unsupported cell"):
        to_graph(text, TOP, "the mutants")


def _number(every, **wanted) -> int:
    (number,) = (
        i for i, f in enumerate(every) if all(getattr(f, k) == v for k, v in wanted.items())
    )
    return number


def test_faults_of_nets_and_orders(every, graph, evaluate_graph) -> None:
    good = evaluate(NETLIST, INPUTS)
    counts = good["counts"]
    highest = 3 - counts[:, ::-1].argmax(axis=1)

    def faulty(**wanted) -> dict[str, np.ndarray]:
        got = evaluate_graph(graph, ROWS, _number(every, **wanted))
        low = {"index": (0, 2), "y": (2, 10), "counts": (10, 18)}
        return {name: got[:, a:b] for name, (a, b) in low.items()}

    ties = faulty(kind="tie-break")
    np.testing.assert_array_equal(ties["index"] @ [1, 2], highest)
    np.testing.assert_array_equal(ties["y"], good["y"])
    turned = faulty(kind="bit order", port="y")["y"]
    np.testing.assert_array_equal(turned, good["y"][:, ::-1])
    swapped = faulty(kind="class order", port="counts", arg=0)["counts"]
    np.testing.assert_array_equal(swapped[:, :2] @ [1, 2], counts[:, 1])
    compare = _cell(Op.COMPARE)
    np.testing.assert_array_equal(
        faulty(kind="swapped operands", cell=compare)["y"][:, 7], INPUTS["word"] <= 5
    )
    assert faulty(kind="stuck at 1", cell=compare)["y"][:, 7].all()
    inverted = faulty(kind="inverted gate", cell=compare)["y"][:, 7]
    np.testing.assert_array_equal(inverted, INPUTS["word"] < 5)
    word = int(NETLIST.fanin[NETLIST.fanin_start[compare]])
    mirrored = ROWS[:, 5:] @ (1 << np.arange(3)[::-1])
    np.testing.assert_array_equal(faulty(kind="bit order", cell=word)["y"][:, 7], mirrored >= 5)
    stuck = faulty(kind="stuck at 0", cell=word, arg=2)["y"][:, 7]
    assert not stuck.any()


def test_a_sample_reaches_every_kind_in_every_layer(every) -> None:
    chosen = sample(every, 60, seed=1)
    assert len(set(chosen)) == 60
    strata = {(f.kind, f.layer) for f in every}
    assert {(f.kind, f.layer) for f in chosen} == strata
    assert chosen == sample(every, 60, seed=1) != sample(every, 60, seed=2)
    assert sample(every, len(every) + 5, 0) == every


def test_zero_faults_are_never_a_result(every) -> None:
    with pytest.raises(InputError, match="at least one fault"):
        sample(every, 0, 0)
    with pytest.raises(InputError, match="no gate"):
        sample([], 5, 0)


def test_too_many_bits(every) -> None:
    b = Builder("top")
    x = b.input_bits("x", 60_000)
    b.output("y", [b.and_(x[0], x[1])])
    with pytest.raises(InputError, match="ask for fewer"):
        instrumented(b.build(), [every[0]] * 6000)


def test_a_swapped_table() -> None:
    assert swapped_table(0b0010, 2, 0) == 0b0100
    assert swapped_table(0b1001, 2, 0) == 0b1001
