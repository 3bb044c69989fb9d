"""Nothing that a terminal or a document obeys is left of a stranger's text."""

import json

from hypothesis import given
from hypothesis import strategies as st

from db2hdl_hw.system.text import code_span, escaped_json, markdown, one_line, shown, shown_lines

ANY = st.text(st.characters(), max_size=30)
"""With surrogates and code points that mean nothing."""


@given(ANY)
def test_what_is_shown_is_printable(text: str) -> None:
    assert shown(text).isprintable()
    assert one_line(text).isprintable()
    assert markdown(text).isprintable()
    assert shown(shown(text)) == shown(text)


@given(st.text(st.characters(categories=["L", "N", "P", "S", "M"]), max_size=30))
def test_a_printable_text_is_shown_as_it_is(text: str) -> None:
    assert shown(text) == text or not text.isprintable()


def test_each_kind_of_trick() -> None:
    assert shown("\x1b[2Ja\x7f\x9b") == r"\x1b[2Ja\x7f\x9b"
    assert shown("a\nb\rc\td") == r"a\nb\rc\td"
    assert shown("\u202eabc\u2066\u200f\u061c") == r"\u202eabc\u2066\u200f\u061c"
    assert shown("a\u200bb\ufeff") == r"a\u200bb\ufeff"
    assert shown("\ud800") == r"\ud800"
    assert shown("\U000e0041\u0378") == r"\U000e0041\u0378"
    assert shown("a\u00a0b\u3000c") == "a b c"
    assert one_line(" a \n b\x1b ") == r"a b\x1b"
    assert shown_lines("a\x07\nb") == "a\\x07\nb"


def test_markdown_has_no_markup() -> None:
    assert markdown("a|b`c`[d](e)<i>&amp;") == r"a\|b\`c\`\[d\](e)\<i\>\&amp;"


def test_code_ends_where_it_ends() -> None:
    assert code_span("a_b") == "`a_b`"
    assert code_span("a`b``\x1b") == "``` a`b``\\x1b ```"


@given(st.lists(ANY, max_size=4))
def test_escaped_json_says_the_same(texts: list[str]) -> None:
    text = escaped_json(json.dumps(texts, indent=1, ensure_ascii=False))
    assert all(line.isprintable() or max(line) >= "\u00a0" for line in text.split("\n"))
    assert not any("\ud800" <= c <= "\udfff" or (c < " " and c != "\n") for c in text)
    assert json.loads(text) == json.loads(json.dumps(texts))
