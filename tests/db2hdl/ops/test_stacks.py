"""Random stacks of all operations to depth 50: soft bits, hardened, are the booleans. Always."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from db2hdl import ops

ADVERSARIAL = np.array(
    [0.0, -0.0, 1e-30, -1e-30, 1e-38, -1e-38, 1e-45, -1e-45, 3e-8, -3e-8, 0.5, -0.5, 0.25, -0.25]
)
PAIRS = ["and", "or", "xor", "xor_plain"]
MASKS = ["not", "implies", "implies_plain", "mask_to_false", "mask_to_false_plain"]
NEURONS = ["and_neuron", "or_neuron", "xor_neuron", "xor_neuron_plain"]
REDUCE = ["all_of", "all_of_plain", "any_of", "any_of_plain", "majority", "majority_plain"]
STEPS = [*PAIRS, *MASKS, *NEURONS, *REDUCE, "at_least", "at_least_plain", "count_hot", "literals"]


def draw(rng, shape):
    """Values that are anything, adversarial, or ties of one magnitude."""
    kind = rng.integers(3)
    if kind == 0:
        return rng.uniform(-0.5, 0.5, shape)
    if kind == 1:
        return rng.choice(ADVERSARIAL, shape)
    return rng.choice([-1, 1], shape) * rng.choice(np.abs(ADVERSARIAL))


def both(name):
    soft = getattr(ops, f"soft_{name}")
    return soft, getattr(ops, "hard_" + name.removesuffix("_plain"))


def step(rng, alg, name, soft, hard, width):
    """Apply one operation to a layer [rows, width], soft and hard; the width is kept."""
    f, g = both(name)
    if name in PAIRS:
        left, right = rng.integers(width, size=(2, width))
        return f(soft[:, left], soft[:, right]), g(alg, hard[:, left], hard[:, right])
    if name in MASKS or name in NEURONS:
        size = width if name in MASKS else (width, width)
        w = torch.as_tensor(draw(rng, size)).to(soft.dtype)
        return f(w, soft), g(alg, (w > 0).numpy(), hard)
    if name in ("count_hot", "literals"):
        f_out, g_out = f(soft), g(alg, hard)
        chosen = rng.integers(g_out.shape[-1], size=width)
        return f_out[:, chosen], g_out[:, chosen]
    groups = rng.integers(width, size=(width, rng.integers(1, 2 * width)))
    if name.startswith("at_least"):
        k = int(rng.integers(groups.shape[1] + 2))
        return f(k, soft[:, groups]), g(alg, k, hard[:, groups])
    return f(soft[:, groups]), g(alg, hard[:, groups])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16], ids=str)
@given(seed=st.integers(0, 2**32), depth=st.integers(1, 50))
def test_no_wrong_bit(dtype, seed, depth, alg):
    rng = np.random.default_rng(seed)
    width = int(rng.integers(1, 13))
    soft = torch.as_tensor(draw(rng, (4, width))).to(dtype)
    hard = (soft > 0).numpy()
    for layer in range(depth):
        name = STEPS[rng.integers(len(STEPS))]
        soft, hard = step(rng, alg, name, soft, hard, width)
        assert soft.dtype == dtype
        assert np.array_equal((soft > 0).numpy(), hard), (layer, name)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16], ids=str)
def test_a_deep_stack_of_every_single_operation(dtype, alg):
    for name in STEPS:
        rng = np.random.default_rng(len(name))
        soft = torch.as_tensor(draw(rng, (8, 9))).to(dtype)
        hard = (soft > 0).numpy()
        for layer in range(50):
            soft, hard = step(rng, alg, name, soft, hard, 9)
            assert np.array_equal((soft > 0).numpy(), hard), (layer, name)


def test_the_comparison_sees_a_form_that_loses_bits(alg):
    """The paper's form, on [0, 1] in float32, gets bits wrong in the same kind of stack."""

    def textbook_and(x, y):
        least = torch.minimum(x, y)
        mean = (x + y) / 2
        return torch.where(least > 0.5, 0.5 + mean * (least - 0.5), least + mean * (0.5 - least))

    rng = np.random.default_rng(0)
    soft = torch.rand(64, 16)
    hard = (soft > 0.5).numpy()
    wrong = 0
    for _ in range(50):
        left, right, inverted = rng.integers(16, size=(3, 16))
        soft = textbook_and(soft[:, left], 1 - soft[:, right])
        hard = hard[:, left] & ~hard[:, right]
        soft, hard = 1 - soft[:, inverted], ~hard[:, inverted]
        wrong += int(((soft > 0.5).numpy() != hard).sum())
    assert wrong > 0
