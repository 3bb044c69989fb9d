"""Text of strangers (names, paths, what tools say), made harmless for terminals and documents."""

from __future__ import annotations

import re
import unicodedata

_SPECIAL = re.compile(r"([\\`*_|<>\[\]&~#!$])")


def shown(text: object) -> str:
    r"""Return a text on one line, with an escape in place of every character that shows nothing.

    Those are control characters (ESC, line ends), marks that turn or join the text around them
    (bidirectional and zero-width ones), surrogates, and code points without a character. They
    become ``\x1b``, ``\n`` or ``\u202e``, as in Python; blanks of other widths become a blank.

    Examples
    --------
    >>> print(shown("[red]\x1b[2J\n\u202eGröße 年龄"))
    [red]\x1b[2J\n\u202eGröße 年龄
    """
    word = str(text)
    return word if word.isprintable() else "".join(map(_visible, word))


def shown_lines(text: str) -> str:
    """Return a text of several lines, each as ``shown`` has it."""
    return "\n".join(shown(line) for line in text.split("\n"))


def one_line(text: object) -> str:
    """Return a text on one line, line ends and runs of blanks as one blank, the rest ``shown``."""
    return shown(" ".join(str(text).split()))


def escaped_json(text: str) -> str:
    r"""Return JSON that says the same, with ``\u`` escapes of what shows nothing or is half a pair.

    Outside of its texts JSON has nothing but ASCII, so every such character is in a text.
    """
    return text if _plain(text) else "".join(map(_json, text))


def markdown(text: object) -> str:
    r"""Return a text on one line that is no markup of Markdown and ends no cell of a table.

    Examples
    --------
    >>> print(markdown("a|b <i>*c*"))
    a\|b \<i\>\*c\*
    """
    return escape_markdown(one_line(text))


def escape_markdown(text: str) -> str:
    """Return a text that is no markup of Markdown, as ``shown``, its blanks as they are."""
    return _SPECIAL.sub(r"\\\1", shown(text))


def code_span(text: str) -> str:
    """Return a text as code in Markdown, whatever backquotes are in it."""
    word = shown(text)
    if "`" not in word:
        return f"`{word}`"
    fence = "`" * (1 + max(map(len, re.findall("`+", word))))
    return f"{fence} {word} {fence}"


def _visible(char: str) -> str:
    if char.isprintable():
        return char
    if unicodedata.category(char) == "Zs":
        return " "
    return char.encode("unicode_escape").decode("ascii")


def _plain(text: str) -> bool:
    return all(line.isprintable() for line in text.split("\n"))


def _json(char: str) -> str:
    if char == "\n" or char.isprintable() or unicodedata.category(char) == "Zs":
        return char
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))
