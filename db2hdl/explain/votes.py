"""The votes of a net in words: what each bit of a class says, and how many bits say the same.

Where a net is too large for rules of the whole decision, its votes can still be read one by one.
Formulas come from the netlist, which is the ``hard_*`` definitions over the netlist's algebra, and
each that is shown is proved equal to its bit of the net by a SAT solver.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from db2hdl.explain.encode import TRUE, Encoding
from db2hdl.explain.reason import solver
from db2hdl.explain.regions import in_words, real
from db2hdl.features import Feature
from db2hdl.hardnet import HardNet
from db2hdl.lower import lower, port_names
from db2hdl.model_file import Model
from db2hdl_hw.errors import MismatchError
from db2hdl_hw.netlist.netlist import Netlist, Op
from db2hdl_hw.passes import optimise

LONGEST = 12
"""Votes that read more comparisons are too long to read."""

SHOWN = 5
"""Votes shown for each class."""


@dataclass(frozen=True)
class Formula:
    """A node: ``op`` is atom, not, and, or, xor or at_least.

    An atom has ``numbers`` (feature, threshold): the code is at least the threshold; at_least has
    (k,). ``parts`` are formulas.
    """

    op: str
    numbers: tuple[int, ...] = ()
    parts: tuple[Formula, ...] = ()


@dataclass(frozen=True)
class Vote:
    """Bits of a class that say the same.

    ``weight`` bits; of the kept test rows ``right`` of this class and ``wrong`` of others get them.
    """

    wanted: int
    text: str
    weight: int
    right: int
    wrong: int


def find_votes(model: Model, most: int = SHOWN) -> tuple[tuple[Vote, ...], tuple[int, ...]]:
    """Return the strongest votes of each class that can be read, and how many classes have.

    Strongest is what tells most rows of its class from others, times its weight. The second result
    is the number of different votes of each class, those included that are not shown.

    Raises
    ------
    MismatchError
        If a formula is not its bit of the net: an error of db2hdl.
    """
    hard = model.hard
    classes = len(hard.classes)
    netlist = optimise(lower(hard, class_bits=True))
    groups = netlist.outputs["class_bits"].reshape(classes, -1)
    read = _Reader(hard, netlist)
    votes, counts = [], []
    shown: list[tuple[int, Formula]] = []
    for wanted, group in enumerate(groups):
        weights = Counter(net for net in group.tolist() if net > 1)
        counts.append(len(weights))
        found = []
        for net, weight in weights.items():
            formula = read.formula(net)
            if formula is not None:
                place = int(np.flatnonzero(groups.reshape(-1) == net)[0])
                found.append((_vote(model, wanted, formula, weight), place, formula))
        found.sort(key=lambda v: (-v[0].weight * (v[0].right - v[0].wrong), v[0].text))
        votes += [vote for vote, _, _ in found[:most]]
        shown += [(place, formula) for _, place, formula in found[:most]]
    check_votes(hard, shown)
    return tuple(votes), tuple(counts)


def check_votes(hard: HardNet, shown: Sequence[tuple[int, Formula]]) -> None:
    """Prove that formulas are the bits of the net with these numbers, for all inputs.

    Raises
    ------
    MismatchError
        If one is not.
    """
    if not shown:
        return
    net = Encoding(hard)
    differ = [(place, net.xor(net.bits[place], encode(net, f))) for place, f in shown]
    sat = solver(net.clauses)
    try:
        for place, literal in differ:
            if sat.solve(assumptions=[literal]):
                raise MismatchError(
                    f"the formula of bit {place} is not the net's; this is an error of db2hdl, "
                    "please report it"
                )
    finally:
        sat.delete()


def encode(net: Encoding, formula: Formula) -> int:
    """Return the literal of a formula."""
    parts = [encode(net, part) for part in formula.parts]
    if formula.op == "atom":
        feature, threshold = formula.numbers
        return net.atoms.get((feature, threshold), -TRUE)
    if formula.op == "not":
        return -parts[0]
    if formula.op == "at_least":
        return net.at_least(parts, formula.numbers[0])
    if formula.op == "xor":
        result = -TRUE
        for part in parts:
            result = net.xor(result, part)
        return result
    return net.all_(parts) if formula.op == "and" else net.any_(parts)


def holds(formula: Formula, codes: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Return whether a formula holds for each row of codes [rows, features]."""
    if formula.op == "atom":
        feature, threshold = formula.numbers
        return np.asarray(codes[:, feature] >= threshold)
    parts = np.array([holds(part, codes) for part in formula.parts])
    if formula.op == "not":
        return np.asarray(~parts[0])
    counts = parts.sum(axis=0)
    least = {"and": len(parts), "or": 1, "at_least": (formula.numbers or (0,))[0]}
    return np.asarray(counts % 2 == 1 if formula.op == "xor" else counts >= least[formula.op])


