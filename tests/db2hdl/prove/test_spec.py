"""The specification is the reference, layer by layer, on nets with every kind of layer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db2hdl.bundle import describe
from db2hdl.hardnet import EVALUATE
from db2hdl.lower import lower
from db2hdl.prove import links, prove_netlist, spec
from db2hdl.prove.inputs import feature_words
from db2hdl_hw.errors import Db2hdlError
from db2hdl_hw.netlist.netlist import Op
from db2hdl_hw.passes import optimise
from db2hdl_hw.prove.equal import PROVED, REFUTED
from db2hdl_hw.prove.graph import Graph

SEEDS = st.integers(0, 10_000)


def specified(hard):
    outputs = {"class_bits": True, "scores": True} if hard.classes else {}
    netlist = lower(hard, **outputs)
    interface = describe(hard, netlist)
    graph = Graph()
    ports = [port.name for port in interface.outputs]
    return spec.specification(hard, graph, feature_words(interface, graph), ports), interface


def test_every_kind_of_layer_is_specified():
    assert set(spec.MEANING) == set(EVALUATE)


@given(SEEDS)
def test_every_layer_is_what_the_reference_computes(random_hard_net, seed):
    hard = random_hard_net(seed)
    circuit, interface = specified(hard)
    links.check_specification(hard, interface, circuit)


def test_a_wrong_specification_is_found(random_hard_net):
    hard = random_hard_net(3)
    circuit, interface = specified(hard)
    name = hard.layers_[-1].name
    circuit.points[name][0] ^= 1
    with pytest.raises(Db2hdlError, match=name):
        links.check_specification(hard, interface, circuit)


@given(SEEDS)
def test_netlists_are_proved_before_and_after_the_passes(random_hard_net, seed):
    hard = random_hard_net(seed)
    netlist = lower(hard)
    for one in (netlist, optimise(netlist)):
        assert prove_netlist(hard, one).verdict == PROVED


@given(SEEDS, st.data())
def test_a_changed_gate_is_refuted_or_makes_no_difference(random_hard_net, seed, data):
    hard = random_hard_net(seed)
    netlist = optimise(lower(hard))
    gates = np.flatnonzero((netlist.op == Op.AND) | (netlist.op == Op.OR) | (netlist.op == Op.XOR))
    if not len(gates):
        return
    cell = data.draw(st.sampled_from(gates.tolist()))
    other = {Op.AND: Op.OR, Op.OR: Op.XOR, Op.XOR: Op.AND}
    netlist.op[cell] = other[Op(int(netlist.op[cell]))]
    result = prove_netlist(hard, netlist)
    if result.verdict == REFUTED:
        assert result.counterexample is not None
        assert any(a != b for a, b in result.outputs.values())
        assert result.where is not None
    else:
        from db2hdl_hw.netlist.interpret import evaluate

        rng = np.random.default_rng(seed)
        inputs = {
            port.name: rng.integers(0, 1 << port.width, 200)
            if port.is_word
            else rng.random((200, port.width)) < 0.5
            for port in netlist.inputs
        }
        right, wrong = evaluate(optimise(lower(hard)), inputs), evaluate(netlist, inputs)
        assert all((right[name] == wrong[name]).all() for name in right)
