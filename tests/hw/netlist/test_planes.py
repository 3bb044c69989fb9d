import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db2hdl_hw.netlist import planes


def to_planes(numbers, digits):
    """Return numbers [cells, samples] as planes."""
    return [planes.pack((numbers >> d & 1).astype(bool)) for d in range(digits)]


def from_planes(number, samples):
    return sum(planes.unpack(p, samples).astype(np.int64) << d for d, p in enumerate(number))


def random_numbers(seed, digits, samples=70):
    return np.random.default_rng(seed).integers(1 << digits, size=(2, samples))


@pytest.mark.parametrize("samples", [0, 1, 63, 64, 65, 200])
def test_pack_and_unpack(samples):
    bits = np.random.default_rng(samples).random((3, samples)) < 0.5
    packed = planes.pack(bits)
    assert packed.shape == (3, -(-samples // 64)) and packed.dtype == np.uint64
    assert np.array_equal(planes.unpack(packed, samples), bits)


def test_sample_0_is_bit_0():
    assert planes.pack(np.array([[True, False, True]])).tolist() == [[5]]


@given(st.integers(0, 99), st.integers(1, 9))
def test_arithmetic_is_that_of_integers(seed, digits):
    a, b = random_numbers(seed, digits), random_numbers(seed + 1000, digits)
    b[:, :10] = a[:, :10]
    x, y = to_planes(a, digits), to_planes(b, digits)
    assert np.array_equal(from_planes(planes.add(x, y), 70), a + b)
    assert np.array_equal(planes.unpack(planes.greater(x, y), 70), a > b)
    index = planes.argmax([x, y, x], 2)
    assert np.array_equal(from_planes(index, 70), np.stack([a, b, a]).argmax(0))


@pytest.mark.parametrize("digits", [1, 3])
def test_at_least_every_limit(digits):
    numbers = np.tile(np.arange(1 << digits), ((1 << digits) + 1, 1))
    limits = np.arange((1 << digits) + 1, dtype=np.uint64)
    got = planes.at_least(to_planes(numbers, digits), limits)
    assert np.array_equal(planes.unpack(got, 1 << digits), numbers >= limits[:, None])


@pytest.mark.parametrize("n", [1, 2, 3, 7, 8, 13])
def test_count_ones(n):
    bits = np.random.default_rng(n).random((2, n, 70)) < 0.5
    packed = planes.pack(bits.reshape(2 * n, 70)).reshape(2, n, -1)
    assert np.array_equal(from_planes(planes.count_ones(packed), 70), bits.sum(1))
