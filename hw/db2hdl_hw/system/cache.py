"""Results that are kept between runs: found by all they depend on, sealed, with their time.

Nothing is ever removed by itself: to empty the cache, delete the folder. What is damaged, was
written by another user or edited by anyone is no entry, and what cannot be written is not kept;
neither is ever an error. ``DB2HDL_CACHE=off`` in the environment, or ``without_cache``, turns all
of it off, in all processes that are started then. Only the standard library.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from db2hdl_hw.system.home import NAME, cache_base
from db2hdl_hw.system.seal import Sealer

KINDS = {
    "prove": "verdicts of the prover, a link each",
    "obligations": "what an unfinished proof has proved so far, a sealed line each",
    "read": "Verilog as Yosys reads it, for the prover",
    "synth": "netlists of synthesis",
    "mutate": "verdicts on the faults of an unfinished fault injection",
    "simulator": "the simulator of an unfinished fault injection",
    "kernels": "compiled kernels of the training",
    "verilator": "objects of Verilator's library",
}
"""Everything that is kept, and the folder that it is in; tests/hw/system damages each."""

SWITCH, OFF = "DB2HDL_CACHE", "off"

MAGIC = b"db2hdl-cache-1"
LARGEST = 1 << 31
"""Bytes of an entry: no net that can be synthesised has more."""

_HEADER = 200


@dataclass(frozen=True)
class Entry:
    """What was kept.

    Attributes
    ----------
    content : bytes
    made : str
        When: ISO 8601, UTC.
    seconds : float
        How long it took then.
    """

    content: bytes
    made: str
    seconds: float


class Cache:
    """The entries of one kind.

    Parameters
    ----------
    kind : str
        One of ``KINDS``.
    folder : Path, optional
        Where they are; by default the folder of the kind in ``$XDG_CACHE_HOME/db2hdl``.
    """

    def __init__(self, kind: str, folder: Path | None = None) -> None:
        if kind not in KINDS:
            raise ValueError(f"{kind} is no kind of cache")
        self._kind, self._sealer = kind, Sealer(kind)
        self.folder = folder or kind_folder(kind)

    @property
    def usable(self) -> bool:
        """Whether entries are kept and believed."""
        return enabled() and self.folder is not None and self._sealer.usable

    def path(self, key: str) -> Path:
        """Return the file of an entry; of a cache that is usable."""
        if self.folder is None:
            raise ValueError("there is no folder for caches")
        return self.folder / key

    def get(self, key: str, what: str = "") -> Entry | None:
        """Return an entry, if it is there, whole, and sealed by this user.

        ``what`` is what reports call it (``recalled``).
        """
        if not self.usable:
            return None
        try:
            header, _, content = read_plain(self.path(key)).partition(b"\n")
            magic, seal, made, seconds = header[:_HEADER].split(b" ")
            if magic == MAGIC and self._sealer.holds(
                seal.decode(), key.encode(), made, seconds, content
            ):
                entry = Entry(content, made.decode(), float(seconds))
                _note(what or self._kind, entry)
                return entry
        except (OSError, ValueError):
            pass
        return None

    def put(self, key: str, content: bytes, seconds: float = 0.0) -> None:
        """Keep an entry, whole or not at all; one that is there is replaced."""
        if not self.usable:
            return
        made, took = now().encode(), f"{seconds:.3f}".encode()
        with suppress(OSError):
            seal = self._sealer.seal(key.encode(), made, took, content)
            header = b" ".join([MAGIC, seal.encode(), made, took])
            write_whole(self.path(key), header + b"\n" + content)

    def forget(self, key: str) -> None:
        """Remove an entry."""
        if self.folder is not None:
            with suppress(OSError):
                self.path(key).unlink()


_recalled: ContextVar[list[dict[str, Any]] | None] = ContextVar("recalled", default=None)


@contextmanager
def recalled() -> Iterator[list[dict[str, Any]]]:
    """Yield a list of what comes from a cache inside the block: ``what``, ``made``, ``seconds``.

    Of this process; what a process that is started finds, it must tell itself.
    """
    noted: list[dict[str, Any]] = []
    token = _recalled.set(noted)
    try:
        yield noted
    finally:
        _recalled.reset(token)


def marks(found: Sequence[Mapping[str, Any]]) -> str:
    """Return in a line what came from a cache, from when it is, and how long it took then."""
    each = [f"{one['what']} of {one['made']} ({one['seconds']:.1f} s then)" for one in found]
    return f"cached: {', '.join(each)}" if each else ""


def _note(what: str, entry: Entry) -> None:
    noted = _recalled.get()
    one = {"what": what, "made": entry.made, "seconds": entry.seconds}
    if noted is not None and one not in noted:
        noted.append(one)


def enabled() -> bool:
    """Return whether anything is kept or believed at all."""
    return os.environ.get(SWITCH, "") != OFF


_lock = threading.Lock()
_depth = 0
_before = ""


@contextmanager
def without_cache() -> Iterator[None]:
    """Keep and believe nothing inside the block, in this process and those it starts."""
    global _depth, _before
    with _lock:
        if _depth == 0:
            _before = os.environ.get(SWITCH, "")
        _depth += 1
        os.environ[SWITCH] = OFF
    try:
        yield
    finally:
        with _lock:
            _depth -= 1
            if _depth == 0:
                os.environ[SWITCH] = _before


def kind_folder(kind: str) -> Path | None:
    """Return the folder of a kind of entries; None if none can be had."""
    base = cache_base()
    return None if base is None else base / NAME / kind


def digest(what: Any) -> str:
    """Return the key of an entry: a hash of a JSON value that says all it depends on."""
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


@cache
def source_hash(*folders: Path) -> str:
    """Return a hash of the source in some folders: what another source has found is not ours."""
    total = hashlib.sha256()
    for folder in folders:
        for path in sorted(p for p in folder.rglob("*") if p.suffix in (".py", ".cpp", ".j2")):
            total.update(path.relative_to(folder).as_posix().encode() + b"\0")
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def file_hash(path: Path | str) -> str:
    """Return the SHA-256 of a file, for keys; of one that is not there, its name."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return str(path)


def now() -> str:
    """Return the time as entries have it: ISO 8601, UTC, to the second."""
    return datetime.fromtimestamp(int(time.time()), UTC).isoformat()


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return several files as the content of one entry."""
    sizes = {name: len(data) for name, data in files.items()}
    return json.dumps(sizes).encode() + b"\n" + b"".join(files.values())


def unpacked(content: bytes) -> dict[str, bytes]:
    """Return the files that ``packed`` has put together."""
    head, _, rest = content.partition(b"\n")
    files, at = {}, 0
    for name, size in json.loads(head).items():
        files[name] = rest[at : at + size]
        at += size
    return files


def read_plain(path: Path) -> bytes:
    """Return the bytes of a plain file of bearable size, never those behind a link.

    Raises
    ------
    OSError
        If it is none, or cannot be read.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST:
            raise OSError(f"{path} is no entry of a cache")
        return file.read(LARGEST)


def append_plain(path: Path, data: bytes) -> None:
    """Add bytes to a plain file, which is made if it is missing.

    Raises
    ------
    OSError
        If it is none, or cannot be written.
    """
    kind = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    handle = os.open(path, kind | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(f"{path} is no entry of a cache")
        file.write(data)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file, whole or not at all.

    Raises
    ------
    OSError
        If it cannot be written; nothing is left of it then.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
