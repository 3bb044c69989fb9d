"""What a fault injection has found so far, so that an interrupted one goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np

from db2hdl_hw.mutate.decide import Verdict
from db2hdl_hw.system.cache import Cache, digest

SAVE_EVERY = 20


class State:
    """Verdicts of the solver by mutant, kept in the user's cache until the run is complete.

    Parameters
    ----------
    circuit : str
        The Verilog with all mutants.
    of_what : mapping
        What else the verdicts depend on: versions, sources, the model.

    Attributes
    ----------
    key : str
        Of the entry in the cache.
    since : str
        When verdicts of an earlier run were kept (ISO 8601, UTC); empty if there are none.
    used : int
        Verdicts of that run that were taken over.
    """

    def __init__(self, circuit: str, of_what: Mapping[str, str]) -> None:
        self.key = digest([circuit, dict(of_what)])
        self.used = 0
        self._cache = Cache("mutate")
        entry = self._cache.get(self.key)
        self.since = "" if entry is None else entry.made
        self._earlier: dict[str, list[str]] = {} if entry is None else json.loads(entry.content)
        self._known: dict[str, list[str]] = {}
        self._unsaved = 0

    def get(self, mutant: str) -> Verdict | None:
        """Return a verdict of this or an earlier run, if there is one."""
        if mutant not in self._known and mutant in self._earlier:
            self._known[mutant] = self._earlier[mutant]
            self.used += 1
        if mutant not in self._known:
            return None
        verdict, word, how = self._known[mutant]
        bits = np.array([c == "1" for c in word], np.bool_) if word else None
        return Verdict(verdict, bits, how)

    def put(self, mutant: str, verdict: Verdict, *, save: bool = False) -> None:
        """Keep a verdict; with ``save``, or every so often, at once."""
        word = "" if verdict.word is None else "".join("01"[int(bit)] for bit in verdict.word)
        self._known[mutant] = [verdict.verdict, word, verdict.how]
        self._unsaved += 1
        if save or self._unsaved >= SAVE_EVERY:
            self.save()

    def save(self) -> None:
        """Write what is known, if that is possible."""
        if self._unsaved:
            self._cache.put(self.key, json.dumps(self._earlier | self._known).encode())
        self._unsaved = 0

    def finish(self) -> None:
        """Remove everything: the run is complete."""
        self._unsaved = 0
        self._earlier = {}
        self._cache.forget(self.key)
