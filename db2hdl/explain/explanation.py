"""``db2hdl explain``: what a model has learned, as data; ``render`` makes text of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from db2hdl.explain.ballot import Ballot, find_ballot
from db2hdl.explain.check import check_rules
from db2hdl.explain.facts import Facts, find_facts
from db2hdl.explain.parity import Nearly, nearest_parity
from db2hdl.explain.reason import Questions, Reason
from db2hdl.explain.regions import in_words, inside
from db2hdl.explain.rules import Rules, rules_of, tabulate
from db2hdl.model_file import Model

MOST_LINES = 40
"""Rules of more boxes, or more votes, are too large to read: a page."""


@dataclass(frozen=True)
class Term:
    """One condition of a rule: ``rows`` test rows meet it, ``alone`` meet no other of its class."""

    text: str
    rows: int
    alone: int


@dataclass(frozen=True)
class Explanation:
    """What a model has learned.

    Attributes
    ----------
    rules : Rules or None
        The whole decision, if it is small enough to read; then ``terms`` says it in words.
    terms : tuple of tuples of Term
        For each class (or output bit).
    nearly : Nearly or None
        How a net of two answers differs from an exclusive or of few inputs, if it is near one.
    ballot : Ballot or None
        Otherwise the whole decision as weighted votes, if those fit on a page or are asked for.
    facts : Facts or None
        Otherwise, of a net with classes.
    reason : Reason or None
        Of the row asked for.
    """

    model: Model
    rules: Rules | None
    terms: tuple[tuple[Term, ...], ...]
    nearly: Nearly | None
    ballot: Ballot | None
    facts: Facts | None
    reason: Reason | None

    @property
    def outputs(self) -> tuple[str, ...]:
        """The classes, or the output bits of a net without."""
        if self.model.hard.classes:
            return self.model.hard.classes
        return tuple(f"y[{i}]" for i in range(int(np.prod(self.model.hard.shapes[-1]))))

    @property
    def complete(self) -> bool:
        """Whether what is shown is the whole decision."""
        return self.rules is not None or (self.ballot is not None and self.ballot.complete)


def explain(
    model: Model,
    row: np.ndarray | None = None,
    *,
    full: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Explanation:
    """Return what a model has learned: exact rules or votes if they fit on a page, else facts.

    Rules come from asking the boolean reference for every combination of ranges of codes that
    the net can tell apart, so they equal the net by exhaustion, class by class; this is checked
    once more on the rules as they are worded. Votes, facts and reasons are proved by a SAT solver.

    Parameters
    ----------
    model : Model
    row : codes [features], optional
        A row whose class is to be explained.
    full : bool
        Show the whole decision as votes, however many there are.
    progress : callable, optional

    Raises
    ------
    InputError
        If a row is given and the net has no classes.
    ToolError
        If python-sat is missing and needed.
    MismatchError
        If what would be shown is not the net's: an error of db2hdl.
    NotProvedError
        If the solver gave up on a vote.
    """
    tell = progress or (lambda step: None)
    tell("enumerating the inputs that matter")
    table = tabulate(model.hard)
    rules = None if table is None or full else rules_of(table, MOST_LINES)
    nearly = None if table is None else nearest_parity(table)
    ballot = facts = reason = None
    if rules is not None:
        check_rules(model.hard, rules)
    elif model.hard.classes:
        tell("reading and proving the votes")
        ballot = find_ballot(model)
        if not full and (not ballot.complete or ballot.lines > MOST_LINES):
            facts, ballot = find_facts(model, ballot, progress=tell), None
    if row is not None:
        tell("looking for the inputs that force this class")
        with Questions(model.hard) as questions:
            reason = questions.reason(np.asarray(row))
    terms = () if rules is None else _terms(model, rules)
    return Explanation(model, rules, terms, nearly, ballot, facts, reason)


def _terms(model: Model, rules: Rules) -> tuple[tuple[Term, ...], ...]:
    result = []
    features = model.hard.features
    for boxes in rules.boxes:
        held = [inside(box, model.test_codes) for box in boxes]
        times = np.sum(held, axis=0) if held else np.zeros(len(model.test_codes))
        result.append(
            tuple(
                Term(in_words(box, features), int(h.sum()), int((h & (times == 1)).sum()))
                for box, h in zip(boxes, held, strict=True)
            )
        )
    return tuple(result)
