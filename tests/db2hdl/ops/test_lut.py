"""Look-up tables: soft, hard and the multilinear extension agree."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from db2hdl.ops import hard_lut, soft_lut, soft_select
from db2hdl_hw.errors import InputError


@pytest.mark.parametrize("k", [1, 2, 3])
def test_every_table_at_every_input(k, alg, bits, soft, dtype):
    tables, rows = bits(1 << k), bits(k)
    expected = tables  # entry c of every table, for row c: rows count up with bit 0 lowest
    hard = hard_lut(alg, tables[:, None], np.broadcast_to(rows, (len(tables), *rows.shape)))
    assert (hard == expected).all()
    for margin in (0.5, 0.0, 1e-3):
        out = soft_lut(soft(tables, dtype, margin)[:, None], soft(rows, dtype, margin))
        assert ((out > 0).numpy() == expected).all()
        assert (out.abs() == 0.5).all()


@given(k=st.integers(1, 6), seed=st.integers(0, 2**32 - 1))
def test_soft_is_hard_at_any_size(alg, k, seed):
    rng = np.random.default_rng(seed)
    scale = rng.choice([1e-25, 1e-3, 0.5])
    table, x = scale * rng.standard_normal((4, 1 << k)), scale * rng.standard_normal((3, 4, k))
    expected = hard_lut(alg, table > 0, x > 0)
    for dtype in (torch.float32, torch.float64, torch.bfloat16):
        out = soft_lut(torch.tensor(table, dtype=dtype), torch.tensor(x, dtype=dtype))
        assert ((out > 0).numpy() == expected).all()


def test_an_entry_or_input_of_exactly_one_half_is_low():
    assert soft_lut(torch.zeros(2), torch.tensor([0.5])) < 0
    assert soft_lut(torch.tensor([-0.5, 0.5]), torch.zeros(1)) < 0


@pytest.mark.parametrize("k", range(1, 7))
def test_gradient_is_that_of_the_multilinear_extension(k, bits):
    torch.manual_seed(k)
    table = (torch.rand(5, 1 << k, dtype=torch.float64) - 0.5).requires_grad_()
    hard = torch.where(torch.rand(5, k) < 0.5, -0.5, 0.5).double().requires_grad_()
    high = torch.tensor(bits(k))
    factors = torch.where(high, 0.5 + hard.unsqueeze(1), 0.5 - hard.unsqueeze(1))
    (table * factors.prod(-1)).sum().backward()
    expected = table.grad.clone(), hard.grad.clone()
    soft_bits = (hard.detach() * 0.37).requires_grad_()
    table.grad = None
    soft_lut(table, soft_bits).sum().backward()
    torch.testing.assert_close(table.grad, expected[0])
    torch.testing.assert_close(soft_bits.grad, expected[1])


@pytest.mark.parametrize(("entries", "k"), [(8, 2), (1, 0), (128, 7)])
def test_a_table_of_another_size_is_refused(entries, k, alg):
    with pytest.raises(InputError, match="lut: a table"):
        soft_lut(torch.zeros(entries), torch.zeros(k))
    with pytest.raises(InputError, match="lut: a table"):
        hard_lut(alg, np.zeros(entries, bool), np.zeros(k, bool))


def test_select_takes_the_greatest_score_and_learns_all():
    score = torch.tensor([0.1, 3.0, 3.0], requires_grad=True)
    x = torch.tensor([[-0.5, 0.2, 0.4], [0.5, -0.1, 0.5]], requires_grad=True)
    out = soft_select(score, x)
    assert out.tolist() == x[:, 1].tolist()
    out.sum().backward()
    assert score.grad.tolist() == x.sum(0).tolist()
    assert x.grad.tolist() == [[0, 1, 0], [0, 1, 0]]
