"""The built-in problems."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from db2hdl.data import load_problem, noisy_xor
from db2hdl.data.idx import Images
from db2hdl.data.problems import binary_iris, toy_clothes, toy_outside
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


BINARY_IRIS = "a594b4c0578787a23a99412273595cc3a662c4caaca26051625b61f12221806f"
SHARED = Path(__file__).parents[4] / "shared" / "data"


def test_binary_iris_is_the_file_that_the_paper_used():
    """20 different rows; the whole file, if it is here, and otherwise its digest."""
    table = binary_iris()
    rows = np.column_stack([table.values.astype(int), table.labels])
    digest = hashlib.sha256(rows.astype(np.uint8).tobytes()).hexdigest()
    assert len(np.unique(table.values, axis=0)) == 20
    assert digest == BINARY_IRIS
    file = SHARED / "binary_iris" / "BinaryIrisData.txt"
    if file.is_file():
        assert np.array_equal(rows, np.loadtxt(file, dtype=int))


def test_the_toys_are_functions_of_their_inputs():
    for table, different in ((toy_clothes(), 8), (toy_outside(), 2)):
        rows = np.column_stack([table.values, table.labels])
        assert len(np.unique(rows, axis=0)) == len(np.unique(table.values, axis=0)) == different


def test_digits_are_images_of_four_bits():
    dataset = load_problem("digits", 3)
    assert isinstance(dataset, Images) and (dataset.height, dataset.width) == (8, 8)
    assert len(dataset.train) + len(dataset.validation) + len(dataset.test) == 1797
    assert dataset.train.codes.max() == 15 and {f.bits for f in dataset.features} == {4}
