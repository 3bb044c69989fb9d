from __future__ import annotations

import numpy as np
import pytest
import torch

from db2hdl import ops
from db2hdl_hw.errors import InputError


def test_counts_are_exact_float32_whatever_the_dtype(dtype):
    x = torch.full((2, 802), 0.1, dtype=dtype)
    x[0, 0] = 0.0
    counts = ops.soft_class_counts(x, 2)
    assert counts.dtype == torch.float32
    assert counts.tolist() == [[400.0, 401.0], [401.0, 401.0]]


def test_counts_stay_exact_under_autocast():
    with torch.autocast("cpu", dtype=torch.bfloat16):
        counts = ops.soft_class_counts(torch.full((401,), 0.1, dtype=torch.bfloat16), 1)
    assert counts.dtype == torch.float32 and counts.item() == 401.0


def test_tiny_float64_bits_are_counted_before_they_could_underflow():
    assert ops.soft_class_counts(torch.tensor([1e-200, -1e-200]).double(), 1).item() == 0.0
    x = torch.tensor([1e-200, -1e-200], dtype=torch.float64)
    assert ops.soft_class_counts(x, 1).item() == 1.0


def test_hardening_is_straight_through():
    x = torch.tensor([0.2, -0.1, 0.0, 1e-38, -0.0], requires_grad=True)
    hard = ops.soft_harden(x)
    hard.backward(torch.arange(5.0))
    assert hard.tolist() == [0.5, -0.5, -0.5, 0.5, -0.5]
    assert x.grad is not None and x.grad.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_counting_passes_the_gradient_of_a_sum():
    x = torch.tensor([0.2, -0.1, 0.4, 0.0], requires_grad=True)
    ops.soft_class_counts(x, 2).backward(torch.tensor([1.0, 3.0]))
    assert x.grad is not None and x.grad.tolist() == [1.0, 1.0, 3.0, 3.0]


def test_hard_counts_and_index(alg):
    bits = np.array([[1, 0, 0, 1, 1, 1], [1, 1, 0, 0, 1, 1]], dtype=bool)
    counts = ops.hard_class_counts(alg, bits, 3)
    assert counts.tolist() == [[1, 1, 2], [2, 0, 2]]
    assert ops.hard_class_index(alg, counts).tolist() == [2, 0]


@pytest.mark.parametrize(("m", "classes"), [(5, 2), (0, 3), (2, 4)])
def test_unequal_groups_are_refused(m, classes, alg):
    message = f"{m} bits do not split into {classes} equal groups"
    with pytest.raises(InputError, match=message):
        ops.soft_class_counts(torch.zeros(1, m), classes)
    with pytest.raises(InputError, match=message):
        ops.hard_class_counts(alg, np.zeros(m, bool), classes)
