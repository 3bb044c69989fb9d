from __future__ import annotations

import pickle

import pytest
import torch

from db2hdl.nn import init
from db2hdl_hw.errors import InputError

SHAPE = (200, 100)


def draw(initialiser):
    torch.manual_seed(1)
    values = initialiser(SHAPE)
    assert values.shape == SHAPE and values.dtype == torch.float64
    return values


def test_uniform_range():
    values = draw(init.uniform_range(0.49, 0.51))
    assert 0.49 <= values.min() < 0.4901 and 0.5099 < values.max() <= 0.51
    assert values.mean().item() == pytest.approx(0.5, abs=1e-3)


def test_near_zero_and_near_one_are_clipped_normals():
    zero, one = draw(init.near_zero()), draw(init.near_one())
    assert zero.min() == one.min() == 0.001 and one.max() == 0.999
    assert (zero > 0.5).double().mean().item() == pytest.approx(0.00135, abs=1e-3)
    assert (one > 0.5).double().mean().item() == pytest.approx(0.841, abs=1e-2)
    assert (one == 0.999).double().mean().item() == pytest.approx(0.5, abs=1e-2)


def test_bernoulli():
    values = draw(init.bernoulli(0.01, 0.3, 0.501))
    assert values.unique().tolist() == [0.3, 0.501]
    assert (values > 0.5).double().mean().item() == pytest.approx(0.01, abs=3e-3)


def test_bernoulli_uniform():
    values = draw(init.bernoulli_uniform(0.25, 0.4, 0.7))
    assert values.min() >= 0.4 and values.max() <= 0.7
    assert (values > 0.5).double().mean().item() == pytest.approx(0.25, abs=1e-2)


def test_constant():
    assert (draw(init.constant(0.3)) == 0.3).all()


def test_the_seed_decides():
    assert torch.equal(draw(init.near_one()), draw(init.near_one()))


@pytest.mark.parametrize(
    "initialiser", [init.near_zero(), init.uniform_range(), init.bernoulli(), init.constant(0.3)]
)
def test_initialisers_can_be_pickled(initialiser):
    assert torch.equal(draw(pickle.loads(pickle.dumps(initialiser))), draw(initialiser))


@pytest.mark.parametrize(
    "bad",
    [
        lambda: init.uniform_range(0.6, 0.4),
        lambda: init.uniform_range(-0.1, 0.4),
        lambda: init.bernoulli(1.5),
        lambda: init.bernoulli(0.5, 0.9, 0.1),
        lambda: init.bernoulli_uniform(0.5, 0.6, 0.9),
        lambda: init.constant(2.0),
        lambda: init.constant(float("nan")),
    ],
)
def test_arguments_out_of_range_are_refused(bad):
    with pytest.raises(InputError, match=r"^initialiser: "):
        bad()
