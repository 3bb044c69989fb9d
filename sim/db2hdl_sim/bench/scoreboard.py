"""The scoreboard: compares, counts, and keeps the first mismatches."""

from __future__ import annotations

from typing import Any


class Scoreboard:
    """Compares output words; an X or Z is a mismatch, because golden words have none.

    Parameters
    ----------
    keep : int
        How many mismatches are described; the index of every one is kept.
    """

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self.compared = 0
        self.mismatches: list[int] = []
        self._described: list[dict[str, Any]] = []

    def compare(self, word: int, expected: str, got: str) -> None:
        """Take note of one output word beside the one that must come out."""
        if got != expected:
            self.mismatches.append(self.compared)
            if len(self._described) < self._keep:
                self._described.append(
                    {
                        "index": self.compared,
                        "word": f"{word:x}",
                        "expected": expected,
                        "got": got,
                    }
                )
        self.compared += 1

    def result(self) -> dict[str, Any]:
        """Return the outcome as plain values: what the runner reads."""
        return {
            "compared": self.compared,
            "mismatches": self.mismatches,
            "described": self._described,
        }
