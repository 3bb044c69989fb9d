"""The language of properties, and a property as a tree; docs/reference/properties.md."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from db2hdl.exact_numbers import number
from db2hdl_hw.errors import InputError, ToolError

GRAMMAR = r"""
?start: claim
claim: forall | exists | robust | monotonic
forall: "for" "all" condition ":" outcome
exists: "some" condition ":" outcome -> exists
      | outcome_class "is" "reachable" -> reachable
robust: "robust" "to" INT "flipped" "input" ("bit" | "bits") "on" ("row" | "rows") INT [".." INT]
monotonic: "monotonic" "in" name "for" "class" class_name
?condition: conjunction ("or" conjunction)*
?conjunction: negation ("and" negation)*
?negation: "not" negation -> negated
         | "(" condition ")"
         | comparison
comparison: name OPERATOR SIGNED_NUMBER -> compared
          | SIGNED_NUMBER OPERATOR name OPERATOR SIGNED_NUMBER -> between
          | "rows" -> anything
          | name -> flag
outcome: "class" "is" class_name -> class_is
       | "class" "is" "not" class_name -> class_is_not
outcome_class: "class" class_name
name: WORD | QUOTED
class_name: WORD | QUOTED | NUMBERED
NUMBERED: /\d[\w.-]*/
OPERATOR: ">=" | "<=" | "<" | ">" | "=="
WORD: /(?!(and|or|not|is|class|for|all|some|rows?|in|on|to)\b)[^\W\d][\w.\/%-]*/
QUOTED: /"[^"]*"/ | /'[^']*'/
%import common.INT
%import common.SIGNED_NUMBER
%import common.WS
%ignore WS
"""


@dataclass(frozen=True)
class Node:
    """A part of a property: what it is, and its parts or values."""

    kind: str
    parts: tuple[Any, ...]


@cache
def _parser() -> Any:
    try:
        from lark import Lark
    except ImportError:
        raise ToolError("lark is not installed; pip install 'db2hdl[prove]'") from None
    return Lark(GRAMMAR, parser="earley", maybe_placeholders=True)


def parse(text: str) -> Node:
    """Return the tree of a property.

    Raises
    ------
    InputError
        Says where the text is no property, with examples of what is.
    ToolError
        If lark is not installed.
    """
    from lark import Token, Tree
    from lark.exceptions import UnexpectedInput

    try:
        tree = _parser().parse(text)
    except UnexpectedInput as error:
        column = getattr(error, "column", -1)
        place = f"at column {column}" if isinstance(column, int) and column > 0 else "at its end"
        raise InputError(
            f'property {text!r}: not understood {place}; examples: \'for all "petal length" < 2.5:'
            " class is setosa', 'class pass is reachable', 'robust to 1 flipped input bit on rows "
            "0..9', 'monotonic in size for class good'"
        ) from None

    def convert(item: Any) -> Any:
        if isinstance(item, Tree):
            if item.data == "claim":
                return convert(item.children[0])
            if item.data in ("name", "class_name"):
                return str(item.children[0]).strip("\"'")
            return Node(str(item.data), tuple(convert(child) for child in item.children))
        if isinstance(item, Token):
            return number(item) if item.type in ("SIGNED_NUMBER", "INT") else str(item)
        return item

    try:
        return convert(tree)  # type: ignore[no-any-return]
    except ValueError as error:
        raise InputError(f"property {text!r}: not a number of up to 64 bits: {error}") from None
