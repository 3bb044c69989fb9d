from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from db2hdl.ops import TINY, enter, enter_weight, keep_sign, margin_pack, soft_and, soft_not
from db2hdl_hw.errors import InputError

DTYPES = [torch.float32, torch.float64, torch.bfloat16]
centred = st.floats(-0.5, 0.5)


def test_ops_do_not_import_torch():
    code = "import db2hdl.ops, sys; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_zero_enters_as_low_and_nothing_else_changes_its_bit(dtype):
    s = torch.tensor([0.0, -0.0, 1e-30, -1e-30, 1e-38, -1e-38, 1e-44, 0.5, -0.5], dtype=dtype)
    entered = enter(s)
    assert entered.dtype == dtype
    assert torch.equal(entered > 0, s > 0)
    assert (entered.abs() >= torch.tensor(TINY, dtype=dtype)).all()
    assert torch.equal(entered[-2:], s[-2:])


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_entering_keeps_every_value_away_from_zero(values):
    s = torch.tensor(values, dtype=torch.float64)
    moved = enter(s) - s
    assert (moved.abs() <= 2 * TINY).all()
    assert torch.equal(enter(enter(s)), enter(s))


def test_entering_passes_the_gradient_on():
    s = torch.tensor([0.0, -0.0, 1e-40, 0.3, -0.5], requires_grad=True)
    enter(s).backward(torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0]))
    assert s.grad is not None and s.grad.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]


def test_weights_are_clamped_and_get_no_gradient_beyond_the_range():
    w = torch.tensor([-3.0, -0.2, 0.0, 0.4, 9.0], requires_grad=True)
    entered = enter_weight(w)
    entered.sum().backward()
    assert entered.tolist() == pytest.approx([-0.5, -0.2, 0.0, 0.4, 0.5])
    assert w.grad is not None and w.grad.tolist() == [0.0, 1.0, 1.0, 1.0, 0.0]


def test_keep_sign_repairs_underflow_and_a_wrong_sign(dtype):
    value = torch.tensor([0.0, -0.0, -3e-8, 0.25, 1e-44], dtype=dtype, requires_grad=True)
    like = torch.tensor([1.0, 1.0, 1.0, -1.0, -1.0], dtype=dtype)
    kept = keep_sign(value, like)
    kept.sum().backward()
    assert (kept > 0).tolist() == [True, True, True, False, False]
    assert value.grad is not None and value.grad.tolist() == [1.0] * 5


@given(r=centred, mean=centred, dtype=st.sampled_from(DTYPES))
def test_margin_pack_has_the_sign_of_its_bit(r, mean, dtype):
    bit = enter(torch.tensor(r, dtype=dtype))
    packed = margin_pack(bit, torch.tensor(mean, dtype=dtype))
    assert (packed > 0) == (bit > 0)
    exact = r * (0.5 + mean) if r > 0 else r * (0.5 - mean)
    assert packed.double().item() == pytest.approx(exact, abs=4e-3)


@pytest.mark.parametrize("wrong", [torch.float16, torch.int64, torch.bool, torch.complex64])
def test_other_dtypes_are_refused_with_those_that_work(wrong):
    bad, good = torch.zeros(2, dtype=wrong), torch.zeros(2)
    for operation, arguments in [(soft_and, (good, bad)), (soft_not, (good, bad))]:
        with pytest.raises(InputError, match=r"cannot be .*: float32, float64, bfloat16$"):
            operation(*arguments)
