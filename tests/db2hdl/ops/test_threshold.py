"""At least k of a learned subset: soft is hard, k included."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from db2hdl import ops
from db2hdl_hw.errors import InputError


def test_all_inputs_weights_and_biases_of_a_small_neuron(alg, bits, soft, dtype):
    """m = 3, two bias bits, every most: 2**8 cases each, in one call."""
    m, biases = 3, 2
    rows, weights = bits(m), bits(m + biases)
    for most in range(biases, m + 2):
        got = ops.soft_threshold(most, soft(weights, dtype, 0.3), soft(rows, dtype, 0.0))
        k = most - weights[:, m:].sum(-1)
        counts = (rows[:, None, :] & weights[None, :, :m]).sum(-1)
        np.testing.assert_array_equal((got > 0).numpy(), counts >= k)
        hard = ops.hard_threshold(alg, k, weights[:, :m], rows)
        np.testing.assert_array_equal(hard, counts >= k)


@given(seed=st.integers(0, 2**32 - 1))
def test_soft_is_hard(alg, seed):
    rng = np.random.default_rng(seed)
    m, n, most = (int(v) for v in rng.integers(1, 9, 3))
    most = min(most, m)
    width = m + int(rng.integers(0, most + 1))
    values = rng.choice([0.0, -0.0, 1e-38, -1e-38, 0.2, -0.2, 0.5, -0.5])
    w = torch.as_tensor(rng.choice([values, rng.normal()], (n, width)))
    x = torch.as_tensor(rng.choice([values, rng.uniform(-0.5, 0.5)], (4, m)))
    dtype = [torch.float32, torch.float64, torch.bfloat16][rng.integers(3)]
    w, x = w.to(dtype), x.to(dtype)
    high, bits = (w > 0).numpy(), (x > 0).numpy()
    hard = ops.hard_threshold(alg, most - high[:, m:].sum(-1), high[:, :m], bits)
    np.testing.assert_array_equal((ops.soft_threshold(most, w, x) > 0).numpy(), hard)


def test_gradients_reach_inputs_connections_and_biases():
    torch.manual_seed(0)
    w = (torch.rand(5, 6 + 4) - 0.5).requires_grad_()
    x = (torch.rand(32, 6) - 0.5).requires_grad_()
    ops.soft_threshold(5, w, x).sum().backward()
    assert bool((w.grad != 0).all())
    assert bool((x.grad != 0).all())


def test_weights_narrower_than_the_input_are_refused():
    with pytest.raises(InputError, match="width 2 for 3 inputs"):
        ops.soft_threshold(1, torch.zeros(1, 2), torch.zeros(3))
