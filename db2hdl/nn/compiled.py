"""Compiled kernels: a C++ file of this package, built on first use and kept in the user's cache.

A kept library is sealed, and checked byte for byte before it is loaded, from a copy that no other
process knows: a damaged one is built again. A plain shared library with a C interface: it builds
in about two seconds where a torch extension takes a minute, and depends on neither the version of
torch nor that of Python. Without a C++ compiler, or with ``DB2HDL_KERNELS=portable`` in the
environment, callers use their torch path; ``REASONS`` says why. ``DB2HDL_KERNELS=compiled`` makes
it an error that they cannot be had.
No ``-ffast-math``: it flushes denormals, and with them the sign of soft-bits; and no fused
multiply-add, because results shall be those of torch bit for bit.
"""

from __future__ import annotations

import ctypes
import os
import platform
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

from db2hdl_hw.errors import ToolError
from db2hdl_hw.system.cache import Cache, digest, file_hash
from db2hdl_hw.system.processes import run, which
from db2hdl_hw.system.temporary import scratch
from db2hdl_hw.system.text import shown

FLAGS = (
    *("-std=c++17", "-O3", "-shared", "-fPIC", "-pthread"),
    *("-ffp-contract=off", "-fno-trapping-math"),  # same results; the second lets loops vectorise
)
COMPILERS = ("c++", "g++", "clang++")
BUILD_SECONDS = 120

REASONS: dict[str, str] = {}
"""Why ``library`` gave None, by name."""


@cache
def library(name: str) -> ctypes.CDLL | None:
    """Return the library built from ``db2hdl/nn/<name>.cpp``, or None where it cannot be had.

    The first use of a source, compiler and processor builds it, with one line on stderr. When that
    fails the reason is one line on stderr, and None.

    Raises
    ------
    ToolError
        If there is no library and the environment says ``DB2HDL_KERNELS=compiled``.
    """
    wanted = os.environ.get("DB2HDL_KERNELS", "")
    REASONS.pop(name, None)
    if wanted == "portable":
        REASONS[name] = "DB2HDL_KERNELS=portable"
        return None
    compiler = find_compiler()
    source = Path(__file__).with_name(f"{name}.cpp")
    if compiler is None:
        REASONS[name] = "no C++ compiler"
    else:
        try:
            return loaded(build(source, compiler))
        except (OSError, ToolError, subprocess.SubprocessError) as error:
            REASONS[name] = reason(error)
            _say(f"compiled kernels are off, the portable ones are used ({REASONS[name]})")
    if wanted == "compiled":
        raise ToolError(f"DB2HDL_KERNELS=compiled, but: {REASONS[name]}; install g++, or unset it")
    return None


def find_compiler() -> str | None:
    """Return the path of a C++ compiler: ``$CXX``, else the first of COMPILERS on the path."""
    wanted = os.environ.get("CXX")
    found = (which(name) for name in ((wanted,) if wanted else COMPILERS))
    path = next(filter(None, found), None)
    return None if path is None else str(Path(path).absolute())


def build(source: Path, compiler: str, cache: Cache | None = None) -> bytes:
    """Return the shared library of ``source``, building it unless it is in the cache.

    Its key is a hash of source, compiler, flags and processor; what is built is loaded once before
    it is kept.

    Raises
    ------
    OSError, subprocess.SubprocessError
        If there is no room to build in, or the compiler fails.
    """
    kept, started = cache or Cache("kernels"), time.monotonic()
    version = _run([compiler, "--version"])
    told = [version, file_hash(compiler), *FLAGS, _processor()]
    key = f"{source.stem}-{digest([source.read_text(), compiler, *told])}"
    entry = kept.get(key)
    if entry is not None:
        return entry.content
    where = f"once; kept in {kept.folder}" if kept.usable else "not kept: there is no cache"
    _say(f"building {source.name} with {Path(compiler).name} ({where})")
    with scratch("kernels") as folder:
        built = folder / "kernel.so"
        command = [compiler, *FLAGS, str(source), "-o", str(built)]
        try:
            _run([*command, "-march=native"])
        except subprocess.CalledProcessError:  # not every compiler knows every processor
            _run(command)
        content = built.read_bytes()
    loaded(content)
    kept.put(key, content, time.monotonic() - started)
    return content


def loaded(content: bytes) -> ctypes.CDLL:
    """Return a library from its bytes, by way of a private copy that nobody can change meanwhile.

    Raises
    ------
    OSError
        If they are no library.
    """
    with scratch("kernels") as folder:
        copy = folder / "kernel.so"
        copy.write_bytes(content)
        return ctypes.CDLL(str(copy))


def reason(error: Exception) -> str:
    """Return one line of what a compiler or the system said."""
    if isinstance(error, subprocess.CalledProcessError):
        lines = (error.stderr or "").strip().splitlines()
        return next((line for line in lines if "error" in line), f"exit code {error.returncode}")
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _run(command: list[str]) -> str:
    with scratch("kernels") as folder:
        done = run(command, folder, timeout=BUILD_SECONDS)
    done.check_returncode()
    return done.stdout


def _processor() -> str:
    """Return what tells processors apart: a library for one may not run on another."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return f"{platform.machine()} {platform.processor()} {platform.node()}"
    told = sorted({line for line in lines if line.startswith(("flags", "Features", "model name"))})
    return "\n".join([platform.machine(), *told])


def _say(line: str) -> None:
    sys.stderr.write(f"db2hdl: {shown(line)}\n")
