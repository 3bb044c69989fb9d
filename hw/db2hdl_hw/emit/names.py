"""Names of the user's columns, made safe and unique as identifiers of every language around."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence

from db2hdl_hw.emit.keywords import KEYWORDS

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


def mangle(names: Sequence[str], reserved: Collection[str] = RESERVED) -> list[str]:
    """Return one identifier for each name, in order.

    Each is ASCII, starts with a letter, has no ``__`` and no ``_`` at the end, is at most 60
    characters long, is no keyword of Verilog, SystemVerilog, VHDL, C++ or Python and not in
    ``reserved`` (in any case), and differs from every other one even when case is ignored. A name
    that is all this already stays as it is (of several, the first). The result depends on the
    arguments only.

    Examples
    --------
    >>> mangle(["petal width (cm)", "case", "Größe", "a b", "a_b", "9"])
    ['petal_width_cm', 'case_p', 'Grosse', 'a_b_2', 'a_b', 'p_9']
    """
    forbidden = KEYWORDS | {name.lower() for name in reserved}
    cleaned = [_clean(name, forbidden) for name in names]
    result: list[str | None] = [None] * len(names)
    taken: set[str] = set()
    for index, (name, clean) in enumerate(zip(names, cleaned, strict=True)):
        if name == clean and clean.lower() not in taken:
            taken.add(clean.lower())
            result[index] = clean
    counters: dict[str, int] = {}
    return [
        done if done is not None else _number(clean, forbidden, taken, counters)
        for done, clean in zip(result, cleaned, strict=True)
    ]


def _clean(name: str, forbidden: Collection[str]) -> str:
    """Return a safe identifier, not yet unique."""
    # casefold would lose the case; of what NFKD leaves alone only ß is common in column names.
    ascii_ = unicodedata.normalize("NFKD", name.replace("ß", "ss").replace("ẞ", "SS"))
    kept = "".join(c for c in ascii_ if not unicodedata.combining(c))
    word = re.sub(r"[^A-Za-z0-9]+", "_", kept).strip("_")
    if not word or word[0].isdigit():
        word = f"p_{word}".strip("_")
    word = word[:LONGEST].rstrip("_")
    return word[: LONGEST - 2].rstrip("_") + "_p" if word.lower() in forbidden else word


def _number(
    clean: str, forbidden: Collection[str], taken: set[str], counters: dict[str, int]
) -> str:
    """Return ``clean``, or with the least number behind it that makes it unique; take it."""
    base = clean.lower()
    candidate, count = clean, counters.get(base, 1)
    while candidate.lower() in taken or candidate.lower() in forbidden:
        count += 1
        suffix = f"_{count}"
        candidate = clean[: LONGEST - len(suffix)].rstrip("_") + suffix
    counters[base] = count
    taken.add(candidate.lower())
    return candidate
