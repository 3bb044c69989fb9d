from __future__ import annotations

import pytest
import torch

from db2hdl import nn, ops
from db2hdl.nn import init
from db2hdl_hw.errors import InputError

EXPANDING = [nn.Not, nn.Implies, nn.MaskToFalse]
NEURONS = [nn.And, nn.Or, nn.Xor]
MARGINS = [nn.Implies, nn.MaskToFalse]


@pytest.mark.parametrize("layer", EXPANDING)
def test_expanding_layers_give_a_row_per_output(layer):
    assert layer(3, 5)(torch.rand(2, 7, 3) - 0.5).shape == (2, 7, 5, 3)


@pytest.mark.parametrize("layer", NEURONS)
def test_neurons_give_a_bit_per_output(layer):
    assert layer(3, 5)(torch.rand(2, 7, 3) - 0.5).shape == (2, 7, 5)
    assert layer(3, 5)(torch.rand(3) - 0.5).shape == (5,)


@pytest.mark.parametrize(
    ("layer", "operation"),
    [
        (nn.Not(4, 3), lambda w, x: ops.soft_not(w, x.unsqueeze(-2))),
        (nn.Implies(4, 3), lambda w, x: ops.soft_implies(w, x.unsqueeze(-2))),
        (nn.Implies(4, 3, margin=False), lambda w, x: ops.soft_implies_plain(w, x.unsqueeze(-2))),
        (nn.MaskToFalse(4, 3), lambda w, x: ops.soft_mask_to_false(w, x.unsqueeze(-2))),
        (
            nn.MaskToFalse(4, 3, margin=False),
            lambda w, x: ops.soft_mask_to_false_plain(w, x.unsqueeze(-2)),
        ),
        (nn.And(4, 3), ops.soft_and_neuron),
        (nn.Or(4, 3), ops.soft_or_neuron),
        (nn.Xor(4, 3), ops.soft_xor_neuron),
        (nn.Xor(4, 3, plain=True), ops.soft_xor_neuron_plain),
    ],
    ids=lambda value: str(value) if isinstance(value, torch.nn.Module) else "",
)
def test_a_layer_is_its_operation(layer, operation):
    torch.manual_seed(0)  # with some weights a wide gate has no gradient: other bits decide it
    x = torch.rand(6, 4) - 0.5
    with torch.no_grad():
        layer.weight.uniform_(-1, 1)
        assert torch.equal(layer(x), operation(layer.weight, x))
    layer(x).sum().backward()
    assert (layer.weight.grad != 0).any()


@pytest.mark.parametrize(
    ("layer", "low", "high", "share"),
    [
        (nn.Not, 0.49, 0.51, 0.5),
        (nn.Implies, 0, 1, 0.5),
        (nn.MaskToFalse, 0, 1, 0.5),
        (nn.Xor, 0, 1, 0.5),
        (nn.And, 0.001, 0.999, 0.001),
        (nn.Or, 0.001, 0.999, 0.84),
    ],
)
def test_weights_start_as_in_the_paper_and_are_stored_centred(layer, low, high, share):
    torch.manual_seed(0)
    weight = layer(100, 100).weight.detach()
    assert weight.shape == (100, 100)
    assert weight.min() >= low - 0.5 - 1e-6 and weight.max() <= high - 0.5 + 1e-6
    assert (weight > 0).double().mean().item() == pytest.approx(share, abs=0.03)


def test_an_initialiser_is_given_in_terms_of_zero_to_one():
    weight = nn.And(2, 3, init=init.constant(0.3)).weight
    assert weight.tolist() == [[pytest.approx(-0.2)] * 2] * 3


def test_weights_are_stored_unclamped():
    layer = nn.And(2, 1)
    with torch.no_grad():
        layer.weight.fill_(7.0)
    layer(torch.rand(1, 2))
    assert layer.weight.tolist() == [[7.0, 7.0]]


@pytest.mark.parametrize("layer", EXPANDING + NEURONS)
@pytest.mark.parametrize(("m", "n"), [(0, 1), (1, 0), (-1, 2), (2.0, 1), (True, 1), ("3", 1)])
def test_sizes_must_be_positive_integers(layer, m, n):
    with pytest.raises(InputError, match=rf"^{layer.__name__}: [mn] must be a positive integer"):
        layer(m, n)


@pytest.mark.parametrize("layer", EXPANDING + NEURONS)
def test_another_width_is_refused(layer):
    message = rf"{layer.__name__}\(3, 2\): reads 3 bits on the last axis, but got \[5, 4\]"
    with pytest.raises(InputError, match=message):
        layer(3, 2)(torch.rand(5, 4))


@pytest.mark.parametrize("layer", EXPANDING + NEURONS)
def test_float16_is_refused(layer):
    with pytest.raises(InputError, match=r"float16; dtypes that work: float32, float64, bfloat16"):
        layer(3, 2).half()(torch.zeros(5, 3, dtype=torch.float16))


@pytest.mark.parametrize("layer", MARGINS)
def test_repr_tells_the_arguments(layer):
    assert repr(layer(3, 2, margin=False)) == f"{layer.__name__}(3, 2, margin=False)"
    assert repr(layer(3, 2)) == f"{layer.__name__}(3, 2)"
    assert repr(nn.Xor(3, 2, plain=True)) == "Xor(3, 2, plain=True)"
