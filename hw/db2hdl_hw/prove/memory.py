"""What has been proved so far, on disk: an interrupted proof continues after it.

A line names an engine and the digest of a cone: "this engine proved that formula", and is sealed
(``system.seal``) together with the name of its file, which says what is proved by what; a line
without its seal names nothing. Lines are added only, each write beginning on a line of its own; so
several processes may write, and one that is killed meanwhile leaves at worst a damaged line. A file
that cannot be read or written is none.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from db2hdl_hw.prove.cone import Cone
from db2hdl_hw.system.cache import append_plain, enabled, read_plain
from db2hdl_hw.system.seal import Sealer

SECONDS = 1.0
"""Between writes: what is lost at most when the process is killed, beside what is in work."""


def key(engine: str, cone: Cone) -> str:
    """Return the line of a proof by an engine."""
    return f"{engine} {cone.digest}"


class Memory:
    """The proofs of a file and of this process; without a file, only of this process."""

    def __init__(self, path: Path | None = None) -> None:
        self._sealer = Sealer("obligations")
        self.path = path if enabled() and self._sealer.usable else None
        self._known: set[str] = set()
        self._new: list[str] = []
        self._written = time.monotonic()
        if self.path is not None:
            with suppress(OSError):
                self._known.update(self._sealed(self.path))
        self.resumed = len(self._known)

    def _sealed(self, path: Path) -> Iterable[str]:
        """Yield the lines of a file that this user's prover has written."""
        for line in read_plain(path).decode("ascii", errors="replace").split("\n"):
            said, _, seal = line.rpartition(" ")
            if said and self._sealer.holds(seal, path.name.encode(), said.encode()):
                yield said

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
        """Write what has not been written, if that is possible."""
        new, self._new, self._written = self._new, [], time.monotonic()
        if not new or self.path is None:
            return
        name = self.path.name.encode()
        lines = [f"{line} {self._sealer.seal(name, line.encode())}" for line in new]
        with suppress(OSError):
            append_plain(self.path, ("\n" + "\n".join(lines) + "\n").encode())
