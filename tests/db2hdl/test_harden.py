from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from db2hdl import nn
from db2hdl.features import Feature
from db2hdl.harden import compare, harden
from db2hdl.hardnet import HardLayer, HardNet
from db2hdl_hw.errors import InputError

ADVERSARIAL = torch.tensor([0.0, -0.0, 1e-30, -1e-30, 1e-38, -1e-38, 0.5, -0.5, 3.0, -3.0])
EXPANDING = [nn.Not, nn.Implies, nn.MaskToFalse]
NEURONS = [nn.And, nn.Or, nn.Xor]
REDUCING = [nn.AllOf, nn.AnyOf, nn.Majority]


def with_weights(layer, rng):
    """Weights that are anything, adversarial, or one magnitude."""
    with torch.no_grad():
        kind = rng.integers(3)
        if kind == 0:
            layer.weight.uniform_(-1, 1)
        elif kind == 1:
            layer.weight.copy_(ADVERSARIAL[torch.randint(10, layer.weight.shape)])
        else:
            signs = torch.randint(2, layer.weight.shape) * 2 - 1
            layer.weight.copy_(signs * float(rng.choice([0.5, 1e-30, 0.2])))
    return layer


def grow(rng, shape):
    """A random module that reads [rows, *shape], and the shape of what it gives."""
    *lead, m = shape
    n, margin = int(rng.integers(1, 7)), bool(rng.integers(2))
    small = bool(np.prod(shape) <= 12)
    kind = rng.choice(
        ["neurons", "vanishing"]
        + ["expanding", "literals", "count_hot", "branches"] * small
        + ["reducing", "at_least", "flat"] * bool(lead)
        + ["parted"] * (not lead)
    )
    if kind == "neurons":
        cls = NEURONS[rng.integers(3)]
        layer = cls(m, n, plain=margin) if cls is nn.Xor else cls(m, n)
        return with_weights(layer, rng), (*lead, n)
    if kind == "expanding":
        cls = EXPANDING[rng.integers(3)]
        layer = cls(m, n) if cls is nn.Not else cls(m, n, margin=margin)
        return with_weights(layer, rng), (*lead, n, m)
    if kind == "branches":
        (left, a), (right, b) = grow(rng, shape), grow(rng, shape)
        branches, ends = [left, right, nn.Sequential()], [a, b, shape]
        fitting = [i for i in range(3) if ends[i][:-1] == a[:-1]]
        joined = (*a[:-1], sum(ends[i][-1] for i in fitting))
        return nn.Concat(*[branches[i] for i in fitting]), joined
    return {
        "vanishing": lambda: (
            nn.Sequential(nn.Harden(), nn.Dropout(0.5), torch.nn.Identity()),
            shape,
        ),
        "literals": lambda: (nn.Literals(), (*lead, 2 * m)),
        "count_hot": lambda: (nn.CountHot(), (*lead, m + 1)),
        "reducing": lambda: (REDUCING[rng.integers(3)](margin=margin), tuple(lead)),
        "at_least": lambda: (nn.AtLeast(int(rng.integers(m + 2)), margin=margin), tuple(lead)),
        "flat": lambda: (nn.Reshape(int(np.prod(shape))), (int(np.prod(shape)),)),
        "parted": lambda: (nn.Reshape(m, 1), (m, 1)),
    }[str(kind)]()


