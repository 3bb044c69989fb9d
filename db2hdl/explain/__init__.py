"""What a net has learned: rules, facts and reasons that a domain expert can argue with."""

from db2hdl.explain.explanation import Explanation, Term, explain
from db2hdl.explain.facts import Fact, Facts
from db2hdl.explain.reason import Reason
from db2hdl.explain.render import to_text
from db2hdl.explain.rules import Rules

__all__ = ["Explanation", "Fact", "Facts", "Reason", "Rules", "Term", "explain", "to_text"]
