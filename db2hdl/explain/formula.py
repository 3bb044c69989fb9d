"""Formulas of comparisons: what they mean, how long they are, how they are worded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from db2hdl.explain.encode import TRUE, Encoding
from db2hdl.explain.regions import Box, in_words, named, real
from db2hdl.features import Feature
from db2hdl_hw.errors import MismatchError


@dataclass(frozen=True)
class Formula:
    """A node: ``op`` is atom, not, and, or, xor, at_least or lut.

    An atom has ``numbers`` (feature, threshold): the code is at least the threshold; at_least has
    (k,); a lut has (table,), its first part being the least significant. ``parts`` are formulas;
    an ``and`` of none is true, an ``or`` of none false.
    """

    op: str
    numbers: tuple[int, ...] = ()
    parts: tuple[Formula, ...] = ()

    @cached_property
    def size(self) -> int:
        """How many comparisons it has."""
        return 1 if self.op == "atom" else sum(part.size for part in self.parts)

    @cached_property
    def atoms(self) -> frozenset[tuple[int, int]]:
        """The comparisons in it, as (feature, threshold)."""
        if self.op == "atom":
            return frozenset([(self.numbers[0], self.numbers[1])])
        return frozenset().union(*(part.atoms for part in self.parts))

    @cached_property
    def has_table(self) -> bool:
        """Whether there is a lut in it, which cannot be read."""
        return self.op == "lut" or any(part.has_table for part in self.parts)


def negation(formula: Formula) -> Formula:
    """Return the inverse."""
    return formula.parts[0] if formula.op == "not" else Formula("not", (), (formula,))


def of_box(box: Box, features: Sequence[Feature]) -> Formula:
    """Return a box as a conjunction of comparisons."""
    parts = []
    for feature, (low, end) in sorted(box.items()):
        if low > 0:
            parts.append(Formula("atom", (feature, low)))
        if end <= features[feature].top:
            parts.append(negation(Formula("atom", (feature, end))))
    return parts[0] if len(parts) == 1 else Formula("and", (), tuple(parts))


def any_of(parts: Sequence[Formula]) -> Formula:
    """Return a disjunction."""
    return parts[0] if len(parts) == 1 else Formula("or", (), tuple(parts))


def holds(formula: Formula, codes: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Return whether a formula holds for each row of codes [rows, features]."""
    if formula.op == "atom":
        feature, threshold = formula.numbers
        return np.asarray(codes[:, feature] >= threshold)
    parts = np.zeros((len(formula.parts), len(codes)), np.int64)
    for number, part in enumerate(formula.parts):
        parts[number] = holds(part, codes)
    if formula.op == "not":
        return np.asarray(parts[0] == 0)
    if formula.op == "lut":
        index = sum(part << place for place, part in enumerate(parts))
        table = [bool(formula.numbers[0] >> i & 1) for i in range(1 << len(parts))]
        return np.asarray(np.array(table)[index])
    counts = parts.sum(axis=0)
    least = {"and": len(parts), "or": 1, "at_least": (formula.numbers or (0,))[0]}
    return np.asarray(counts % 2 == 1 if formula.op == "xor" else counts >= least[formula.op])


def encode(net: Encoding, formula: Formula) -> int:
    """Return the literal of a formula."""
    parts = [encode(net, part) for part in formula.parts]
    if formula.op == "atom":
        if formula.numbers not in net.atoms:
            feature, threshold = formula.numbers
            raise MismatchError(
                f"the net does not compare feature {feature} with {threshold}; this is an error "
                "of db2hdl, please report it"
            )
        return net.atoms[formula.numbers[0], formula.numbers[1]]
    if formula.op == "not":
        return -parts[0]
    if formula.op == "at_least":
        return net.at_least(parts, formula.numbers[0])
    if formula.op == "lut":
        return net.lut([bool(formula.numbers[0] >> i & 1) for i in range(1 << len(parts))], parts)
    if formula.op == "xor":
        result = -TRUE
        for part in parts:
            result = net.xor(result, part)
        return result
    return net.all_(parts) if formula.op == "and" else net.any_(parts)


def words(formula: Formula, features: Sequence[Feature]) -> str:
    """Return a formula in the names and values of the user; ``reading.read`` reads it again."""
    if formula.op == "atom":
        index, threshold = formula.numbers
        feature = features[index]
        if feature.kind == "bit":
            return named(feature)
        return f"{named(feature)} >= {real(feature, threshold)}"
    if not formula.parts:
        return "always" if formula.op == "and" else "never"
    box = _box(formula, features)
    if box is not None:
        return in_words(box, features)
    if formula.op == "not":
        return f"not ({words(formula.parts[0], features)})"
    if formula.op == "at_least":
        parts = ", ".join(words(part, features) for part in formula.parts)
        return f"at least {formula.numbers[0]} of ({parts})"
    return f" {formula.op} ".join(_wrapped(formula.op, part, features) for part in formula.parts)


def _wrapped(op: str, part: Formula, features: Sequence[Feature]) -> str:
    text = words(part, features)
    binds = part.op in ("atom", "at_least") or (part.op == "not" and text.startswith("not "))
    conjunction = part.op == "and" and op == "or"
    negated = part.op == "not" and part.parts[0].op == "atom"
    return text if binds or conjunction or negated else f"({text})"


def _box(formula: Formula, features: Sequence[Feature]) -> dict[int, tuple[int, int]] | None:
    """Return a conjunction of comparisons as a box, or None if it is something else, or empty."""
    literals = formula.parts if formula.op == "and" else (formula,)
    box: dict[int, tuple[int, int]] = {}
    for literal in literals:
        atom = literal.parts[0] if literal.op == "not" else literal
        if atom.op != "atom":
            return None
        feature, threshold = atom.numbers
        low, end = box.get(feature, (0, features[feature].top + 1))
        if literal.op == "not":
            end = min(end, threshold)
        else:
            low = max(low, threshold)
        box[feature] = (low, end)
    return box if all(low < end for low, end in box.values()) else None