def random_net(seed, depth):
    """A net of ``depth`` random modules, its features and its input codes."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    widths = [int(rng.choice([1, 1, 3, 16])) for _ in range(rng.integers(1, 6))]
    modules, shape = [], (len(widths),)
    if max(widths) > 1:
        encoder = nn.RealEncoder(widths, 2)
        modules.append(encoder)
        shape = (len(encoder.feature),)
    for _ in range(depth):
        module, shape = grow(rng, shape)
        modules.append(module)
    flat = int(np.prod(shape))
    modules += [nn.Reshape(flat), nn.Literals(), nn.ClassHead(2)]
    features = [
        Feature(f"f{i}") if b == 1 else Feature(f"f{i}", "real", b) for i, b in enumerate(widths)
    ]
    codes = rng.integers(0, [1 << b for b in widths], (16, len(widths)))
    return nn.Sequential(*modules), features, codes


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16], ids=str)
@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), depth=st.integers(1, 50))
def test_no_bit_differs_in_random_nets_of_all_layers(dtype, seed, depth):
    net, features, codes = random_net(seed, depth)
    net.to(dtype)
    hard = harden(net, features)
    different = compare(net, hard, codes)
    assert set(different) == {layer.name for layer in hard.layers_}
    assert sum(different.values()) == 0
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert sum(compare(net, hard, codes).values()) == 0
    counts = net.eval()(nn.net_input(net, codes))
    assert np.array_equal(counts.detach().numpy(), hard.scores(codes))


def test_layers_are_named_by_number_and_kind():
    net = nn.Sequential(
        nn.RealEncoder([4, 1], [3, 1]),
        nn.Dropout(0.1),
        nn.Concat(nn.Sequential(nn.Literals(), nn.And(8, 2)), nn.Sequential(), nn.Or(4, 1)),
        nn.Sequential(nn.Not(7, 4), nn.Harden(), nn.Reshape(2, 14), nn.AtLeast(3)),
        nn.ClassHead(2),
    )
    hard = harden(net)
    assert [(layer.name, layer.inputs) for layer in hard.layers_] == [
        ("encoder", (-1,)),
        ("l0_literals", (0,)),
        ("l1_and", (1,)),
        ("l2_or", (0,)),
        ("l3_concat", (2, 0, 3)),
        ("l4_not", (4,)),
        ("l5_reshape", (5,)),
        ("l6_at_least", (6,)),
        ("l7_class_head", (7,)),
    ]
    assert hard.classes == ("0", "1")
    assert [(f.name, f.kind, f.bits) for f in hard.features] == [
        ("x0", "real", 4),
        ("x1", "bit", 1),
    ]


def test_weights_above_zero_are_high_and_nothing_else():
    layer = nn.And(6, 1)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[0.0, -0.0, 1e-45, -1e-45, 9.0, -9.0]]))
    weight = harden(layer).layers_[1].weights["weight"]
    assert weight.tolist() == [[False, False, True, False, True, False]]


def test_thresholds_become_integers():
    encoder = nn.RealEncoder([4, 1, 2], [4, 1, 1])
    with torch.no_grad():
        encoder.threshold.copy_(torch.tensor([-1.0, 0.3, 0.5, 2.0, 0.6]))
    layer = harden(encoder).layers_[0]
    assert layer.weights["feature"].tolist() == [0, 0, 0, 0, 1, 2]
    assert layer.weights["threshold"].tolist() == [0, 5, 8, 16, 1, 2]


def test_names_of_features_and_classes_are_kept():
    net = nn.Sequential(nn.And(2, 4), nn.ClassHead(2))
    hard = harden(net, [Feature("a"), Feature("b")], ["no", "yes"])
    assert [f.name for f in hard.features] == ["a", "b"] and hard.classes == ("no", "yes")


def test_a_net_without_a_class_head_has_bits_alone():
    assert harden(nn.Sequential(nn.And(3, 4))).classes == ()


@pytest.mark.parametrize(
    ("net", "message"),
    [
        (
            nn.Sequential(nn.And(2, 3), torch.nn.Linear(3, 3)),
            r"module '1' \(Linear\) has no hard counterpart",
        ),
        (
            nn.Sequential(nn.And(2, 3), nn.Concat(torch.nn.ReLU())),
            r"module '1.branches.0' \(ReLU\) has no hard counterpart",
        ),
        (
            nn.Sequential(nn.And(2, 3), nn.RealEncoder([4], 1)),
            r"module '1' \(RealEncoder\) must be the first module",
        ),
        (nn.Sequential(nn.And(2, 3), nn.Or(4, 3)), "layer 'l1_or': weight is"),
        (nn.Sequential(nn.Majority()), "pass features="),
    ],
)
def test_what_cannot_be_hardened_is_named(net, message):
    with pytest.raises(InputError, match=message):
        harden(net)


@pytest.mark.parametrize("where", ["weight", "threshold"])
def test_nan_is_refused(where):
    net = nn.Sequential(nn.RealEncoder([4], 2), nn.And(2, 3))
    with torch.no_grad():
        dict(net.named_parameters())[f"{int(where == 'weight')}.{where}"][0] = torch.nan
    with pytest.raises(InputError, match=rf"has \d NaN in its {where}; training has diverged"):
        harden(net)


def test_features_must_fit_the_encoder():
    with pytest.raises(InputError, match=r"reads codes of the widths \[4\], .* have \[1\]"):
        harden(nn.RealEncoder([4], 2), [Feature("a")])
    with pytest.raises(InputError, match="real features need a RealEncoder"):
        harden(nn.And(1, 1), [Feature("a", "real", 4)])


def test_compare_sees_a_flipped_weight_and_names_the_layer():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Literals(), nn.Or(6, 4), nn.ClassHead(2))
    hard = harden(net)
    weight = hard.layers_[2].weights["weight"].copy()
    weight[2] = ~weight[2]
    other = HardLayer("l1_or", "or", (1,), {}, {"weight": weight})
    broken = HardNet(hard.features, (*hard.layers_[:2], other, hard.layers_[3]), hard.classes)
    codes = np.arange(8)[:, None] >> np.arange(3) & 1
    assert sum(compare(net, hard, codes).values()) == 0
    different = compare(net, broken, codes)
    assert different["l0_literals"] == 0 and different["l1_or"] > 0
    assert different["l2_class_head"] > different["l1_or"]


def test_compare_goes_through_all_rows_in_portions():
    net = nn.Sequential(nn.And(3, 4))
    codes = np.random.default_rng(0).integers(0, 2, (50, 3))
    assert compare(net, harden(net), codes, rows_at_once=7) == {"encoder": 0, "l0_and": 0}
    inverted = harden(nn.Sequential(nn.And(3, 4, init=nn.init.constant(1.0))))
    all_rows = compare(net, inverted, codes)
    assert all_rows == compare(net, inverted, codes, rows_at_once=7) != {"encoder": 0, "l0_and": 0}


def test_compare_leaves_the_net_as_it_was():
    net = nn.Sequential(nn.And(3, 4), nn.Dropout(1.0)).train()
    net[0].eval()
    compare(net, harden(net), np.zeros((2, 3), int))
    assert [module.training for module in net.modules()] == [True, False, True]
    assert not any(module._forward_hooks for module in net.modules())


def test_compare_refuses_other_layers_and_no_rows():
    net = nn.Sequential(nn.And(3, 4))
    with pytest.raises(InputError, match="other layers"):
        compare(net, harden(nn.Sequential(nn.Or(3, 4))), np.zeros((1, 3), int))
    with pytest.raises(InputError, match="no rows"):
        compare(net, harden(net), np.zeros((0, 3), int))


def test_compare_refuses_a_net_that_runs_in_another_order():
    class Backwards(nn.Sequential):
        def forward(self, x):
            for module in reversed(self):
                x = module(x)
            return x

    net = Backwards(nn.And(3, 3), nn.Or(3, 3))
    with pytest.raises(InputError, match="order of its layers"):
        compare(net, harden(net), np.zeros((1, 3), int))


def test_a_shared_module_is_compared_at_each_use():
    layer = nn.And(3, 3)
    net = nn.Sequential(layer, layer)
    different = compare(net, harden(net), np.ones((4, 3), int))
    assert different == {"encoder": 0, "l0_and": 0, "l1_and": 0}
