"""What a fault injection has found so far, so that an interrupted one goes on where it was."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

import numpy as np

from db2hdl_hw.files import whole_file
from db2hdl_hw.mutate.decide import Verdict

SAVE_EVERY = 20


class State:
    """Verdicts of the solver by mutant, kept in the user's cache until the run is complete.

    Parameters
    ----------
    key : str
        Whatever the verdicts depend on.
    """

    def __init__(self, key: str) -> None:
        home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        digest = hashlib.sha256(key.encode()).hexdigest()[:24]
        self.folder = Path(home) / "db2hdl" / "mutate" / digest
        self._known: dict[str, tuple[str, str, str]] = {}
        self._unsaved = 0
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self._known = {k: tuple(v) for k, v in json.loads(self._file.read_text()).items()}
        except (OSError, ValueError, AttributeError, TypeError):
            self._known = {}

    @property
    def _file(self) -> Path:
        return self.folder / "verdicts.json"

    def get(self, mutant: str) -> Verdict | None:
        """Return a verdict of an earlier run, if there is one."""
        if mutant not in self._known:
            return None
        verdict, word, how = self._known[mutant]
        bits = np.array([c == "1" for c in word], np.bool_) if word else None
        return Verdict(verdict, bits, how)

    def put(self, mutant: str, verdict: Verdict, *, save: bool = False) -> None:
        """Keep a verdict; with ``save``, or every so often, at once."""
        word = "" if verdict.word is None else "".join("01"[int(bit)] for bit in verdict.word)
        self._known[mutant] = (verdict.verdict, word, verdict.how)
        self._unsaved += 1
        if save or self._unsaved >= SAVE_EVERY:
            self.save()

    def save(self) -> None:
        """Write what is known."""
        with whole_file(self._file) as temporary:
            temporary.write_text(json.dumps(self._known))
        self._unsaved = 0

    def finish(self) -> None:
        """Remove everything: the run is complete."""
        shutil.rmtree(self.folder, ignore_errors=True)
