"""``db2hdl explain``: what a model has learned, as data; ``render`` makes text of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from db2hdl.explain.facts import Facts, find_facts
from db2hdl.explain.reason import Questions, Reason
from db2hdl.explain.regions import in_words, inside
from db2hdl.explain.rules import Rules, find_rules
from db2hdl.model_file import Model

MOST_LINES = 40
"""Rules of more boxes are too large to read: a page."""


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
    facts : Facts or None
        Otherwise, of a net with classes.
    reason : Reason or None
        Of the row asked for.
    """

    model: Model
    rules: Rules | None
    terms: tuple[tuple[Term, ...], ...]
    facts: Facts | None
    reason: Reason | None

    @property
    def outputs(self) -> tuple[str, ...]:
        """The classes, or the output bits of a net without."""
        if self.model.hard.classes:
            return self.model.hard.classes
        return tuple(f"y[{i}]" for i in range(int(np.prod(self.model.hard.shapes[-1]))))

    def as_json(self) -> dict[str, Any]:
        """Return all of it for programs."""
        features = [feature.name for feature in self.model.hard.features]
        result: dict[str, Any] = {"outputs": list(self.outputs), "complete": self.rules is not None}
        if self.rules is not None:
            result["features_that_matter"] = [features[f] for f in self.rules.features]
            result["proved_on_cells"] = self.rules.cells
            result["xor"] = [features[f] for f in self.rules.xor]
            result["rules"] = [
                [{"when": t.text, "rows": t.rows, "alone": t.alone} for t in terms]
                for terms in self.terms
            ]
        if self.facts is not None:
            result["facts"] = self._facts(self.facts)
        if self.reason is not None:
            result["reason"] = {
                "class": self.model.hard.classes[self.reason.wanted],
                "when": in_words(self.reason.box, self.model.hard.features),
                "inputs": [features[f] for f in sorted(self.reason.box)],
                "smallest": self.reason.smallest,
            }
        return result

    def _facts(self, facts: Facts) -> dict[str, Any]:
        hard = self.model.hard
        return {
            "features": facts.features,
            "features_read": facts.read,
            "votes": dict(zip(hard.classes, facts.votes, strict=True)),
            "inputs_needed": facts.inputs_needed,
            "strongest_votes": [
                {
                    "class": hard.classes[v.wanted],
                    "weight": v.weight,
                    "when": v.text,
                    "right": v.right,
                    "wrong": v.wrong,
                }
                for v in facts.strongest
            ],
            "rules": [
                {
                    "class": hard.classes[f.wanted],
                    "when": in_words(f.box, hard.features),
                    "rows": f.rows,
                    "right": f.right,
                }
                for f in facts.rules
            ],
        }


def explain(
    model: Model,
    row: np.ndarray | None = None,
    *,
    progress: Callable[[str], None] | None = None,
) -> Explanation:
    """Return what a model has learned: exact rules if they fit on a page, else proved facts.

    Rules come from asking the boolean reference for every combination of ranges of codes that
    the net can tell apart, so they equal the net by exhaustion, class by class; this is checked
    once more on the rules themselves. Facts and reasons are proved by a SAT solver.

    Parameters
    ----------
    model : Model
    row : codes [features], optional
        A row whose class is to be explained.
    progress : callable, optional

    Raises
    ------
    InputError
        If a row is given and the net has no classes.
    ToolError
        If python-sat is missing and needed.
    MismatchError
        If the rules are not the net's: an error of db2hdl.
    """
    tell = progress or (lambda step: None)
    tell("enumerating the inputs that matter")
    rules = find_rules(model.hard)
    if rules is not None and sum(len(boxes) for boxes in rules.boxes) > MOST_LINES:
        rules = None
    terms: tuple[tuple[Term, ...], ...] = ()
    facts = reason = None
    if rules is not None:
        from db2hdl.explain.check import check_rules

        check_rules(model.hard, rules)
        terms = _terms(model, rules)
    elif model.hard.classes:
        facts = find_facts(model, progress=tell)
    if row is not None:
        tell("looking for the inputs that force this class")
        with Questions(model.hard) as questions:
            reason = questions.reason(np.asarray(row))
    return Explanation(model, rules, terms, facts, reason)


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
