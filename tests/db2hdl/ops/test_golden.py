"""Every row of the reference values of the paper's own implementation."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch

from db2hdl import ops

OPS = [
    "soft_not",
    "soft_and",
    "soft_or",
    "soft_mask_to_true",
    "soft_mask_to_true_margin",
    "soft_mask_to_false",
    "soft_mask_to_false_margin",
    "soft_and_neuron",
    "soft_or_neuron",
    "soft_xor_neuron",
    "differentiable_xor",
    "soft_majority",
    "majority_bit",
    "soft_count",
    "soft_real_encoder",
    "harden",
]
SOFT = {
    "soft_mask_to_true": ops.soft_implies_plain,
    "soft_mask_to_true_margin": ops.soft_implies,
    "soft_mask_to_false": ops.soft_mask_to_false_plain,
    "soft_mask_to_false_margin": ops.soft_mask_to_false,
    "soft_xor_neuron": ops.soft_xor_neuron_plain,
    "differentiable_xor": ops.soft_xor_plain,
    "majority_bit": ops.soft_majority_plain,
    "soft_count": ops.soft_count_hot,
    "harden": ops.soft_harden,
}
HARD = {
    "soft_mask_to_true": ops.hard_implies,
    "soft_mask_to_true_margin": ops.hard_implies,
    "soft_mask_to_false": ops.hard_mask_to_false,
    "soft_mask_to_false_margin": ops.hard_mask_to_false,
    "differentiable_xor": ops.hard_xor,
    "majority_bit": ops.hard_majority,
    "soft_count": ops.hard_count_hot,
    "harden": lambda alg, x: x,
}
DEFAULT_FORM = {"soft_xor_neuron": ops.soft_xor_neuron, "differentiable_xor": ops.soft_xor}


def soft_value(function, row):
    """The operation on the row's inputs, as values in [0, 1] without the rounding of adding 1/2."""
    values = [np.asarray(v, dtype=row["dtype"]) for v in row["inputs"].values()]
    shift = 0 if row["op"] == "soft_real_encoder" else 0.5
    tensors = [torch.as_tensor(v - np.asarray(shift, v.dtype)) for v in values]
    if row["op"].endswith("neuron"):
        tensors[0] = tensors[0][None]
    return function(*tensors).double().numpy()


def rows_of(golden, op):
    rows = [row for row in golden["rows"] if row["op"] == op]
    assert len(rows) >= 200
    return rows


def has_half(row):
    return any(
        (np.asarray(v, row["dtype"]) == np.asarray(0.5, row["dtype"])).any()
        for v in row["inputs"].values()
    )


def as_ratio(number):
    """An integer code of a float: exact, so that codes order as the numbers do."""
    return int(Fraction(number) * 2**1074)


def test_the_list_of_operations_is_complete(golden):
    assert set(OPS) == {row["op"] for row in golden["rows"]} == set(golden["meta"]["ops"])


@pytest.mark.parametrize("op", OPS)
def test_hard_matches_every_row(golden, alg, op):
    hard = HARD.get(op) or getattr(ops, op.replace("soft_", "hard_"))
    for row in rows_of(golden, op):
        inputs = list(row["inputs"].values())
        if op == "soft_real_encoder":
            t, x = inputs
            got = hard(alg, as_ratio(x), as_ratio(min(max(t, 0.0), 1.0)) + 1)
        else:
            arrays = [np.asarray(v) > 0.5 for v in inputs]
            if op.endswith("neuron"):
                arrays[0] = arrays[0][None]
            got = hard(alg, *arrays)
        assert np.array_equal(np.squeeze(got), np.asarray(row["hard"], dtype=bool)), row


@pytest.mark.parametrize("op", OPS)
def test_sign_matches_every_row_even_at_one_half(golden, op):
    for function in {SOFT.get(op) or getattr(ops, op), DEFAULT_FORM.get(op)} - {None}:
        for row in rows_of(golden, op):
            high = np.squeeze(soft_value(function, row) > 0)
            assert np.array_equal(high, np.asarray(row["hard"], dtype=bool)), row


@pytest.mark.parametrize("op", [op for op in OPS if op != "harden"])
def test_value_matches_every_row(golden, op):
    function = SOFT.get(op) or getattr(ops, op)
    compared = 0
    for row in rows_of(golden, op):
        tolerance = 1e-12 if row["dtype"] == "float64" else 2e-7
        if op == "soft_real_encoder":
            tolerance = 1e-6
            if row["inputs"]["t"] == row["inputs"]["x"]:
                continue
        elif has_half(row):
            continue
        compared += 1
        got = np.squeeze(soft_value(function, row)) + 0.5
        assert np.abs(got - np.asarray(row["soft"])).max() <= tolerance, row
    assert compared >= 90


def is_tie(a, b):
    """Where the paper's formula has a kink, or a weight is at the end of its range."""
    return a == b or b == 1 - a or a in (0.0, 1.0)


@pytest.mark.parametrize("op", OPS)
def test_gradient_matches_every_row(golden, op):
    rows = [row for row in golden["grads"] if row["op"] == op]
    if not rows:
        assert op not in {row["op"] for row in golden["grads"]}
        return
    function = SOFT.get(op) or getattr(ops, op)
    encoder = op == "soft_real_encoder"
    compared = 0
    for row in rows:
        a, b = row["inputs"]
        if not encoder and (0.5 in (a, b) or is_tie(a, b)):
            continue
        shift = 0.0 if encoder else 0.5
        tensors = [torch.tensor(v - shift, dtype=torch.float64, requires_grad=True) for v in (a, b)]
        function(*tensors).backward()
        for tensor, wanted in zip(tensors, row["grad"], strict=True):
            assert abs(tensor.grad.item() - wanted) <= (1e-5 if encoder else 1e-9), row
        compared += 1
    assert compared >= 25
