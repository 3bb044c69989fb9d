"""Truth tables of the operations of two bits, soft and hard, at every pair of margins."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from db2hdl import ops
from db2hdl_hw.errors import InputError

TABLE = {
    "not": lambda w, x: w == x,
    "and": lambda x, y: x and y,
    "or": lambda x, y: x or y,
    "xor": lambda x, y: x != y,
    "implies": lambda w, x: not w or x,
    "mask_to_false": lambda w, x: w and x,
}
FORMS = [
    (name, form)
    for name in TABLE
    for form in (f"soft_{name}", f"soft_{name}_plain")
    if hasattr(ops, form)
]
VALUES = [0.0, -0.0, 1e-30, -1e-30, 1e-38, -1e-38, 1e-44, -1e-44, 3e-8, -3e-8, 0.1, -0.3, 0.5, -0.5]


@pytest.mark.parametrize("name", TABLE)
def test_hard_truth_table(name, alg):
    a, b = np.array(list(itertools.product([False, True], repeat=2))).T
    got = getattr(ops, f"hard_{name}")(alg, a, b)
    assert got.tolist() == [TABLE[name](*pair) for pair in zip(a, b, strict=True)]


@pytest.mark.parametrize("name", TABLE)
def test_hard_broadcasts_weights(name, alg):
    w, x = np.array([[True, False, True], [False, False, True]]), np.array([[True, True, False]])
    got = getattr(ops, f"hard_{name}")(alg, w, x[..., None, :])
    assert got.shape == (1, 2, 3)


@pytest.mark.parametrize(("name", "form"), FORMS, ids=[form for _, form in FORMS])
def test_soft_truth_table_at_every_margin(name, form, dtype):
    a, b = torch.cartesian_prod(*[torch.tensor(VALUES, dtype=dtype)] * 2).T
    got = getattr(ops, form)(a, b)
    assert got.dtype == dtype
    wanted = [TABLE[name](p, q) for p, q in zip((a > 0).tolist(), (b > 0).tolist(), strict=True)]
    assert (got > 0).tolist() == wanted
    assert (got != 0).all()
    assert (got.abs() <= 0.5).all()


@pytest.mark.parametrize(("name", "form"), FORMS, ids=[form for _, form in FORMS])
def test_gradients_are_finite_at_every_margin(name, form, dtype):
    a, b = torch.cartesian_prod(*[torch.tensor(VALUES, dtype=dtype)] * 2).T
    a, b = a.clone().requires_grad_(), b.clone().requires_grad_()
    getattr(ops, form)(a, b).sum().backward()
    assert a.grad.isfinite().all() and b.grad.isfinite().all()


@pytest.mark.parametrize("form", ["soft_and", "soft_or", "soft_xor", "soft_implies", "soft_not"])
def test_gradients_are_those_of_the_value(form):
    points = [(-0.31, 0.17), (0.23, 0.41), (-0.44, -0.12), (0.37, -0.08)]
    for point in points:
        inputs = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in point]
        assert torch.autograd.gradcheck(getattr(ops, form), inputs)


@pytest.mark.parametrize("form", ["soft_not", "soft_implies", "soft_mask_to_false_plain"])
def test_weights_beyond_the_range_count_as_its_end(form):
    x = torch.tensor([-0.5, -0.1, 0.2, 0.5])
    operation = getattr(ops, form)
    for beyond, end in [(1.2, 0.5), (-7.0, -0.5)]:
        assert torch.equal(operation(torch.tensor(beyond), x), operation(torch.tensor(end), x))


def test_or_mirrors_and():
    x, y = torch.rand(2, 100, dtype=torch.float64) - 0.5
    assert torch.equal(ops.soft_or(x, y), -ops.soft_and(-x, -y))


@pytest.mark.parametrize(("name", "form"), FORMS, ids=[form for _, form in FORMS])
def test_float16_is_refused(name, form):
    half = torch.zeros(2, dtype=torch.float16)
    with pytest.raises(InputError, match="float16"):
        getattr(ops, form)(half, half)
