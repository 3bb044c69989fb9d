"""Compile a C++ file, or take its object from a cache: Verilator's own library never changes.

Used as Verilator's ``OBJCACHE``: ``python objcache.py PACKAGES FOLDER COMPILER ARGUMENTS``. Only
files of Verilator's ``include`` folder are cached; they are nine tenths of the time that a small
design takes to build. Every other file goes straight to the compiler. The interpreter is started
without its packages, to be fast: PACKAGES is the folder that ``db2hdl_hw`` lies in. An empty
FOLDER is the default one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from db2hdl_hw.system.cache import Cache

MEANT = ("CPATH", "CPLUS_INCLUDE_PATH", "GCC_EXEC_PREFIX", "COMPILER_PATH", "SOURCE_DATE_EPOCH")
"""What a compiler reads from the environment."""


def main(argv: list[str]) -> int:
    """Run one compiler command; return its exit code."""
    packages, folder, command = argv[0], argv[1], argv[2:]
    source, target = Path(command[-1]), _target(command)
    if target is None or source.suffix != ".cpp" or not _is_library(source):
        return subprocess.call(command)
    if packages not in sys.path:
        sys.path.append(packages)
    from db2hdl_hw.system.cache import Cache

    cache = Cache("verilator", Path(folder) if folder else None)
    return _compile(command, source, Path(target), cache)


def _compile(command: list[str], source: Path, target: Path, cache: Cache) -> int:
    key, started = _key(command, source), time.monotonic()
    entry = cache.get(key)
    if entry is not None:
        with suppress(OSError):
            target.write_bytes(entry.content)
            return 0
    code = subprocess.call(command)
    if code == 0:
        with suppress(OSError):
            cache.put(key, target.read_bytes(), time.monotonic() - started)
    return code


def _target(command: list[str]) -> str | None:
    return command[command.index("-o") + 1] if "-c" in command and "-o" in command else None


def _is_library(source: Path) -> bool:
    return source.name.startswith("verilated") and (source.parent / "verilated.h").is_file()


def _key(command: list[str], source: Path) -> str:
    """Return a digest of the command, the compiler and all files of the library."""
    from db2hdl_hw.system.cache import digest, file_hash

    compiler = shutil.which(command[0]) or command[0]
    files = sorted(source.parent.glob("*.[hc]*"))
    hashes = [(file.name, file_hash(str(file))) for file in files]
    around = [os.environ.get(name, "") for name in MEANT]
    return digest([command, file_hash(compiler), hashes, around])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
