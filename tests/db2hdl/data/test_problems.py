"""The built-in problems."""

import numpy as np
import pytest

from db2hdl.data import load_problem, noisy_xor
from db2hdl_hw.errors import InputError


def test_noisy_xor_has_exactly_40_percent_of_training_labels_inverted():
    train, test = noisy_xor(0)
    assert train.values.shape == test.values.shape == (5000, 12)
    for table, wrong in ((train, 2000), (test, 0)):
        bits = table.values.astype(int)
        assert ((bits[:, 0] ^ bits[:, 1]) != table.labels).sum() == wrong
        assert abs(bits.mean(axis=0) - 0.5).max() < 0.05


def test_noisy_xor_depends_on_the_seed_alone():
    assert (noisy_xor(1)[0].values == noisy_xor(1)[0].values).all()
    assert (noisy_xor(1)[0].values != noisy_xor(2)[0].values).any()


def test_noisy_xor_as_a_dataset():
    data = load_problem("noisy-xor", 5)
    assert data.name == "noisy-xor"
    assert all(feature.kind == "bit" for feature in data.features)
    assert len(data.train) + len(data.validation) == 5000
    assert len(data.test) == 5000
    assert (data.test.codes[:, 0] ^ data.test.codes[:, 1] == data.test.labels).all()


@pytest.mark.parametrize(
    ("name", "features", "classes", "rows"),
    [("iris", 4, ("setosa", "versicolor", "virginica"), 150), ("breast-cancer", 30, None, 569)],
)
def test_bundled_data(name, features, classes, rows):
    data = load_problem(name, 0, input_bits=6)
    assert len(data.features) == features
    assert all(f.kind == "real" and f.bits == 6 for f in data.features)
    assert classes is None or data.classes == classes
    assert len(data.train) + len(data.validation) + len(data.test) == rows
    assert data.train.codes.max() == 63
    assert len(np.unique(data.test.labels)) == len(data.classes)


def test_an_unknown_problem_suggests_the_nearest():
    with pytest.raises(InputError, match="did you mean 'noisy-xor'"):
        load_problem("noisyxor")


def test_bad_parameters_are_refused():
    with pytest.raises(InputError, match="seed"):
        load_problem("iris", -1)
    with pytest.raises(InputError, match="input bits"):
        load_problem("noisy-xor", 0, 17)
