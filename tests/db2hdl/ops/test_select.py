"""Wires: soft and hard meaning, and the constant low of padding."""

import numpy as np
import pytest
import torch

from db2hdl import ops
from db2hdl_hw.errors import InputError


def test_wires_exhaustively(alg, bits, soft, dtype):
    index = np.array([[2, 0, -1], [1, -1, 1]])
    rows = bits(3)
    got = ops.soft_wires(torch.as_tensor(index), soft(rows, dtype))
    hard = ops.hard_wires(alg, index, rows)
    expected = np.zeros((8, 2, 3), bool)
    expected[:, 0, 0], expected[:, 0, 1] = rows[:, 2], rows[:, 0]
    expected[:, 1, 0], expected[:, 1, 2] = rows[:, 1], rows[:, 1]
    np.testing.assert_array_equal(hard, expected)
    np.testing.assert_array_equal((got > 0).numpy(), expected)
    assert got.dtype == dtype


def test_gradient_adds_up_over_copies():
    x = torch.tensor([0.1, -0.2, 0.3], requires_grad=True)
    ops.soft_wires(torch.tensor([0, 0, -1, 2]), x).sum().backward()
    torch.testing.assert_close(x.grad, torch.tensor([2.0, 0.0, 1.0]))


def test_float16_is_refused():
    with pytest.raises(InputError, match="float16"):
        ops.soft_wires(torch.tensor([0]), torch.zeros(1, dtype=torch.float16))