def words(formula: Formula, features: Sequence[Feature]) -> str:
    """Return a formula in the names and values of the user."""
    if formula.op == "atom":
        index, threshold = formula.numbers
        feature = features[index]
        if feature.kind == "bit":
            return feature.name
        return f"{feature.name} >= {real(feature, threshold)}"
    box = _box(formula, features)
    if box is not None:
        return in_words(box, features)
    parts = [words(part, features) for part in formula.parts]
    if formula.op == "not":
        return f"not ({parts[0]})"
    if formula.op == "at_least":
        return f"at least {formula.numbers[0]} of ({', '.join(parts)})"
    wrapped = [f"({t})" if " and " in t or " or " in t or " xor " in t else t for t in parts]
    return f" {formula.op} ".join(wrapped)


def _box(formula: Formula, features: Sequence[Feature]) -> dict[int, tuple[int, int]] | None:
    """Return a conjunction of comparisons as a box, or None if it is something else."""
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
    return box


def _vote(model: Model, wanted: int, formula: Formula, weight: int) -> Vote:
    held = holds(formula, model.test_codes)
    right = int((model.test_labels[held] == wanted).sum())
    text = words(formula, model.hard.features)
    return Vote(wanted, text, weight, right, int(held.sum()) - right)


class _Reader:
    """Formulas of nets that are short enough to read."""

    def __init__(self, hard: HardNet, netlist: Netlist) -> None:
        self._netlist = netlist
        names = {feature.name: i for i, feature in enumerate(hard.features)}
        self._real = {port: names[name] for name, port in port_names(hard).items()}
        self._bits = [i for i, feature in enumerate(hard.features) if feature.kind == "bit"]
        self._known: dict[int, tuple[Formula, int] | None] = {}

    def formula(self, net: int) -> Formula | None:
        """Return the formula of a bit, or None if it is too long or of another kind."""
        found = self._find(net)
        return found[0] if found is not None and found[1] <= LONGEST else None

    def _find(self, net: int) -> tuple[Formula, int] | None:
        if net not in self._known:
            self._known[net] = self._make(net)
        return self._known[net]

    def _make(self, net: int) -> tuple[Formula, int] | None:
        """Return a formula and how many comparisons it has."""
        op, param = Op(int(self._netlist.op[net])), int(self._netlist.param[net])
        if op == Op.INPUT:
            port = self._netlist.inputs[param >> 32]
            if port.is_word:
                return None
            return Formula("atom", (self._bits[param & 0xFFFFFFFF], 1)), 1
        fanins = self._netlist.fanins(net).tolist()
        if op == Op.COMPARE:
            return self._comparison(fanins[0], param)
        parts = [self._find(part) for part in fanins] if op in _OPS else [None]
        if any(part is None or part[1] > LONGEST for part in parts):
            return None
        size = sum(part[1] for part in parts if part is not None)
        formulas = tuple(part[0] for part in parts if part is not None)
        numbers = (param,) if op == Op.AT_LEAST else ()
        return Formula(_OPS[op], numbers, formulas), size

    def _comparison(self, source: int, threshold: int) -> tuple[Formula, int] | None:
        if self._netlist.op[source] != Op.INPUT:
            return None
        port = self._netlist.inputs[int(self._netlist.param[source]) >> 32]
        return Formula("atom", (self._real[port.name], threshold)), 1


_OPS = {
    Op.NOT: "not",
    Op.AND: "and",
    Op.OR: "or",
    Op.XOR: "xor",
    Op.AT_LEAST: "at_least",
}
