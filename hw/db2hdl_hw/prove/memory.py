"""What has been proved so far, on disk: an interrupted proof continues after it.

A line names an engine and the digest of a cone: "this engine proved that formula". Lines are added
only, each write beginning on a line of its own; so several processes may write, and one that is
killed meanwhile leaves at worst a line that names nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from db2hdl_hw.prove.cone import Cone

SECONDS = 1.0
"""Between writes: what is lost at most when the process is killed, beside what is in work."""


def key(engine: str, cone: Cone) -> str:
    """Return the line of a proof by an engine."""
    return f"{engine} {cone.digest}"


class Memory:
    """The proofs of a file and of this process; without a file, only of this process."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._known: set[str] = set()
        self._new: list[str] = []
        self._written = time.monotonic()
        if path is not None and path.is_file():
            self._known.update(path.read_text(encoding="ascii", errors="replace").split("\n"))

    def __contains__(self, line: str) -> bool:
        """Return whether an engine has proved a cone."""
        return line in self._known

    def add(self, lines: Iterable[str]) -> None:
        """Remember proofs, and write them now and then."""
        for line in lines:
            if line not in self._known:
                self._known.add(line)
                self._new.append(line)
        if time.monotonic() - self._written > SECONDS:
            self.save()

    def save(self) -> None:
        """Write what has not been written."""
        new, self._new, self._written = self._new, [], time.monotonic()
        if new and self.path is not None:
            with self.path.open("a", encoding="ascii") as file:
                file.write("\n" + "\n".join(new) + "\n")
