"""What can be said of a net whose formula is too large to read: short rules, proved one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from db2hdl.explain.reason import Questions
from db2hdl.explain.regions import Box, inside
from db2hdl.explain.rules import reachable_features
from db2hdl.model_file import Model

ROWS_ASKED = 24
"""Test rows of each class whose reasons are looked for."""

FACTS = 5
"""Rules shown for each class."""

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
    """

    features: int
    read: int
    votes: tuple[int, ...]
    rules: tuple[Fact, ...]
    inputs_needed: int | None


def find_facts(
    model: Model, *, rows: int = ROWS_ASKED, progress: Callable[[str], None] | None = None
) -> Facts:
    """Return facts about a net with classes, from the reasons of its kept test rows."""
    hard = model.hard
    found: dict[int, list[Fact]] = {c: [] for c in range(len(hard.classes))}
    sizes = []
    with Questions(hard) as questions:
        for number, row in enumerate(_rows_to_ask(model, rows)):
            if progress is not None:
                progress(f"looking for rules, row {number + 1}")
            codes = model.test_codes[row]
            if any(inside(f.box, codes[None])[0] for fs in found.values() for f in fs):
                continue
            reason = questions.reason(codes, smallest=False)
            sizes.append(len(reason.box))
            if len(reason.box) <= READABLE:
                found[reason.wanted].append(_fact(model, reason.wanted, reason.box))
    rules = [
        fact for facts in found.values() for fact in sorted(facts, key=lambda f: -f.rows)[:FACTS]
    ]
    return Facts(
        features=len(hard.features),
        read=len(reachable_features(hard)),
        votes=_votes(model),
        rules=tuple(rules),
        inputs_needed=min(sizes, default=None),
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


def _votes(model: Model) -> tuple[int, ...]:
    from db2hdl.lower import lower
    from db2hdl_hw.passes import optimise

    classes = len(model.hard.classes)
    netlist = optimise(lower(model.hard, class_bits=True))
    groups = netlist.outputs["class_bits"].reshape(classes, -1)
    return tuple(int((group > 1).sum()) for group in groups)
