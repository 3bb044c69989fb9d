"""The latency as it is, beside the one that the interface states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

WINDOW = 400
"""So many cycles are kept to find out what the latency really is."""

FURTHER = 8
"""So much more than stated the latency may be, to be recognised."""


class LatencyWatch:
    """Notes, cycle by cycle, what went in and what came out.

    Parameters
    ----------
    stated : int
        The latency that the interface states.
    """

    def __init__(self, stated: int) -> None:
        self._stated = stated
        self._given: list[str | None] = []
        self._valid: list[str] = []
        self._words: list[str] = []
        self.wrong = 0

    def note(self, expected: str | None, due: bool, valid: str, word: str) -> None:
        """Take note of a cycle.

        Parameters
        ----------
        expected : str or None
            The output word that the input of this cycle must come to, if it was a valid one.
        due : bool
            Whether an output is due in this cycle.
        valid, word : str
            ``out_valid`` and the output word.
        """
        self.wrong += valid != ("1" if due else "0")
        if len(self._given) < WINDOW:
            self._given.append(expected)
            self._valid.append(valid)
            self._words.append(word)

    def result(self) -> dict[str, Any]:
        """Return the stated latency, those found, or None where none fits, and wrong cycles."""
        wanted = ["0" if expected is None else "1" for expected in self._given]
        return {
            "stated": self._stated,
            "valid": self._find(wanted, self._valid),
            "data": self._find(self._given, self._words),
            "wrong": self.wrong,
        }

    def _find(self, given: Sequence[str | None], seen: Sequence[str]) -> int | None:
        """Return the latency nearest to the stated one that explains all that was seen."""
        near = sorted(range(self._stated + FURTHER + 1), key=lambda k: (abs(k - self._stated), k))
        if len(set(given) - {None}) < 2:  # one value fits everywhere
            near = near[:1]
        for late in near:
            pairs = list(zip(given, seen[late:], strict=False))
            if pairs and all(wanted in (None, got) for wanted, got in pairs):
                return late
        return None
