"""What can be said of a net whose formula is too large to read: short rules, proved one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from db2hdl.explain.ballot import Ballot, find_ballot
from db2hdl.explain.reason import Questions
from db2hdl.explain.regions import Box, inside, thresholds
from db2hdl.explain.rules import input_features, reachable_features
from db2hdl.explain.single import Excludes, Pulls, find_excludes, find_pulls
from db2hdl.hardnet import HardNet
from db2hdl.lower import lower
from db2hdl.model_file import Model
from db2hdl_hw.netlist.netlist import Netlist, Nets
from db2hdl_hw.passes import BIT_PASSES, optimise

ROWS_ASKED = 24
"""Test rows of each class whose reasons are looked for."""

FACTS = 5
"""Rules shown for each class."""

MOST_COMPARED = 300
"""Nets that compare inputs with more thresholds are not searched for short rules."""

INPUTS = 8
"""Inputs named as those that most votes depend on."""

READABLE = 6
"""A rule of more inputs is not shown as a fact."""


@dataclass(frozen=True)
class Fact:
    """Every input in the box has the class: proved.

    ``rows`` of the kept test rows are in it, ``right`` of them have that label.
    """

    wanted: int
    box: Box
    rows: int
    right: int


@dataclass(frozen=True)
class Facts:
    """Facts about a net.

    Attributes
    ----------
    features, read : int
        How many features there are, and how many the circuit reads.
    votes : tuple of int
        How many bits of each class are not constant.
    rules : tuple of Fact
        The strongest short rules found, most rows first within each class.
    inputs_needed : int or None
        The fewest inputs that force the class of a row, over the rows asked; None if none were.
    ballot : Ballot
        The votes, of which the strongest are shown.
    most_read : tuple of (feature, votes)
        The features that most votes depend on in the circuit.
    excludes : tuple of Excludes
        For each class the one comparison that rules it out in most rows.
    pulls : tuple of Pulls
        Features that pull towards a class only.
    constant : tuple of (layer, constant bits, all bits)
        Layers of which some bits never change.
    """

    features: int
    read: int
    votes: tuple[int, ...]
    rules: tuple[Fact, ...]
    inputs_needed: int | None
    ballot: Ballot
    most_read: tuple[tuple[int, int], ...] = ()
    excludes: tuple[Excludes, ...] = ()
    pulls: tuple[Pulls, ...] = ()
    constant: tuple[tuple[str, int, int], ...] = ()


def find_facts(
    model: Model,
    ballot: Ballot | None = None,
    *,
    rows: int = ROWS_ASKED,
    progress: Callable[[str], None] | None = None,
) -> Facts:
    """Return facts about a net with classes, from the reasons of its kept test rows."""
    hard = model.hard
    found: dict[int, list[Fact]] = {c: [] for c in range(len(hard.classes))}
    sizes = []
    netlist = optimise(lower(hard, class_bits=True), passes=BIT_PASSES)
    groups = netlist.outputs["class_bits"].reshape(len(hard.classes), -1)
    layers = {layer.name for layer in hard.layers_[1:-1]}
    compared = sum(len(cuts) for cuts in thresholds(hard))
    with Questions(hard) as questions:
        asked = _rows_to_ask(model, rows) if compared <= MOST_COMPARED else []
        for number, row in enumerate(asked):
            if progress is not None:
                progress(f"looking for rules, row {number + 1}")
            codes = model.test_codes[row]
            if any(inside(f.box, codes[None])[0] for fs in found.values() for f in fs):
                continue
            reason = questions.reason(codes, smallest=False, widest=READABLE)
            sizes.append(len(reason.box))
            if len(reason.box) <= READABLE:
                found[reason.wanted].append(_fact(model, reason.wanted, reason.box))
        excludes = find_excludes(model, questions)
    rules = [
        fact for facts in found.values() for fact in sorted(facts, key=lambda f: -f.rows)[:FACTS]
    ]
    return Facts(
        features=len(hard.features),
        read=len(reachable_features(hard)),
        votes=tuple(int((group > 1).sum()) for group in groups),
        most_read=_most_read(hard, netlist, groups.reshape(-1)),
        rules=tuple(rules),
        inputs_needed=min(sizes, default=None),
        ballot=ballot or find_ballot(model),
        excludes=excludes,
        pulls=find_pulls(hard, netlist),
        constant=tuple(
            (name, int((nets <= 1).sum()), nets.size)
            for name, nets in lower(hard).probes.items()
            if (nets <= 1).any() and name in layers
        ),
    )


def _rows_to_ask(model: Model, count: int) -> Sequence[int]:
    """Return the first so many test rows of each class that the net finds."""
    if not len(model.test_codes):
        return []
    found = model.hard.predict(model.test_codes[:4096])
    rows = [np.flatnonzero(found == c)[:count] for c in range(len(model.hard.classes))]
    return [int(row) for part in rows for row in part]


def _fact(model: Model, wanted: int, box: Box) -> Fact:
    held = inside(box, model.test_codes)
    return Fact(wanted, box, int(held.sum()), int((model.test_labels[held] == wanted).sum()))


def _most_read(hard: HardNet, netlist: Netlist, bits: Nets) -> tuple[tuple[int, int], ...]:
    """Return the features in the cones of most bits, with how many bits."""
    reads = [0] * len(netlist)
    order = input_features(hard, netlist)
    for cell in range(len(netlist)):
        mask = 1 << order[cell] if cell in order else 0
        for net in netlist.fanins(cell).tolist():
            mask |= reads[net]
        reads[cell] = mask
    masks = [reads[net] for net in bits.tolist()]
    counts = [sum(mask >> f & 1 for mask in masks) for f in range(len(hard.features))]
    best = sorted(range(len(counts)), key=lambda f: (-counts[f], f))[:INPUTS]
    return tuple((f, counts[f]) for f in best if counts[f])
