"""An algebra whose nets are booleans (and words integers): what hard meanings compute."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch


class NumpyAlgebra:
    def const(self, values):
        return np.asarray(values, dtype=bool)

    def not_(self, a):
        return ~a

    def and_(self, a, b):
        return a & b

    def or_(self, a, b):
        return a | b

    def xor(self, a, b):
        return a ^ b

    def all_(self, a):
        return a.all(-1)

    def any_(self, a):
        return a.any(-1)

    def parity(self, a):
        return a.sum(-1) % 2 == 1

    def at_least(self, k, a):
        assert 1 <= k <= a.shape[-1]
        return a.sum(-1) >= k

    def popcount(self, a):
        return a.sum(-1)

    def compare(self, words, thresholds):
        return words >= thresholds

    def argmax(self, words):
        return words.argmax(-1)

    def lut(self, table, a):
        index = (a.astype(np.uint64) << np.arange(a.shape[-1], dtype=np.uint64)).sum(-1)
        return (table >> index.astype(np.uint64)) & np.uint64(1) == 1

    def concat(self, parts):
        return np.concatenate(parts, axis=-1)


@pytest.fixture(scope="session")
def alg():
    return NumpyAlgebra()


@pytest.fixture(scope="session")
def golden():
    return json.loads((Path(__file__).parent / "golden_ops.json").read_text())


@pytest.fixture(params=[torch.float32, torch.float64, torch.bfloat16], ids=str)
def dtype(request):
    return request.param


@pytest.fixture(scope="session")
def bits():
    """All 2**n rows of n booleans, as an array [2**n, n]."""

    def make(n):
        return (np.arange(1 << n)[:, None] >> np.arange(n)) % 2 == 1

    return make


@pytest.fixture(scope="session")
def soft():
    """Booleans as centred soft-bits: high is +margin, low is -margin; margin 0 is low as 0."""

    def make(array, dtype, margin=0.5):
        return torch.as_tensor(np.where(array, margin or 1e-30, -margin)).to(dtype)

    return make
