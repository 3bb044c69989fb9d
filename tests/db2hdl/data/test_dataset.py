"""Splitting tables into training, validation and test rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db2hdl.data import Table, split_table
from db2hdl_hw.errors import InputError


def table(labels, width=3, source="t", names=None):
    """Return a table whose first column numbers the rows."""
    labels = np.array(labels)
    values = np.tile(np.arange(len(labels), dtype=np.float64).reshape(-1, 1), (1, width))
    names = names or tuple(f"c{i}" for i in range(width))
    return Table(source, names, values, labels, tuple(map(str, range(labels.max() + 1))))


def parts(data):
    return (data.train, data.validation, data.test)


@given(st.lists(st.integers(3, 40), min_size=2, max_size=4), st.integers(0, 2**32 - 1))
def test_the_parts_are_disjoint_complete_and_stratified(counts, seed):
    labels = np.repeat(np.arange(len(counts)), counts)
    data = split_table(table(labels), seed, input_bits=16)
    kept = data.train.codes[:, 0]
    assert len(np.unique(kept)) == len(kept)
    assert sum(len(part) for part in parts(data)) == len(labels)
    for c, count in enumerate(counts):
        sizes = [int((part.labels == c).sum()) for part in parts(data)]
        assert sum(sizes) == count
        assert min(sizes) >= 1
        assert abs(sizes[2] - count * 0.2) <= 1


def test_the_same_seed_gives_the_same_split_and_another_does_not():
    labels = np.arange(100) % 2
    first, again, other = (split_table(table(labels), seed) for seed in (1, 1, 2))
    for a, b in zip(parts(first), parts(again), strict=True):
        assert (a.codes == b.codes).all()
        assert (a.labels == b.labels).all()
    assert (first.test.codes != other.test.codes).any()
    assert first.train.codes.dtype == np.uint16


def test_test_rows_of_their_own():
    train, test = table(np.arange(20) % 2), table([1, 0], names=("c2", "c1", "c0"))
    data = split_table(train, test=test)
    assert len(data.train) == 16
    assert len(data.validation) == 4
    assert data.test.labels.tolist() == [1, 0]


def test_test_rows_of_other_columns_or_classes_are_refused():
    train = table(np.arange(20) % 2)
    with pytest.raises(InputError, match="'c0' of t is missing"):
        split_table(train, test=table([0, 1], names=("a", "b", "c")))
    with pytest.raises(InputError, match="has no class '2'"):
        split_table(train, test=table([0, 1, 2]))


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_bad_seed_is_refused(seed):
    with pytest.raises(InputError, match="seed must be 0"):
        split_table(table(np.arange(20) % 2), seed)


def test_too_few_rows_are_refused():
    with pytest.raises(InputError, match="too few"):
        split_table(table([0, 1, 0, 1]))


def test_rare_classes_are_in_the_training_rows():
    data = split_table(table([0] * 10 + [1] * 2))
    assert (data.train.labels == 1).sum() == 2
