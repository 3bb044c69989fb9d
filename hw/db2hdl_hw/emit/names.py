"""Names of the user's columns, made safe and unique as identifiers of every language around."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence

from db2hdl_hw.errors import InputError
from db2hdl_hw.verilog.keywords import FAMILIES, KEYWORDS, MEANINGS, TAKEN, VENDOR_FAMILIES, VENDORS

LONGEST = 60
"""At most so many characters in a mangled name."""

RESERVED = frozenset(
    # Ports of the core and of the shells around it, and what the core is called by default.
    ["top", "x", "y", "class_index", "class_bits", "scores", "clk", "clock", "rst", "rst_n"]
    + [
        "in_valid",
        "out_valid",
        "reset",
        "aclk",
        "aresetn",
        "en",
        "valid",
        "ready",
        "rx",
        "tx",
        "uart_rx",
        "uart_tx",
    ]
    + [f"{side}_axis" for side in "sm"]
    + [
        f"{side}_axis_t{wire}"
        for side in "sm"
        for wire in ("data", "valid", "ready", "last", "user", "keep", "strb", "id", "dest")
    ]
    # Attributes of an Amaranth component.
    + ["signature", "elaborate", "metadata", "latency", "initiation_interval"]
)
"""Names that ports of the core, of its shells and of Amaranth components have for themselves."""


APART = "__"
"""Between the name of a top and that of a module inside; no name that we give or take has it."""

_PLAIN = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*")
_SAFE = re.compile(r"[a-z](?:[a-z0-9]*[0-9])?|[a-z][a-z0-9]*(?:_[a-z0-9]+)+")
_MARKED = re.compile(r"_p(_[0-9]+)?$")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_OURS = frozenset(["axis", "component", "pkg", "tb", "uart"])
"""Last words of modules and packages that we put around a core."""


def mangle(names: Sequence[str], reserved: Collection[str] = RESERVED) -> list[str]:
    """Return one port name for each name, in order.

    Each is ASCII in lower case, starts with a letter, has no ``__`` and no ``_`` at the end and is
    at most 60 characters long. It has several words, ends in a digit, or is one letter: macros of
    C, members of classes, types of VHDL and attributes of Python are single words but for a few,
    which are known (``keywords``); whatever has not this shape, is one of those, or is in
    ``reserved``, gets ``_p`` behind it. It differs from every other one. A name that is all this
    already stays as it is (of several, the first). The result depends on the arguments only.

    Examples
    --------
    >>> mangle(["petal width (cm)", "unix", "Größe", "a b", "a_b", "9", "x0", "SepalLength"])
    ['petal_width_cm', 'unix_p', 'grosse_p', 'a_b_2', 'a_b', 'p_9', 'x0', 'sepal_length']
    """
    forbidden = {name.lower() for name in reserved}

    def is_free(word: str) -> bool:
        return is_safe(word) and word not in forbidden

    return _unique(names, [_clean(_CAMEL.sub("_", name)).lower() for name in names], is_free)


def mangle_inner(names: Sequence[str], reserved: Collection[str]) -> list[str]:
    """Return one name for each layer, in order: as ``mangle``, but in any case, and of any shape.

    Nobody outside of a circuit meets these names; they are no keyword and no macro.
    """
    forbidden = KEYWORDS | MEANINGS | {name.lower() for name in reserved}
    return _unique(names, [_clean(name) for name in names], lambda w: w.lower() not in forbidden)


def is_safe(word: str) -> bool:
    """Return whether a name is of a shape that means nothing to any language or tool around."""
    if not _SAFE.fullmatch(word) or word in KEYWORDS | TAKEN:
        return False
    if _MARKED.search(word):
        return True
    first, last = word.split("_")[0], word.split("_")[-1]
    return first not in FAMILIES and not ("_" in word and last in ("t", "np"))


def check_top(top: str, others: Iterable[str] = ()) -> None:
    """Refuse the name of a top module that something else has, or may have in a larger design.

    Modules inside are called ``<top>__<layer>``, which no top is; so two cores of different tops
    never have a module in common.

    Parameters
    ----------
    top : str
        What the user asks for.
    others : iterable of str
        The names of the ports.

    Raises
    ------
    InputError
        Naming what is wrong with it, and a name that is not.
    """
    last = top.split("_")[-1].lower()
    if len(top) > LONGEST or not _PLAIN.fullmatch(top):
        why = "is not a plain identifier"
    elif top.lower() in {name.lower() for name in others}:
        why = "is the name of a port, too"
    elif top.lower() in KEYWORDS | MEANINGS:
        why = "means something to Verilog, VHDL, C++, Python or a simulator"
    elif _is_cell(top):
        why = "looks like a vendor's cell"
    elif top.startswith("db2hdl") or ("_" in top and last in _OURS):
        why = "looks like a module that we put around a core"
    else:
        return
    raise InputError(f"top name {top!r} {why}; use for example {_suggested(top)!r}")


def _is_cell(name: str) -> bool:
    """Whether a name is like those of vendors' cells: in capitals, or one of a few others."""
    capitals = name[0].isupper() and (len(name) == 1 or not name[1].islower())
    low = name.lower()
    return capitals or low in VENDORS or low.startswith(VENDOR_FAMILIES)


def _suggested(top: str) -> str:
    return mangle([f"my_{top[: LONGEST - 8]}_core"])[0]


def _clean(name: str) -> str:
    """Return a plain identifier, not yet safe or unique."""
    # casefold would lose the case; of what NFKD leaves alone only ß is common in column names.
    ascii_ = unicodedata.normalize("NFKD", name.replace("ß", "ss").replace("ẞ", "SS"))
    kept = "".join(c for c in ascii_ if not unicodedata.combining(c))
    word = re.sub(r"[^A-Za-z0-9]+", "_", kept).strip("_")
    if not word or word[0].isdigit():
        word = f"p_{word}".strip("_")
    return word[:LONGEST].rstrip("_")


def _unique(
    names: Sequence[str], cleaned: Sequence[str], is_free: Callable[[str], bool]
) -> list[str]:
    """Return the clean names, with what makes them free and unique behind them."""
    words = [w if is_free(w) else w[: LONGEST - 2].rstrip("_") + "_p" for w in cleaned]
    result: list[str | None] = [None] * len(names)
    taken: set[str] = set()
    for index, (name, word) in enumerate(zip(names, words, strict=True)):
        if name == word and word.lower() not in taken:
            taken.add(word.lower())
            result[index] = word
    counters: dict[str, int] = {}
    return [
        done if done is not None else _number(word, is_free, taken, counters)
        for done, word in zip(result, words, strict=True)
    ]


def _number(
    clean: str, is_free: Callable[[str], bool], taken: set[str], counters: dict[str, int]
) -> str:
    """Return ``clean``, or with the least number behind it that makes it unique; take it."""
    base, mark = clean.lower(), "_p" if _MARKED.search(clean) else ""
    stem = _MARKED.sub("", clean)
    candidate, count = clean, counters.get(base, 1)
    while candidate.lower() in taken or not is_free(candidate):
        count += 1
        suffix = f"{mark}_{count}"
        candidate = stem[: LONGEST - len(suffix)].rstrip("_") + suffix
    counters[base] = count
    taken.add(candidate.lower())
    return candidate
