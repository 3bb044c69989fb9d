"""An explanation as text or Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from db2hdl.explain.explanation import Explanation
from db2hdl.explain.regions import in_words


def to_text(found: Explanation, *, markdown: bool = False) -> str:
    """Return an explanation for people, a page of text or of Markdown."""
    return "\n".join(_lines(found, markdown)) + "\n"


def _lines(found: Explanation, markdown: bool) -> Iterator[str]:
    heading = "## " if markdown else ""
    if found.rules is not None:
        yield from _rules(found, heading, markdown)
    elif found.facts is not None:
        yield from _facts(found, heading)
    else:
        yield "The formula is too large to read, and a net without classes has no facts of classes."
    if found.reason is not None:
        yield from _reason(found, heading)


def _rules(found: Explanation, heading: str, markdown: bool) -> Iterator[str]:
    rules, features = found.rules, found.model.hard.features
    assert rules is not None
    rows = len(found.model.test_codes)
    used = ", ".join(features[f].name for f in rules.features) or "no input at all"
    yield f"The net decides by {used}; of {len(features)} inputs no other can change the answer."
    if rules.xor:
        names = " xor ".join(features[f].name for f in rules.xor)
        yield ""
        yield f"{_code(f'{found.outputs[-1]} = {names}', markdown)}"
    for name, terms in zip(found.outputs, found.terms, strict=True):
        yield ""
        yield f"{heading}{name}" if terms else f"{heading}{name}: never"
        if markdown and terms:
            yield ""
        for number, term in enumerate(terms):
            start = "- " if markdown else ("  when " if number == 0 else "  or   ")
            counts = f" ({term.rows} rows, {term.alone} by this alone)" if rows else ""
            yield f"{start}{_code(term.text, markdown)}{counts}"
    yield ""
    counted = f" Rows are the {rows} test rows kept in the model." if rows else ""
    yield (
        f"Proved equal to the net, class by class, on all {rules.cells} combinations of ranges "
        f"that it can tell apart.{counted}"
    )


def _facts(found: Explanation, heading: str) -> Iterator[str]:
    facts, hard = found.facts, found.model.hard
    assert facts is not None
    features = hard.features
    most = ", ".join(f"{features[f].name} ({n})" for f, n in facts.most_read)
    votes = ", ".join(f"{n} for {c}" for c, n in zip(hard.classes, facts.votes, strict=True))
    yield "The whole formula is too large to read; these facts are proved for all inputs."
    yield ""
    others = "; the others never matter" if facts.read < facts.features else ""
    yield f"The circuit reads {facts.read} of {facts.features} inputs{others}."
    yield f"Votes that are not constant: {votes}. The most votes win; on a tie the first class."
    yield f"Inputs that most votes depend on: {most}."
    for index, name in enumerate(hard.classes):
        rules = [fact for fact in facts.rules if fact.wanted == index]
        if rules:
            yield ""
            yield f"{heading}{name} whenever"
            for fact in rules:
                said = in_words(fact.box, hard.features)
                yield f"  {said} ({fact.rows} test rows, {fact.right} of them rightly)"
    yield from _votes(found, heading)
    if not facts.rules:
        yield ""
        if facts.inputs_needed is None and len(found.model.test_codes):
            yield "No short rules were looked for: the net compares too many inputs."
        elif facts.inputs_needed is None:
            yield "The model keeps no test rows to look for short rules in."
        else:
            yield (
                f"No short rule was found: among the rows asked, at least {facts.inputs_needed} "
                "inputs together were needed to force a class."
            )


def _votes(found: Explanation, heading: str) -> Iterator[str]:
    """Say the strongest votes of each class, with their weights."""
    facts, hard = found.facts, found.model.hard
    assert facts is not None
    for index, name in enumerate(hard.classes):
        votes = [vote for vote in facts.strongest if vote.wanted == index]
        if votes:
            yield ""
            yield f"{heading}the strongest of {facts.different[index]} different votes for {name}"
            for vote in votes:
                rows = f"{vote.right} rows of it, {vote.wrong} others"
                yield f"  {vote.weight} x {vote.text} ({rows})"


def _reason(found: Explanation, heading: str) -> Iterator[str]:
    reason, hard = found.reason, found.model.hard
    assert reason is not None
    count = len(reason.box)
    how = "no fewer inputs force it" if reason.smallest else "none of them could be left out"
    yield ""
    yield f"{heading}This row is {hard.classes[reason.wanted]} because"
    yield f"  {in_words(reason.box, hard.features)}"
    others = len(hard.features) - count
    rest = (
        ""
        if not others
        else f"whatever the other {others} are; "
        if others > 1
        else ("whatever the other input is; ")
    )
    yield f"{rest}{how} (proved by SAT)."


def _code(text: str, markdown: bool) -> str:
    return f"`{text}`" if markdown else text
