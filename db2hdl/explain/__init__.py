"""What a net has learned: rules, votes, facts and reasons that a domain expert can argue with."""

from db2hdl.explain.ballot import Ballot, Vote
from db2hdl.explain.explanation import Explanation, Term, explain
from db2hdl.explain.facts import Fact, Facts
from db2hdl.explain.parity import Nearly
from db2hdl.explain.reason import Reason
from db2hdl.explain.record import as_json
from db2hdl.explain.render import to_text
from db2hdl.explain.rules import Rules

__all__ = [
    "Ballot",
    "Explanation",
    "Fact",
    "Facts",
    "Nearly",
    "Reason",
    "Rules",
    "Term",
    "Vote",
    "as_json",
    "explain",
    "to_text",
]
