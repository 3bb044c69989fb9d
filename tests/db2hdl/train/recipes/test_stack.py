"""Stacks of layers: encoders, skipping what is not used, and training them."""

import numpy as np
import pytest
import torch

from db2hdl import nn
from db2hdl.data import load_problem
from db2hdl.lower import lower
from db2hdl.train import Stack, train
from db2hdl_hw.netlist.netlist import Op
from db2hdl_hw.passes import optimise

LAYERS = (
    {"kind": "lut", "neurons": 24, "wiring": "window", "radius": 1, "candidates": 2},
    {"kind": "lut", "neurons": 20},
)


def stack(**changes) -> Stack:
    settings = {
        "layers": LAYERS,
        "epochs": 2,
        "batch": 64,
        "choose_by": "validation",
        "patience": 0,
    }
    return Stack(**(settings | changes))


@pytest.mark.parametrize("kind", ["uniform", "quantile", "learned"])
def test_encoders(kind):
    data = load_problem("digits")
    net = stack(encoder={"kind": kind, "thresholds": 3}).build(data)
    encoder = nn.encoder_of(net)
    assert encoder is not None and list(encoder.thresholds) == [3] * 64
    assert encoder.threshold.requires_grad == (kind == "learned")
    if kind == "uniform":
        assert set(encoder.integer_thresholds().tolist()) == {4, 8, 12}


def test_a_fixed_threshold():
    net = stack(encoder={"kind": "fixed", "at": 0.3}).build(load_problem("digits"))
    assert set(nn.encoder_of(net).integer_thresholds().tolist()) == {round(0.3 * 16)}


def test_learned_thresholds_move_and_stay_exact():
    recipe = stack(encoder={"kind": "learned", "thresholds": 2}, threshold_lr=0.05)
    data = load_problem("digits")
    torch.manual_seed(0)
    before = nn.encoder_of(recipe.build(data)).integer_thresholds()
    found = train(data, recipe=recipe)
    after = nn.encoder_of(found.net).integer_thresholds()
    assert found.bits_different == 0
    assert not torch.equal(before, after)


def test_only_thresholds_that_the_net_uses_survive_lowering():
    found = train("digits", recipe=stack(encoder={"kind": "uniform", "thresholds": 3}))
    wires = {layer.name: layer for layer in found.hard.layers_}
    read = np.unique(wires["l0_lut"].weights["wires"])
    netlist = optimise(lower(found.hard))
    compares = int((netlist.op == Op.COMPARE).sum())
    assert 0 < compares <= len(read) < 3 * 64


def test_the_loss_of_soft_sums_is_exact_too():
    recipe = Stack(
        layers=(
            {"kind": "not", "rows": 8},
            {"kind": "reshape", "shape": ["classes", -1]},
            {"kind": "majority"},
        ),
        loss="soft",
        epochs=30,
        batch=16,
    )
    found = train("toy-clothes", recipe=recipe)
    assert found.bits_different == 0
    assert found.soft_accuracy == found.hard_accuracy


def test_a_net_without_layers_is_refused():
    with pytest.raises(Exception, match="at least one"):
        Stack()


def test_shifts_are_for_images_only():
    recipe = Stack(layers=({"kind": "lut", "neurons": 6},), epochs=1, shift=2)
    assert train("iris", recipe=recipe).bits_different == 0
