"""Every style counts right, and names every partial sum."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from amaranth.hdl import Cat, Const, Signal, Value
from amaranth.hdl._ast import Concat, Operator, Slice

from db2hdl_hw.errors import InputError
from db2hdl_hw.gateware.counters import COUNTS
from db2hdl_hw.gateware.operations import TARGETS, style_of

Known = dict[int, np.ndarray]


def evaluate(value: Value, known: Known) -> np.ndarray:
    """Return the numbers that a value of sums and wires has."""
    if isinstance(value, Signal):
        return known[id(value)]
    if isinstance(value, Const):
        return np.array([value.value])
    if isinstance(value, Slice):
        return (evaluate(value.value, known) >> value.start) & ((1 << len(value)) - 1)
    if isinstance(value, Concat):
        low, total = 0, np.array([0])
        for part in value.parts:
            total = total + (evaluate(part, known) << low)
            low += len(part)
        return total
    assert isinstance(value, Operator) and value.operator == "+"
    first, second = value.operands
    return evaluate(first, known) + evaluate(second, known)


class Namer:
    """Evaluates what gets a signal, and fails if the signal is too narrow."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.signals: list[Signal] = []
        self.unread: list[Value] = []

    def __call__(self, value: Value, width: int) -> Value:
        signal = Signal(width)
        numbers = evaluate(value, self.known)
        assert (numbers < 1 << width).all()
        self.known[id(signal)] = numbers
        self.signals.append(signal)
        return signal

    def unused(self, bit: Value) -> None:
        self.unread.append(bit)


def count(style: str, values: np.ndarray) -> tuple[np.ndarray, Namer]:
    bits = [Signal() for _ in range(values.shape[1])]
    named = Namer({id(bit): values[:, i].astype(np.int64) for i, bit in enumerate(bits)})
    named.signals += bits
    total = COUNTS[style](bits, named)
    return evaluate(total, named.known), named


@pytest.mark.parametrize("style", COUNTS)
@pytest.mark.parametrize("bits", range(2, 13))
def test_counts_all_values_of_few_bits(style: str, bits: int) -> None:
    values = (np.arange(1 << bits)[:, None] >> np.arange(bits)) & 1
    assert (count(style, values)[0] == values.sum(axis=1)).all()


@pytest.mark.parametrize("style", COUNTS)
@pytest.mark.parametrize(
    "bits", [13, 15, 16, 23, 31, 32, 33, 63, 64, 100, 127, 128, 255, 400, 1001]
)
def test_counts_random_values_of_many_bits(style: str, bits: int) -> None:
    rng = np.random.default_rng(bits)
    density = rng.random((200, 1))
    values = (rng.random((200, bits)) < density).astype(np.int64)
    values[0], values[1] = 0, 1
    assert (count(style, values)[0] == values.sum(axis=1)).all()


@pytest.mark.parametrize("style", COUNTS)
@pytest.mark.parametrize("seed", range(30))
def test_bits_that_are_there_more_than_once_count_so_often(style: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    distinct = int(rng.integers(1, 9))
    chosen = rng.choice(distinct, int(rng.integers(2, 40)), p=rng.dirichlet(np.ones(distinct)))
    values = (np.arange(1 << distinct)[:, None] >> np.arange(distinct)) & 1
    bits = [Signal() for _ in range(distinct)]
    named = Namer({id(bit): values[:, i].astype(np.int64) for i, bit in enumerate(bits)})
    total = evaluate(COUNTS[style]([bits[i] for i in chosen], named), named.known)
    assert (total == values[:, chosen].sum(axis=1)).all()


def test_the_check_finds_a_wrong_count() -> None:
    values = np.ones((1, 9), np.int64)
    bits = [Signal() for _ in range(9)]
    named = Namer({id(bit): values[:, 0] for bit in bits})
    assert evaluate(COUNTS["lut6"](bits[:8], named), named.known) != values.sum()
    with pytest.raises(AssertionError):
        named(Cat(*bits), 3)


def test_carries_that_nothing_reads_are_told() -> None:
    assert count("plain", np.ones((1, 40), np.int64))[1].unread == []
    assert len(count("lut6", np.ones((1, 40), np.int64))[1].unread) > 3


def test_targets_have_styles() -> None:
    assert style_of("xc7") == "lut6" and style_of("ice40") == style_of("") == "lut4"
    assert set(TARGETS.values()) <= set(COUNTS)
    with pytest.raises(InputError, match="did you mean 'ice40'"):
        style_of("ice4")


def test_a_style_costs_the_adders_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    sums: list[Any] = []
    original = Namer.__call__
    monkeypatch.setattr(
        Namer,
        "__call__",
        lambda self, value, width: sums.append(width) or original(self, value, width),
    )
    count("lut6", np.ones((1, 100), np.int64))
    chains = [width for width in sums if width > 2]
    assert len(chains) <= 100 / 5 + 6


def test_counts_without_chains_are_rows_of_full_adders() -> None:
    """Each full adder of a weight reads the sum of the one before: ABC needs 7 LUTs for 7 bits."""
    values = (np.arange(1 << 8)[:, None] >> np.arange(8)) & 1
    total, named = count("lut4", values)
    adders = [signal for signal in named.signals if len(signal) == 2]
    assert len(adders) == 4
    assert (total == values.sum(axis=1)).all()
    running = [named.known[id(adder)] & 1 for adder in adders[:3]]
    assert all((running[i] == values[:, : 2 * i + 3].sum(axis=1) % 2).all() for i in range(3))


def test_few_bits_need_no_chain_however_often_they_are_there() -> None:
    values = (np.arange(1 << 3)[:, None] >> np.arange(3)) & 1
    bits = [Signal() for _ in range(3)]
    named = Namer({id(bit): values[:, i].astype(np.int64) for i, bit in enumerate(bits)})
    chosen = [0, 0, 1, 1, 1, 2, 2, 2, 2, 2, 0]
    total = evaluate(COUNTS["lut6"]([bits[i] for i in chosen], named), named.known)
    assert (total == values[:, chosen].sum(axis=1)).all() and not named.unread
