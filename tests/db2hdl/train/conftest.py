"""Small datasets, and one thread for everything that trains."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from db2hdl.data import Dataset, Table, split_table
from db2hdl.train import Recipe


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def table() -> Table:
    """Return 60 rows of a bit, a real and a constant column; the label is in the first two."""
    random = np.random.default_rng(0)
    bit = random.integers(0, 2, 60)
    real = random.normal(size=60)
    values = np.column_stack([bit, real, np.full(60, 7.5)])
    labels = (bit == 1) & (real > 0)
    return Table("small", ("class_index", "größe, mm", "x"), values, labels * 1, ("bad", "good"))


@pytest.fixture
def dataset(table: Table) -> Dataset:
    return split_table(table)


@pytest.fixture
def recipe() -> Recipe:
    return Recipe(clauses=6, epochs=6, batch=16)
