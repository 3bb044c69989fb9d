"""An explanation as text or Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from db2hdl.explain.explanation import Explanation
from db2hdl.explain.regions import in_words, named
from db2hdl.explain.report import Page, facts_lines, votes_lines
from db2hdl_hw.errors import present


def to_text(found: Explanation, *, markdown: bool = False) -> str:
    """Return an explanation for people, a page of text or of Markdown."""
    page = Page(markdown)
    return "\n".join(page.finish(line) for line in _lines(found, page)) + "\n"


def _lines(found: Explanation, page: Page) -> Iterator[str]:
    hard = found.model.hard
    if [feature.name for feature in hard.features] == [f"x{i}" for i in range(len(hard.features))]:
        yield "Inputs are called x0, x1, … in their order: the model has no other names for them."
        yield ""
    if found.nearly is not None and not (found.rules is not None and found.rules.xor):
        yield from _nearly(found, page)
    if found.rules is not None:
        yield from _rules(found, page)
    elif found.ballot is not None:
        yield from votes_lines(found, found.ballot, page)
    elif found.facts is not None:
        yield from facts_lines(found, found.facts, page)
    else:
        yield "The formula is too large to read, and a net without classes has no facts of classes."
    if found.reason is not None:
        yield from _reason(found, page)


def _nearly(found: Explanation, page: Page) -> Iterator[str]:
    near, features = present(found.nearly), found.model.hard.features
    parity = " xor ".join(named(features[f]) for f in near.features)
    formula = page.code(f"not ({parity})" if near.inverted else parity)
    if not near.differing:
        yield f"{found.outputs[-1]} = {formula}, proved for all inputs."
    else:
        yield (
            f"{found.outputs[-1]} is nearly {formula}: it differs for {near.differing} of the "
            f"{near.cells} combinations of the inputs that matter{', where' if near.boxes else '.'}"
        )
        yield from page.items(page.code(in_words(box, features)) for box in near.boxes)
    yield ""


def _rules(found: Explanation, page: Page) -> Iterator[str]:
    rules, features = present(found.rules), found.model.hard.features
    rows = len(found.model.test_codes)
    used = ", ".join(features[f].name for f in rules.features) or "no input at all"
    yield f"The net decides by {used}; of {len(features)} inputs no other can change the answer."
    if rules.xor:
        names = " xor ".join(named(features[f]) for f in rules.xor)
        yield ""
        yield page.code(f"{found.outputs[-1]} = {names}")
    for name, terms in zip(found.outputs, found.terms, strict=True):
        yield from page.heading(name if terms else f"{name}: never")
        for number, term in enumerate(terms):
            start = "- " if page.markdown else ("  when " if number == 0 else "  or   ")
            counts = f" ({term.rows} rows, {term.alone} by this alone)" if rows else ""
            yield f"{start}{page.code(term.text)}{counts}"
    yield ""
    counted = f" Rows are the {rows} test rows kept in the model." if rows else ""
    yield (
        f"Proved equal to the net, class by class, on all {rules.cells} combinations of ranges "
        f"that it can tell apart.{counted}"
    )
    if any(features[f].kind == "real" for f in rules.features):
        yield page.rounding


def _reason(found: Explanation, page: Page) -> Iterator[str]:
    reason, hard = present(found.reason), found.model.hard
    others = len(hard.features) - len(reason.box)
    how = "no fewer inputs force it" if reason.smallest else "none of them could be left out"
    yield from page.heading(f"This row is {hard.classes[reason.wanted]} because")
    yield f"  {page.code(in_words(reason.box, hard.features))}"
    if page.markdown:
        yield ""
    rest = f"the other {others} are" if others > 1 else "the other input is"
    yield f"{f'whatever {rest}; ' if others else ''}{how} (proved by SAT)."
