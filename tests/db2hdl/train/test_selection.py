"""Choosing the bits that tell most about the class."""

import numpy as np
import torch

from db2hdl.data import Split
from db2hdl.train import selection
from db2hdl.train.selection import informative_bits


def split(bits, labels) -> Split:
    return Split(np.array(bits, dtype=np.uint16).T, np.array(labels))


def test_bits_are_ranked_by_mutual_information():
    labels = [0, 0, 0, 0, 1, 1, 1, 1]
    rows = split(
        [
            [0, 1, 0, 1, 0, 1, 0, 1],  # nothing
            [1, 1, 1, 1, 0, 0, 0, 0],  # everything
            [0, 0, 0, 1, 1, 1, 1, 1],  # much
            [1, 1, 1, 1, 1, 1, 1, 1],  # nothing
        ],
        labels,
    )
    assert informative_bits(torch.nn.Sequential(), rows, 2, 1).tolist() == [1]
    assert informative_bits(torch.nn.Sequential(), rows, 2, 2).tolist() == [1, 2]
    assert informative_bits(torch.nn.Sequential(), rows, 2, 3).tolist() == [0, 1, 2]


def test_rows_are_counted_in_parts(monkeypatch):
    random = np.random.default_rng(0)
    rows = Split(random.integers(0, 2, (50, 8)).astype(np.uint16), random.integers(0, 3, 50))
    whole = informative_bits(torch.nn.Sequential(), rows, 4, 3)
    monkeypatch.setattr(selection, "ELEMENTS_AT_ONCE", 24)
    assert (informative_bits(torch.nn.Sequential(), rows, 4, 3) == whole).all()
