"""Results that are kept: folders named by the hash of all that decides what is in them.

Nothing is ever removed by itself: to empty the cache, delete the folder. An entry that is not
whole, or was written by an interrupted run, is no entry.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

RECORD = "record.json"


def default_cache() -> Path:
    """Return the folder for results: ``$XDG_CACHE_HOME/db2hdl/synth``, by default in ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "db2hdl" / "synth"


def key(what: dict[str, Any]) -> str:
    """Return the name of an entry: a hash of a JSON value."""
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:32]


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def lookup(cache: Path, name: str, files: tuple[str, ...]) -> Path | None:
    """Return the folder of an entry if it is whole: its record lists the hash of each file."""
    folder = cache / name
    with suppress(OSError, ValueError, KeyError, TypeError):
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        if all(record["files"][file] == file_hash(folder / file) for file in files):
            return folder
    return None


def keep(cache: Path, name: str, work: Path, files: tuple[str, ...], what: dict[str, Any]) -> Path:
    """Copy files of a work folder into a new entry, all or none, and return its folder."""
    cache.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=cache))
    target = cache / name
    try:
        for file in files:
            shutil.copyfile(work / file, temporary / file)
        record = {"what": what, "files": {file: file_hash(temporary / file) for file in files}}
        (temporary / RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")
        if target.exists():  # not whole, or another process was faster
            shutil.rmtree(target, ignore_errors=True)
        with suppress(OSError):
            temporary.rename(target)
        return target
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
