from __future__ import annotations

import numpy as np
import pytest
import torch

from db2hdl import ops

TABLE = {
    "and": lambda w, x: (~w | x).all(-1),
    "or": lambda w, x: (w & x).any(-1),
    "xor": lambda w, x: (w & x).sum(-1) % 2 == 1,
}
FORMS = [
    ("and", ops.soft_and_neuron),
    ("or", ops.soft_or_neuron),
    ("xor", ops.soft_xor_neuron),
    ("xor", ops.soft_xor_neuron_plain),
]


@pytest.mark.parametrize("name", TABLE)
def test_hard_neurons_for_every_weight_and_input(name, alg, bits):
    rows = bits(4)
    got = getattr(ops, f"hard_{name}_neuron")(alg, rows, rows)
    assert np.array_equal(got, TABLE[name](rows, rows[:, None, :]))


@pytest.mark.parametrize(("name", "form"), FORMS)
def test_soft_neurons_for_every_weight_and_input(name, form, bits, soft, dtype):
    rows = bits(4)
    wanted = TABLE[name](rows, rows[:, None, :])
    for margin in (0.5, 0.0, 1e-38):
        got = form(soft(rows, dtype, margin), soft(rows, dtype, margin))
        assert np.array_equal((got > 0).numpy(), wanted)


@pytest.mark.parametrize(("name", "form"), FORMS)
def test_leading_axes_are_kept(name, form):
    assert form(torch.rand(5, 3) - 0.5, torch.rand(2, 7, 3) - 0.5).shape == (2, 7, 5)
