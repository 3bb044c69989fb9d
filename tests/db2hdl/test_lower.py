"""The netlist of a hard net computes what the hard reference computes, layer by layer."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db2hdl.features import Feature
from db2hdl.hardnet import EVALUATE, HardLayer, HardNet
from db2hdl.lower import LOWER, lower, port_names
from db2hdl_hw.errors import InputError
from db2hdl_hw.netlist.interpret import evaluate
from db2hdl_hw.passes import optimise


def some_codes(net: HardNet, rows: int = 200) -> np.ndarray:
    rng = np.random.default_rng(0)
    top = [feature.top for feature in net.features]
    codes = rng.integers(0, np.array(top) + 1, (rows, len(top)))
    codes[0], codes[1] = 0, top
    return codes


def port_values(net: HardNet, codes: np.ndarray) -> dict[str, np.ndarray]:
    is_bit = np.array([feature.kind == "bit" for feature in net.features])
    ports = port_names(net)
    values = {ports[f.name]: codes[:, i] for i, f in enumerate(net.features) if f.name in ports}
    return values | ({"x": codes[:, is_bit].astype(bool)} if is_bit.any() else {})


def expected(net: HardNet, codes: np.ndarray) -> dict[str, np.ndarray]:
    if not net.classes:
        return {"y": net.bits(codes)}
    return {"class_index": net.predict(codes), "class_bits": net.bits(codes)}


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_netlist_is_the_reference(random_hard_net, seed):
    net = random_hard_net(seed)
    codes = some_codes(net)
    straight = lower(net, class_bits=bool(net.classes))
    for netlist in (straight, optimise(straight)):
        got = evaluate(netlist, port_values(net, codes))
        for port, values in expected(net, codes).items():
            np.testing.assert_array_equal(got[port].reshape(values.shape), values, err_msg=port)


def test_every_kind_of_layer_is_lowered(random_hard_net):
    assert set(LOWER) == set(EVALUATE)
    seen = {layer.kind for seed in range(300) for layer in random_hard_net(seed).layers_}
    assert seen == set(EVALUATE)


def test_a_wrong_weight_is_seen(random_hard_net):
    """The comparison above can fail: one flipped weight is a difference for some net."""
    differs = 0
    for seed in range(40):
        net = random_hard_net(seed)
        layers = list(net.layers_)
        for index, layer in enumerate(layers):
            if layer.kind == "and":
                weight = layer.weights["weight"].copy()
                weight[0, 0] ^= True
                layers[index] = HardLayer(layer.name, "and", layer.inputs, {}, {"weight": weight})
        codes = some_codes(net)
        other = lower(
            HardNet(net.features, tuple(layers), net.classes), class_bits=bool(net.classes)
        )
        got = evaluate(other, port_values(net, codes))
        differs += any(
            not np.array_equal(got[port].reshape(values.shape), values)
            for port, values in expected(net, codes).items()
        )
    assert differs > 0


def test_scores_are_concatenated_class_0_low():
    bits = 6
    encoder = {"feature": np.arange(bits), "threshold": np.ones(bits, int)}
    layers = (
        HardLayer("encoder", "encoder", (-1,), {}, encoder),
        HardLayer("l0_class_head", "class_head", (0,), {"classes": 2}),
    )
    net = HardNet(tuple(Feature(f"x{i}") for i in range(bits)), layers, ("a", "b"))
    codes = np.array([[1, 1, 1, 0, 0, 1], [0, 0, 0, 1, 1, 1]])
    got = evaluate(lower(net, scores=True), {"x": codes.astype(bool)})["scores"]
    np.testing.assert_array_equal(got, net.scores(codes))


def test_ports_keep_order_and_get_safe_names():
    features = (
        Feature("b0"),
        Feature("wire", "real", 4),
        Feature("b1"),
        Feature("Wire", "real", 5),
    )
    encoder = {"feature": np.arange(4), "threshold": np.ones(4, int)}
    net = HardNet(features, (HardLayer("encoder", "encoder", (-1,), {}, encoder),))
    netlist = lower(net, top="parts")
    first = netlist.inputs[0]
    assert (first.name, first.width, first.is_word) == ("x", 2, False)
    names = [p.name for p in netlist.inputs[1:]]
    assert [p.width for p in netlist.inputs[1:]] == [4, 5]
    assert len({name.lower() for name in names}) == 2
    assert "wire" not in [name.lower() for name in names]
    assert netlist.top == "parts"


@pytest.mark.parametrize("top", ["", "9lives", "a b", "module", "x-y"])
def test_top_names_must_be_identifiers(random_hard_net, top):
    with pytest.raises(InputError, match=r"identifier|means something"):
        lower(random_hard_net(0), top=top)


def test_scores_need_a_class_head():
    encoder = {"feature": np.arange(1), "threshold": np.ones(1, int)}
    net = HardNet((Feature("a"),), (HardLayer("encoder", "encoder", (-1,), {}, encoder),))
    with pytest.raises(InputError, match="class head"):
        lower(net, scores=True)
