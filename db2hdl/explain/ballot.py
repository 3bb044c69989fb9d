"""The whole decision as weighted votes: for each class a sum, the greatest wins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from db2hdl.explain.encode import TRUE, Encoding
from db2hdl.explain.formula import Formula, encode, holds, words
from db2hdl.explain.reading import read
from db2hdl.explain.reason import MOST_CONFLICTS, solver
from db2hdl.explain.votes import Entry, find_entries
from db2hdl.hardnet import HardNet
from db2hdl.model_file import Model
from db2hdl_hw.errors import MismatchError, NotProvedError

TRUE_VOTE, FALSE_VOTE = Formula("and"), Formula("or")


@dataclass(frozen=True)
class Vote:
    """Bits of a class that say the same.

    ``weight`` is how many more bits of this class say so than of the class that has the fewest of
    them. Of the kept test rows ``right`` of this class and ``wrong`` of others get the vote; for
    ``decisive`` of them the answer would be another class without it.
    """

    wanted: int
    text: str
    weight: int
    right: int
    wrong: int
    decisive: int


@dataclass(frozen=True)
class Ballot:
    """All votes of a net with classes.

    Attributes
    ----------
    votes : tuple of tuples of Vote
        For each class those that can be read, the strongest first: what tells most rows of the
        class from others, times its weight.
    constant : tuple of int
        For each class the votes it has always, less those of the class that has fewest.
    unread : tuple of int
        For each class the bits whose formula is too long to read.
    shared : int
        Votes that every class has and that are left out, as they decide nothing.
    different : tuple of int
        For each class its different votes, those included that are too long to read.
    """

    votes: tuple[tuple[Vote, ...], ...]
    constant: tuple[int, ...]
    unread: tuple[int, ...]
    shared: int
    different: tuple[int, ...]

    @property
    def complete(self) -> bool:
        """Whether the votes are the whole decision."""
        return not any(self.unread)

    @property
    def lines(self) -> int:
        """How many votes there are to print."""
        return sum(map(len, self.votes))


def find_ballot(model: Model) -> Ballot:
    """Return the votes of a net with classes, each one proved.

    Raises
    ------
    MismatchError
        If a vote as it is worded is not its bits of the net: an error of db2hdl.
    NotProvedError
        If the solver gave up on one.
    """
    hard = model.hard
    entries = find_entries(hard)
    weights = [
        Counter({e.formula: len(e.places) for e in entry if e.formula is not None})
        for entry in entries
    ]
    common = weights[0].copy()
    for other in weights[1:]:
        common &= other
    left = [weight - common for weight in weights]
    constant = tuple(weight.pop(TRUE_VOTE, 0) for weight in left)
    for weight in left:
        weight.pop(FALSE_VOTE, None)
    check_votes(hard, _claims(hard, entries))
    scores = hard.scores(model.test_codes) if len(model.test_codes) else np.zeros((0, len(entries)))
    return Ballot(
        votes=tuple(
            _sorted([_vote(model, scores, c, f, w) for f, w in weight.items()])
            for c, weight in enumerate(left)
        ),
        constant=constant,
        unread=tuple(sum(len(e.places) for e in entry if e.formula is None) for entry in entries),
        shared=sum(n for formula, n in common.items() if formula != FALSE_VOTE),
        different=tuple(
            sum(e.formula not in (TRUE_VOTE, FALSE_VOTE) for e in es) for es in entries
        ),
    )


def check_votes(hard: HardNet, claims: Sequence[tuple[str, tuple[int, ...]]]) -> None:
    """Prove that texts are the bits of the net with these numbers, for all inputs.

    Raises
    ------
    MismatchError
        If one is not.
    NotProvedError
        If the solver gave up.
    """
    net = Encoding(hard)
    differ = []
    for text, places in claims:
        literal = encode(net, read(text, hard.features))
        differ += [(text, net.xor(net.bits[place], literal)) for place in places]
    sat = solver(net.clauses)
    try:
        for text, literal in differ:
            if literal == -TRUE:
                continue
            sat.conf_budget(MOST_CONFLICTS)
            answer = sat.solve_limited(assumptions=[literal])
            if answer is None:
                raise NotProvedError(f"the solver gave up on the vote {text!r}: it is not proved")
            if answer:
                raise MismatchError(
                    f"the vote {text!r} is not the net's; this is an error of db2hdl, please "
                    "report it"
                )
    finally:
        sat.delete()


def _claims(hard: HardNet, entries: Sequence[Sequence[Entry]]) -> list[tuple[str, tuple[int, ...]]]:
    return [
        (words(entry.formula, hard.features), entry.places)
        for part in entries
        for entry in part
        if entry.formula is not None
    ]


def _vote(model: Model, scores: np.ndarray, wanted: int, formula: Formula, weight: int) -> Vote:
    held = holds(formula, model.test_codes)
    right = int((model.test_labels[held] == wanted).sum())
    without = scores.copy()
    without[held, wanted] -= weight
    decisive = int((without.argmax(-1) != scores.argmax(-1)).sum())
    text = words(formula, model.hard.features)
    return Vote(wanted, text, weight, right, int(held.sum()) - right, decisive)


def _sorted(votes: list[Vote]) -> tuple[Vote, ...]:
    return tuple(sorted(votes, key=lambda v: (-v.weight * (v.right - v.wrong), v.text)))
