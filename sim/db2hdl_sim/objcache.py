"""Compile a C++ file, or take its object from a cache: Verilator's own library never changes.

Used as Verilator's ``OBJCACHE``: ``python objcache.py FOLDER COMPILER ARGUMENTS``. Only files of
Verilator's ``include`` folder are cached; they are nine tenths of the time that a small design
takes to build. Every other file goes straight to the compiler. No db2hdl import, to start fast.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path


def main(argv: list[str]) -> int:
    """Run one compiler command; return its exit code."""
    folder, command = Path(argv[0]), argv[1:]
    source, target = Path(command[-1]), _target(command)
    if target is None or source.suffix != ".cpp" or not _is_library(source):
        return subprocess.call(command)
    cached = folder / f"{_key(command, source)}.o"
    if cached.is_file():
        shutil.copyfile(cached, target)
        return 0
    code = subprocess.call(command)
    if code == 0:
        _keep(Path(target), cached)
    return code


def _target(command: list[str]) -> str | None:
    return command[command.index("-o") + 1] if "-c" in command and "-o" in command else None


def _is_library(source: Path) -> bool:
    return source.name.startswith("verilated") and (source.parent / "verilated.h").is_file()


def _key(command: list[str], source: Path) -> str:
    """Return a digest of the command, the compiler and all files of the library."""
    compiler = shutil.which(command[0]) or command[0]
    files = [Path(compiler).resolve(), *sorted(source.parent.glob("*.[hc]*"))]
    stats = [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return hashlib.sha256(repr((command, stats)).encode()).hexdigest()[:32]


def _keep(target: Path, cached: Path) -> None:
    """Copy an object into the cache; a cache that cannot be written is not used."""
    temporary = cached.with_suffix(f".{os.getpid()}")
    try:
        cached.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(target, temporary)
        temporary.replace(cached)
    except OSError:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
