"""A hard net as clauses for a SAT solver, from its definition; lowering shares nothing with it.

A variable stands for each comparison of a feature's code with a threshold; those of one feature
are ordered. A literal is a variable or its negative, as solvers have it; ``TRUE`` is variable 1.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from db2hdl.explain.regions import thresholds
from db2hdl.hardnet import INPUT, HardLayer, HardNet

TRUE = 1
Literals = NDArray[np.int64]


class Encoding:
    """The clauses of a net; its variables come after ``start``.

    Attributes
    ----------
    clauses : list of lists of int
    atoms : dict of (feature, threshold) to variable
        "The code is at least the threshold".
    bits : list of int
        The literals of the bits before counting.
    """

    def __init__(self, hard: HardNet, start: int = TRUE) -> None:
        self.hard = hard
        self.clauses: list[list[int]] = [[TRUE]]
        self.variables = start
        self.atoms: dict[tuple[int, int], int] = {}
        for feature, cuts in enumerate(thresholds(hard)):
            for cut in cuts:
                self.atoms[feature, cut] = self.new()
            for low, high in itertools.pairwise(cuts):
                self.clauses.append([-self.atoms[feature, high], self.atoms[feature, low]])
        values: list[Literals] = []
        for layer in hard.layers_:
            read = [values[i] for i in layer.inputs if i != INPUT]
            values.append(np.asarray(MEANING[layer.kind](self, layer, *read), np.int64))
        self.bits = [int(x) for x in values[-1].reshape(-1)]

    def new(self) -> int:
        """Return a new variable."""
        self.variables += 1
        return self.variables

    def all_(self, literals: Sequence[int]) -> int:
        """Return the literal of a conjunction."""
        kept = sorted({int(x) for x in literals} - {TRUE})
        if -TRUE in kept or any(-x in kept for x in kept):
            return -TRUE
        if len(kept) < 2:
            return kept[0] if kept else TRUE
        out = self.new()
        self.clauses += [[-out, x] for x in kept]
        self.clauses.append([out, *(-x for x in kept)])
        return out

    def any_(self, literals: Sequence[int]) -> int:
        """Return the literal of a disjunction."""
        return -self.all_([-int(x) for x in literals])

    def xor(self, a: int, b: int) -> int:
        """Return the literal of an exclusive or."""
        if abs(a) == TRUE:
            return b if a == -TRUE else -b
        if abs(b) == TRUE:
            return a if b == -TRUE else -a
        if a in (b, -b):
            return -TRUE if a == b else TRUE
        out = self.new()
        self.clauses += [[-out, a, b], [-out, -a, -b], [out, -a, b], [out, a, -b]]
        return out

    def majority(self, a: int, b: int, c: int) -> int:
        """Return the literal of the carry of a full adder."""
        return self.any_([self.all_([a, b]), self.all_([a, c]), self.all_([b, c])])

    def count(self, literals: Sequence[int]) -> list[int]:
        """Return the word that counts true literals, the least significant bit first."""
        words = [[int(x)] for x in literals if x != -TRUE] or [[-TRUE]]
        while len(words) > 1:
            pairs = [self.add(a, b) for a, b in zip(words[0:-1:2], words[1::2], strict=True)]
            words = pairs + words[len(words) & ~1 :]
        return words[0]

    def add(self, a: Sequence[int], b: Sequence[int]) -> list[int]:
        """Return the sum of two words, a bit wider."""
        width, carry, result = max(len(a), len(b)), -TRUE, []
        for i in range(width):
            x = a[i] if i < len(a) else -TRUE
            y = b[i] if i < len(b) else -TRUE
            result.append(self.xor(self.xor(x, y), carry))
            carry = self.majority(x, y, carry)
        return [*result, carry]

    def greater(self, a: Sequence[int], b: Sequence[int], *, equal: bool = False) -> int:
        """Return the literal of a > b, or with ``equal`` of a >= b."""
        result = TRUE if equal else -TRUE
        for i in range(max(len(a), len(b))):
            x = a[i] if i < len(a) else -TRUE
            y = b[i] if i < len(b) else -TRUE
            result = self.majority(x, -y, result)
        return result

    def at_least(self, literals: Sequence[int], k: int) -> int:
        """Return the literal of "at least k are true"."""
        if k <= 0 or k > len(literals):
            return TRUE if k <= 0 else -TRUE
        if k == 1:
            return self.any_(literals)
        if k == len(literals):
            return self.all_(literals)
        word = self.count(literals)
        number = [TRUE if k >> i & 1 else -TRUE for i in range(len(word))]
        return self.greater(word, number, equal=True)

    def lut(self, table: Sequence[bool], inputs: Sequence[int]) -> int:
        """Return the literal of a table of inputs, the first being the least significant."""
        if all(table) or not any(table):
            return TRUE if table[0] else -TRUE
        out = self.new()
        for code, value in enumerate(table):
            differs = [-x if code >> i & 1 else x for i, x in enumerate(inputs)]
            self.clauses.append([*(int(x) for x in differs), out if value else -out])
        return out

    def class_is(self, wanted: int) -> int:
        """Return the literal of "the class is this one"."""
        groups = np.array(self.bits).reshape(len(self.hard.classes), -1)
        words = [self.count(group.tolist()) for group in groups]
        return self.all_(
            [
                self.greater(words[wanted], word, equal=other > wanted)
                for other, word in enumerate(words)
                if other != wanted
            ]
        )


def _encoder(net: Encoding, layer: HardLayer) -> list[int]:
    def literal(feature: int, threshold: int) -> int:
        if threshold <= 0:
            return TRUE
        return net.atoms.get((feature, threshold), -TRUE)

    weights = layer.weights
    pairs = zip(weights["feature"].tolist(), weights["threshold"].tolist(), strict=True)
    return [literal(feature, threshold) for feature, threshold in pairs]


def _rows(x: Literals, of: Callable[[list[int]], int]) -> Literals:
    """Apply a function to each row along the last axis."""
    lead = math.prod(x.shape[:-1])
    flat = [of(row) for row in x.reshape(lead, x.shape[-1]).tolist()]
    return np.array(flat, np.int64).reshape(x.shape[:-1])


def _neurons(of: Callable[[Encoding, list[int]], int]) -> Callable[..., Literals]:
    def meaning(net: Encoding, layer: HardLayer, x: Literals) -> Literals:
        columns = [_rows(x[..., w], lambda row: of(net, row)) for w in layer.weights["weight"]]
        return np.stack(columns, axis=-1)

    return meaning


def _parity(net: Encoding, row: list[int]) -> int:
    result = -TRUE
    for literal in row:
        result = net.xor(result, literal)
    return result


def _lut(net: Encoding, layer: HardLayer, x: Literals) -> Literals:
    tables, wires = layer.weights["weight"].tolist(), layer.weights["wires"]
    columns = [
        _rows(x[..., w], partial(net.lut, table)) for table, w in zip(tables, wires, strict=True)
    ]
    return np.stack(columns, axis=-1)


def _threshold(net: Encoding, layer: HardLayer, x: Literals) -> Literals:
    pairs = zip(layer.weights["weight"], layer.weights["k"].tolist(), strict=True)
    columns = [_rows(x[..., w], partial(net.at_least, k=k)) for w, k in pairs]
    return np.stack(columns, axis=-1)


def _count_hot(net: Encoding, layer: HardLayer, x: Literals) -> Literals:
    def one(row: list[int]) -> list[int]:
        low = [-literal for literal in row]
        least = [net.at_least(low, k) for k in range(len(low) + 2)]
        return [net.all_([a, -b]) for a, b in itertools.pairwise(least)]

    rows = [one(row) for row in x.reshape(-1, x.shape[-1]).tolist()]
    return np.array(rows, np.int64).reshape(*x.shape[:-1], x.shape[-1] + 1)


def _select(net: Encoding, layer: HardLayer, x: Literals) -> Literals:
    index = layer.weights["index"]
    return np.where(index >= 0, x[..., index], -TRUE)


def _not(net: Encoding, layer: HardLayer, x: Literals) -> Literals:
    return np.where(layer.weights["weight"], x[..., None, :], -x[..., None, :])


def _implies(net: Encoding, layer: HardLayer, x: Literals) -> Literals:
    return np.where(layer.weights["weight"], x[..., None, :], TRUE)


def _mask(net: Encoding, layer: HardLayer, x: Literals) -> Literals:
    return np.where(layer.weights["weight"], x[..., None, :], -TRUE)


MEANING: dict[str, Callable[..., Any]] = {
    "encoder": _encoder,
    "literals": lambda net, layer, x: np.concatenate([x, -x], axis=-1),
    "not": _not,
    "implies": _implies,
    "mask_to_false": _mask,
    "and": _neurons(Encoding.all_),
    "or": _neurons(Encoding.any_),
    "xor": _neurons(_parity),
    "lut": _lut,
    "select": _select,
    "threshold": _threshold,
    "all_of": lambda net, layer, x: _rows(x, net.all_),
    "any_of": lambda net, layer, x: _rows(x, net.any_),
    "majority": lambda net, layer, x: _rows(x, lambda r: net.at_least(r, len(r) // 2 + 1)),
    "at_least": lambda net, layer, x: _rows(x, lambda r: net.at_least(r, layer.params["k"])),
    "count_hot": _count_hot,
    "concat": lambda net, layer, *xs: np.concatenate(xs, axis=-1),
    "reshape": lambda net, layer, x: x.reshape(layer.params["shape"]),
    "class_head": lambda net, layer, x: x,
}
