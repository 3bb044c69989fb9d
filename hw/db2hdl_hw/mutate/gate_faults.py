"""Faults of gates: which there are, which are set aside to measure, and what becomes of each.

A faulty gate is another table. A word shows it if it drives a combination of inputs, a *minterm*,
for which the tables differ, and if the inverse of the gate shows at an output. So what is known of
all faults is kept in two bytes a gate: the minterms that some word shows, and those that none can.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from db2hdl_hw.gateware.gates import ARITY, Gates, Kind
from db2hdl_hw.netlist.planes import Plane

HELD_OUT = 8
"""One fault in so many is never looked at when vectors are made: the score is measured on these."""

MOST_HELD_OUT, MOST_MADE_FOR = 5_000, 60_000
"""So many faults at most are measured, and used to make vectors; of a larger net it is a sample."""

Bytes = NDArray[np.uint8]


def table(kind: int) -> int:
    """Return the table of a gate: bit i is its value for minterm i, whose digit 0 is input a."""
    return sum(_value(kind, i & 1, i >> 1 & 1, i >> 2) << i for i in range(1 << ARITY[Kind(kind)]))


def _value(kind: int, a: int, b: int, c: int) -> int:
    gate = {Kind.BUF: a, Kind.NOT: 1 - a, Kind.AND: a & b, Kind.OR: a | b, Kind.XOR: a ^ b}
    return gate.get(Kind(kind), a if c else b)


def _wrong_tables(kind: Kind) -> Iterator[tuple[str, int]]:
    """Yield the faults of a kind of gate and the table of each."""
    inputs, right = ARITY[kind], table(kind)
    full = (1 << (1 << inputs)) - 1
    yield "stuck at 0", 0
    yield "stuck at 1", full
    yield "inverted gate", right ^ full
    codes = range(1 << inputs)
    if inputs == 1:
        return
    for place, (name, change) in product(range(inputs), _OPERAND.items()):
        wrong = sum((right >> change(code, 1 << place) & 1) << code for code in codes)
        yield f"{name} of input {'abc'[place]}", wrong
    if kind is Kind.MUX:
        yield "swapped operands", table(Kind.MUX) >> 4 & 15 | (table(Kind.MUX) & 15) << 4
    else:
        yield from ((f"{kind.name.lower()} -> {k.name.lower()}", table(k)) for k in _GATES)


_GATES = (Kind.AND, Kind.OR, Kind.XOR)
_OPERAND = {
    "stuck at 0": lambda code, bit: code & ~bit,
    "stuck at 1": lambda code, bit: code | bit,
    "inverted operand": lambda code, bit: code ^ bit,
}


def _masks(kind: Kind) -> dict[int, str]:
    """Return the faults of a kind of gate by the minterms for which they are wrong."""
    found: dict[int, str] = {}
    for name, wrong in _wrong_tables(kind):
        found.setdefault(wrong ^ table(kind), name)
    found.pop(0, None)
    return found


FAULTS: Mapping[int, dict[int, str]] = {int(kind): _masks(kind) for kind in ARITY}
"""Kind of gate -> the minterms for which a fault is wrong -> the fault."""


@dataclass(frozen=True)
class Faults:
    """All faults of some gates.

    Attributes
    ----------
    gate, mask : arrays [faults]
        The gate, and the minterms for which the fault is wrong.
    """

    gate: NDArray[np.int64]
    mask: Bytes

    def __len__(self) -> int:
        """Return the number of faults."""
        return len(self.gate)

    def open(self, known: Known) -> Faults:
        """Return those that no word shows so far, and that are not known to be equivalent."""
        shown, dead = known.shown[self.gate], known.dead[self.gate]
        left = ((self.mask & shown) == 0) & ((self.mask & ~dead) != 0)
        return self.take(left)

    def take(self, which: NDArray[Any]) -> Faults:
        """Return some of them, by index or by mask."""
        return Faults(self.gate[which], self.mask[which])

    def hardest(self) -> Faults:
        """Return those whose minterms are not all and more than those of another at the gate.

        What shows the other shows such a fault, too.
        """
        masks: dict[int, list[int]] = {}
        for gate, mask in zip(self.gate.tolist(), self.mask.tolist(), strict=True):
            masks.setdefault(gate, []).append(mask)
        hard = [
            not any(other != mask and other & mask == other for other in masks[gate])
            for gate, mask in zip(self.gate.tolist(), self.mask.tolist(), strict=True)
        ]
        return self.take(np.array(hard, np.bool_))

    def wanted(self, known: Known) -> Bytes:
        """Return the minterms [nodes] any of which would show an open fault."""
        left = self.open(known)
        minterms = np.zeros(len(known.shown), np.uint8)
        np.bitwise_or.at(minterms, left.gate, left.mask)
        return minterms & ~known.dead

    def tally(self, known: Known) -> Tally:
        """Return how many are caught, equivalent, and neither."""
        shown, dead = known.shown[self.gate], known.dead[self.gate]
        caught = (self.mask & shown) != 0
        equivalent = ~caught & ((self.mask & ~dead) == 0)
        return Tally(len(self), int(caught.sum()), int(equivalent.sum()))


@dataclass(frozen=True)
class Tally:
    """How many faults there are, words show, and no word can show; the rest counts as missed."""

    faults: int
    caught: int
    equivalent: int

    @property
    def score(self) -> float:
        """The share that is caught of those not equivalent; 1 of none."""
        real = self.faults - self.equivalent
        return self.caught / real if real else 1.0


@dataclass
class Known:
    """What is known of the gates of a circuit: minterms shown, and those that no word can show."""

    shown: Bytes
    dead: Bytes

    @staticmethod
    def nothing(gates: Gates) -> Known:
        """Return what is known at the beginning."""
        return Known(np.zeros(len(gates), np.uint8), np.zeros(len(gates), np.uint8))

    def without_words(self) -> Known:
        """Return the same, of no words."""
        return replace(self, shown=np.zeros_like(self.shown))


def faults_of(gates: Gates, reached: NDArray[np.bool_]) -> Faults:
    """Return the faults of the gates that have a way to an output, gate by gate."""
    chosen = np.flatnonzero(reached & (gates.kind >= Kind.BUF))
    pairs = [
        (node, mask)
        for node, kind in zip(chosen.tolist(), gates.kind[chosen].tolist(), strict=True)
        for mask in FAULTS[kind]
    ]
    columns = np.array(pairs, np.int64).reshape(-1, 2)
    return Faults(columns[:, 0], columns[:, 1].astype(np.uint8))


def each_minterm(gates: Gates, reached: NDArray[np.bool_]) -> Faults:
    """Return a fault for each minterm of these gates: what shows them all shows every fault."""
    chosen = np.flatnonzero(reached & (gates.kind >= Kind.BUF))
    count = np.array([1 << ARITY.get(Kind(kind), 0) for kind in range(len(Kind))])
    often = count[gates.kind[chosen]]
    code = np.arange(often.sum()) - np.repeat(np.cumsum(often) - often, often)
    return Faults(np.repeat(chosen, often), (1 << code).astype(np.uint8))


def set_aside(faults: Faults, model_hash: str) -> tuple[Faults, Faults]:
    """Return the faults that vectors are made for, and those that they are measured on.

    The model's hash chooses: nobody, and not twice in different ways.
    """
    seed = int.from_bytes(sha256(f"held out {model_hash}".encode()).digest()[:8], "big")
    order = np.random.default_rng(seed).permutation(len(faults))
    count = -(-len(faults) // HELD_OUT)
    made_for, held_out = np.sort(order[count:]), np.sort(order[:count][:MOST_HELD_OUT])
    rest = faults.take(made_for).hardest()
    some = np.sort(np.random.default_rng(seed).permutation(len(rest))[:MOST_MADE_FOR])
    return rest.take(some), faults.take(held_out)


def minterms(gates: Gates, nodes: NDArray[np.int64], value: Plane) -> Plane:
    """Return where each minterm is driven into each gate, [nodes, 8, words]."""
    reads = gates.reads[nodes]
    arity = np.array([ARITY.get(Kind(kind), 0) for kind in range(len(Kind))])[gates.kind[nodes]]
    found = np.full((len(nodes), 8, value.shape[1]), ~np.uint64(0))
    for place in range(3):
        high = value[reads[:, place]]
        low = ~high
        unused = (arity <= place)[:, None]
        low, high = np.where(unused, ~np.uint64(0), low), np.where(unused, np.uint64(0), high)
        for code in range(8):
            found[:, code] &= high if code >> place & 1 else low
    return found
