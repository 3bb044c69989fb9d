"""An explanation for programs: what ``db2hdl explain --json`` prints."""

from __future__ import annotations

from typing import Any

from db2hdl.explain.ballot import Ballot
from db2hdl.explain.explanation import Explanation
from db2hdl.explain.facts import Facts
from db2hdl.explain.regions import in_words


def as_json(found: Explanation) -> dict[str, Any]:
    """Return all of an explanation."""
    hard = found.model.hard
    features = [feature.name for feature in hard.features]
    result: dict[str, Any] = {"outputs": list(found.outputs), "complete": found.complete}
    if found.rules is not None:
        result["features_that_matter"] = [features[f] for f in found.rules.features]
        result["proved_on_cells"] = found.rules.cells
        result["xor"] = [features[f] for f in found.rules.xor]
        result["rules"] = [
            [{"when": t.text, "rows": t.rows, "alone": t.alone} for t in terms]
            for terms in found.terms
        ]
    if found.nearly is not None:
        near = found.nearly
        result["nearest_xor"] = {
            "features": [features[f] for f in near.features],
            "inverted": near.inverted,
            "differing": near.differing,
            "of": near.cells,
            "where": [in_words(box, hard.features) for box in near.boxes],
        }
    if found.ballot is not None:
        result["votes"] = _votes(found.ballot, hard.classes)
    if found.facts is not None:
        result["facts"] = _facts(found, found.facts)
    if found.reason is not None:
        result["reason"] = {
            "class": hard.classes[found.reason.wanted],
            "when": in_words(found.reason.box, hard.features),
            "inputs": [features[f] for f in sorted(found.reason.box)],
            "smallest": found.reason.smallest,
        }
    return result


def _votes(ballot: Ballot, classes: tuple[str, ...], most: int | None = None) -> dict[str, Any]:
    """Return the votes of each class, the strongest first."""
    return {
        name: {
            "always": ballot.constant[index],
            "too_long_to_read": ballot.unread[index],
            "different": ballot.different[index],
            "votes": [
                {
                    "weight": vote.weight,
                    "when": vote.text,
                    "right": vote.right,
                    "wrong": vote.wrong,
                    "decisive": vote.decisive,
                }
                for vote in ballot.votes[index][:most]
            ],
        }
        for index, name in enumerate(classes)
    }


def _facts(found: Explanation, facts: Facts) -> dict[str, Any]:
    hard = found.model.hard
    features = hard.features
    return {
        "features": facts.features,
        "features_read": facts.read,
        "votes": dict(zip(hard.classes, facts.votes, strict=True)),
        "most_read": {features[f].name: count for f, count in facts.most_read},
        "inputs_needed": facts.inputs_needed,
        "strongest_votes": _votes(facts.ballot, hard.classes, 5),
        "constant_bits": {name: constant for name, constant, _ in facts.constant},
        "pulls": [
            {
                "class": hard.classes[p.wanted],
                "feature": features[p.feature].name,
                "rising": p.rising,
            }
            for p in facts.pulls
        ],
        "excludes": [
            {
                "class": hard.classes[e.unwanted],
                "when": in_words(e.box, features),
                "rows": e.rows,
                "proved": e.proved,
            }
            for e in facts.excludes
        ],
        "rules": [
            {
                "class": hard.classes[f.wanted],
                "when": in_words(f.box, features),
                "rows": f.rows,
                "right": f.right,
            }
            for f in facts.rules
        ],
    }
