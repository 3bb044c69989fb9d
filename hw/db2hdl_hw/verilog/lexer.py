"""Verilog text to tokens: ASCII, blanks, newlines, and nothing that is not of the subset."""

from __future__ import annotations

import re
from collections.abc import Iterator

from db2hdl_hw.errors import InputError
from db2hdl_hw.verilog.header import HEADER
from db2hdl_hw.verilog.keywords import SYSTEMVERILOG, VERILOG
from db2hdl_hw.verilog.tree import Source

MAX_BYTES = 1 << 28
"""Of one file; a million gates take about 200 MB."""

MAX_NAME = 200
"""Characters of an identifier."""

MAX_WIDTH = 1 << 20
"""Bits of a net or a constant."""

MAX_SAID = 300
"""Characters of what an error says of a text."""

RESERVED = VERILOG | SYSTEMVERILOG

_TOKEN = re.compile(
    r"[ \n]+|(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?![A-Za-z0-9_$'])"
    r"|(?P<constant>[1-9][0-9]*'h[0-9a-f]+)(?![A-Za-z0-9_$'])"
    r"|(?P<number>0|[1-9][0-9]*)(?![A-Za-z0-9_$'])"
    r"|(?P<mark>>=|<=|[(){}\[\],;:.=?~&|^+\->@])"
)
_ODD = re.compile(r"[^ -~\n]")
_WORD = re.compile(r"[^\s;,(){}]{1,40}")

Token = tuple[str, int]
"""The text of a token, and its place."""


def refuse(source: Source, place: int, why: str) -> InputError:
    """Return the error for a place in a text; what it quotes may be as long as the text."""
    if len(why) > MAX_SAID:
        why = f"{why[:MAX_SAID]}…"
    return InputError(
        f"{source.name}, line {source.line(place)}: {why}; only the Verilog that db2hdl writes is "
        "read (docs/reference/verilog-subset.md): export it again"
    )


def tokens(source: Source) -> list[Token]:
    """Return the tokens of a text, without blanks and the header.

    Raises
    ------
    InputError
        At the first piece of text that is not of the subset; names the file and the line.
    """
    text = source.text
    if len(text) > MAX_BYTES:
        raise InputError(f"{source.name} has more than {MAX_BYTES} bytes")
    odd = _ODD.search(text)
    if odd:
        raise refuse(source, odd.start(), f"the character {odd[0]!a} is refused")
    head = HEADER.match(text)
    return list(_scan(source, head.end() if head else 0))


def _scan(source: Source, place: int) -> Iterator[Token]:
    text, end, match = source.text, len(source.text), _TOKEN.match
    while place < end:
        found = match(text, place)
        if found is None:
            raise refuse(source, place, _what(text, place))
        if found.lastgroup:
            yield found[0], place
        place = found.end()


def _what(text: str, place: int) -> str:
    """Return why nothing of the subset begins here."""
    if text.startswith(("//", "/*"), place):
        line = text[place:].split("\n", 1)[0][:60]
        return f"the comment {line!r} is refused, as tools obey comments"
    word = _WORD.match(text, place)
    return f"{word[0] if word else text[place]!r} is refused"
