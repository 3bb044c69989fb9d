"""Votes and facts as lines of text or Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from db2hdl.explain.ballot import Ballot, Vote
from db2hdl.explain.explanation import Explanation
from db2hdl.explain.facts import Facts
from db2hdl.explain.regions import in_words
from db2hdl_hw.system.text import code_span, escape_markdown, shown

STRONGEST = 5
"""Votes shown of each class where there are too many."""


_CODE = "\0"
"""Around a formula until the line is finished; in a name it would only move the code."""


@dataclass(frozen=True)
class Page:
    """How things look on a page of text or of Markdown."""

    markdown: bool = False

    rounding = "Real thresholds are exact: each is the least value with the next code."

    def code(self, text: str) -> str:
        """Return a formula."""
        return f"{_CODE}{text}{_CODE}" if self.markdown else text

    def finish(self, line: str) -> str:
        """Return a line in which names are no markup, and control no terminal."""
        if not self.markdown:
            return shown(line)
        start = next((mark for mark in ("## ", "- ") if line.startswith(mark)), "")
        parts = line.removeprefix(start).split(_CODE)
        made = [code_span(p) if i % 2 else escape_markdown(p) for i, p in enumerate(parts)]
        return start + "".join(made)

    def heading(self, text: str) -> Iterator[str]:
        """Return a heading."""
        yield ""
        yield f"## {text}" if self.markdown else text
        if self.markdown:
            yield ""

    def items(self, texts: Iterable[str]) -> Iterator[str]:
        """Return a list."""
        for text in texts:
            yield f"- {text}" if self.markdown else f"  {text}"


def votes_lines(found: Explanation, ballot: Ballot, page: Page) -> Iterator[str]:
    """Say the whole decision as weighted votes."""
    classes, rows = found.model.hard.classes, len(found.model.test_codes)
    yield (
        "Each class adds up the weights of its votes that hold; the greatest sum wins, on a tie "
        f"the first of {', '.join(classes)}."
    )
    for index, name in enumerate(classes):
        yield from page.heading(name)
        if ballot.constant[index]:
            yield from page.items([f"{ballot.constant[index]} x always"])
        yield from page.items(_vote(vote, page, rows) for vote in ballot.votes[index])
        if ballot.unread[index]:
            yield from page.items([f"and {ballot.unread[index]} votes that are too long to read"])
        elif not ballot.votes[index] and not ballot.constant[index]:
            yield from page.items(["no votes at all"])
    yield ""
    shared = f" {ballot.shared} votes that all classes have are left out." if ballot.shared else ""
    whole = "" if ballot.complete else " This is not the whole decision."
    yield f"Each vote is proved equal to its bits of the net for all inputs, by SAT.{shared}{whole}"
    if any(feature.kind == "real" for feature in found.model.hard.features):
        yield page.rounding


def _vote(vote: Vote, page: Page, rows: int) -> str:
    counts = (
        f" ({vote.right} rows of it, {vote.wrong} others; decides {vote.decisive})" if rows else ""
    )
    return f"{vote.weight} x {page.code(vote.text)}{counts}"


def facts_lines(found: Explanation, facts: Facts, page: Page) -> Iterator[str]:
    """Say what can be said of a net that is too large to read."""
    hard = found.model.hard
    features = hard.features
    yield "The whole formula is too large to read; these facts are proved for all inputs."
    yield ""
    others = "; the others never matter" if facts.read < facts.features else ""
    votes = ", ".join(f"{n} for {c}" for c, n in zip(hard.classes, facts.votes, strict=True))
    most = ", ".join(f"{features[f].name} ({n})" for f, n in facts.most_read)
    lines = [
        f"The circuit reads {facts.read} of {facts.features} inputs{others}.",
        f"Votes that are not constant: {votes}. The most votes win; on a tie the first class.",
        f"Inputs that most votes depend on: {most}.",
        *(f"Layer {name}: {n} of {of} bits never change." for name, n, of in facts.constant),
        *_pulls(found, facts),
    ]
    yield from (f"- {line}" for line in lines) if page.markdown else iter(lines)
    for index, name in enumerate(hard.classes):
        rules = [fact for fact in facts.rules if fact.wanted == index]
        if rules:
            yield from page.heading(f"{name} whenever")
            yield from page.items(
                f"{page.code(in_words(fact.box, features))} "
                f"({fact.rows} test rows, {fact.right} of them rightly)"
                for fact in rules
            )
    yield from _strongest(found, facts.ballot, page)
    if not facts.ballot.lines:
        yield ""
        yield "Its votes are too long to read, too."
    yield from _excludes(found, facts, page)
    if not facts.rules:
        yield ""
        yield _no_rules(found, facts)
    if any(feature.kind == "real" for feature in features):
        yield page.rounding


def _no_rules(found: Explanation, facts: Facts) -> str:
    if facts.inputs_needed is not None:
        return (
            f"No short rule was found: among the rows asked, at least {facts.inputs_needed} "
            "inputs together were needed to force a class."
        )
    if len(found.model.test_codes):
        return "No short rules were looked for: the net compares too many inputs."
    return "The model keeps no test rows to look for short rules in."


def _pulls(found: Explanation, facts: Facts) -> Iterator[str]:
    hard = found.model.hard
    for index, name in enumerate(hard.classes):
        for rising in (True, False):
            names = [
                hard.features[p.feature].name
                for p in facts.pulls
                if p.wanted == index and p.rising == rising
            ]
            if names:
                way = "More" if rising else "Less"
                yield f"{way} of {', '.join(names)}, all else the same, never loses {name}."


def _strongest(found: Explanation, ballot: Ballot, page: Page) -> Iterator[str]:
    rows = len(found.model.test_codes)
    for index, name in enumerate(found.model.hard.classes):
        votes = ballot.votes[index][:STRONGEST]
        if votes:
            yield from page.heading(
                f"the strongest of {ballot.different[index]} different votes for {name}"
            )
            yield from page.items(_vote(vote, page, rows) for vote in votes)


def _excludes(found: Explanation, facts: Facts, page: Page) -> Iterator[str]:
    hard = found.model.hard
    for proved in (True, False):
        some = [one for one in facts.excludes if one.proved == proved]
        if some:
            where = "proved for all inputs" if proved else "not proved, but seen on the test rows"
            yield from page.heading(f"one comparison that rules a class out, {where}")
            yield from page.items(
                f"{page.code(in_words(one.box, hard.features))}: never "
                f"{hard.classes[one.unwanted]} ({one.rows} test rows)"
                for one in some
            )
