"""The recipe of voting clauses and the nets it builds."""

import numpy as np
import pytest
import torch

from db2hdl import nn
from db2hdl.data import Table, load_problem, split_table
from db2hdl.train import Recipe
from db2hdl.train.recipes import clauses
from db2hdl_hw.errors import InputError


@pytest.mark.parametrize("name", ["clauses", "thresholds", "epochs", "batch"])
@pytest.mark.parametrize("value", [0, -1, 1.5])
def test_counts_must_be_whole_numbers_of_at_least_1(name, value):
    with pytest.raises(InputError, match=f"{name} must be a whole number of at least 1"):
        Recipe(**{name: value})


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_rates_must_be_above_0(value):
    with pytest.raises(InputError, match="lr must be above 0"):
        Recipe(lr=value)


def test_a_net_of_boolean_features_has_no_encoder():
    net = Recipe(clauses=5).build(load_problem("noisy-xor"))
    assert nn.encoder_of(net) is None
    assert net(torch.zeros(3, 12) - 0.5).shape == (3, 2)


def test_thresholds_start_at_quantiles_of_the_training_rows(dataset):
    net = Recipe(thresholds=3).build(dataset)
    encoder = nn.encoder_of(net)
    assert encoder is not None
    codes = dataset.train.codes[:, 1]
    thresholds = encoder.integer_thresholds()[:3].numpy()
    above = (codes[:, None] >= thresholds).mean(axis=0)
    assert np.abs(above - [0.75, 0.5, 0.25]).max() < 0.08


def test_sizes_suit_the_dataset(monkeypatch, dataset):
    for name, most in (("THRESHOLDS", 3), ("CLAUSES", 20), ("STEPS", 2)):
        monkeypatch.setattr(clauses, f"MOST_{name}", most)
    adapted = Recipe().adapt(dataset)
    assert adapted.thresholds == 1  # 2 real features share 3
    assert adapted.clauses == 10  # 2 classes share 20
    assert adapted.batch == 32
    assert Recipe(batch=8).adapt(dataset).batch == 18  # 36 training rows in 2 minibatches
    assert adapted.adapt(dataset) == adapted


def test_of_very_many_bits_the_informative_are_read(monkeypatch):
    monkeypatch.setattr(clauses, "MOST_BITS_READ", 2)
    random = np.random.default_rng(0)
    values = random.normal(size=(60, 5))
    values[:, 3] = random.integers(0, 2, 60)
    labels = ((values[:, 1] > 0) ^ (random.random(60) < 0.1)).astype(np.int64)
    labels[values[:, 3] == 1] = 1
    wide = Table("wide", tuple("abcde"), values, labels, ("0", "1"))
    net = Recipe(clauses=2, thresholds=1).build(split_table(wide))
    (select,) = [module for module in net if isinstance(module, nn.Select)]
    assert select.index.tolist() == [1, 3]
