"""Operations over the last axis: every row of up to eight bits, and adversarial values."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from db2hdl import ops
from db2hdl_hw.errors import InputError

TABLE = {
    "all_of": lambda x: x.all(-1),
    "any_of": lambda x: x.any(-1),
    "majority": lambda x: x.mean(-1) > 0.5,
    "parity": lambda x: x.sum(-1) % 2 == 1,
    "count_hot": lambda x: (~x).sum(-1)[:, None] == np.arange(x.shape[-1] + 1),
    "literals": lambda x: np.concatenate([x, ~x], -1),
}
FORMS = [
    (name, form)
    for name in TABLE
    for form in (f"soft_{name}", f"soft_{name}_plain")
    if hasattr(ops, form)
]
IDS = [form for _, form in FORMS]
ADVERSARIAL = [0.0, -0.0, 1e-30, -1e-30, 1e-38, -1e-38, 1e-44, 0.5, -0.5, 0.1, -0.1]


@pytest.mark.parametrize("name", [n for n in TABLE if n != "parity"])
@pytest.mark.parametrize("n", range(1, 9))
def test_hard_truth_table(name, n, alg, bits):
    got = getattr(ops, f"hard_{name}")(alg, bits(n))
    assert np.array_equal(got, TABLE[name](bits(n)))


@pytest.mark.parametrize(("name", "form"), FORMS, ids=IDS)
@pytest.mark.parametrize("margin", [0.5, 1e-30, 0.0, 1e-38])
def test_soft_truth_table(name, form, margin, dtype, bits, soft):
    for n in range(1, 9):
        got = getattr(ops, form)(soft(bits(n), dtype, margin))
        assert np.array_equal((got > 0).numpy(), TABLE[name](bits(n)))


@pytest.mark.parametrize("n", range(1, 9))
def test_at_least_for_every_k(n, alg, bits, soft, dtype):
    for k in range(n + 2):
        wanted = bits(n).sum(-1) >= k
        assert np.array_equal(ops.hard_at_least(alg, k, bits(n)), wanted)
        for form in (ops.soft_at_least, ops.soft_at_least_plain):
            got = form(k, soft(bits(n), dtype, 1e-38))
            assert np.array_equal((got > 0).numpy(), wanted)


def test_at_least_of_none_and_of_more_than_all_is_constant():
    x = torch.tensor([[0.2, -0.3]])
    assert ops.soft_at_least(0, x).tolist() == [0.5]
    assert ops.soft_at_least(3, x).tolist() == [-0.5]


@pytest.mark.parametrize("k", [-1, 4, 1.0, True, None])
def test_at_least_refuses_other_k(k, alg):
    with pytest.raises(InputError, match=r"at least k of 2 bits: k must be an integer in 0\.\.3"):
        ops.soft_at_least(k, torch.zeros(2))
    with pytest.raises(InputError, match="must be an integer"):
        ops.hard_at_least(alg, k, np.zeros(2, bool))


@pytest.mark.parametrize(("name", "form"), FORMS, ids=IDS)
@given(
    values=st.lists(st.sampled_from(ADVERSARIAL), min_size=1, max_size=20),
    dtype=st.sampled_from([torch.float32, torch.float64, torch.bfloat16]),
)
def test_adversarial_values_never_change_a_bit(name, form, values, dtype):
    x = torch.tensor(values, dtype=dtype).requires_grad_()
    got = getattr(ops, form)(x[None])
    assert np.array_equal((got > 0).numpy(), TABLE[name]((x > 0).numpy()[None]))
    got.sum().backward()
    assert x.grad is not None and x.grad.isfinite().all()


@pytest.mark.parametrize("form", ["soft_all_of", "soft_any_of", "soft_majority", "soft_parity"])
def test_gradients_are_those_of_the_value(form):
    x = torch.tensor([0.31, -0.24, 0.11, 0.47, -0.05], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(getattr(ops, form), x)
    assert (torch.autograd.grad(getattr(ops, form)(x), x)[0] != 0).all()


def test_parity_of_two_is_xor_and_plain_the_plain_xor():
    x = torch.rand(200, 2) - 0.5
    assert torch.equal(ops.soft_parity(x), ops.soft_xor(x[:, 0], x[:, 1]))
    assert torch.equal(ops.soft_parity_plain(x), ops.soft_xor_plain(x[:, 0], x[:, 1]))


@pytest.mark.parametrize(("name", "form"), FORMS, ids=IDS)
def test_float16_is_refused(name, form):
    with pytest.raises(InputError, match="float16"):
        getattr(ops, form)(torch.zeros(3, dtype=torch.float16))
