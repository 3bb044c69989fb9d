"""The one way to start a child process.

Every child has an absolute path, an environment of known variables only, a working folder that its
caller names, no standard input, limits, and dies with this process and with all it has started.
Interpreters are isolated: nothing in the current folder, in ``PYTHON…`` or in the user's packages
is ever imported.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from db2hdl_hw.errors import ToolError
from db2hdl_hw.system import supervisor
from db2hdl_hw.system.home import state_base, tool_environment
from db2hdl_hw.system.sandbox import Sandbox

PASSED_ON = (
    *("HOME", "XDG_CACHE_HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "OMP_NUM_THREADS"),
    *("SYSTEMROOT", "DB2HDL_KERNELS", "DB2HDL_CACHE"),
)
"""All that a child has of the user's environment, beside the absolute folders of PATHS."""

PATHS = ("PATH", "LD_LIBRARY_PATH")

GB = 1 << 30
_PAGES = ("SC_PAGE_SIZE", "SC_PHYS_PAGES")


@dataclass(frozen=True)
class Limits:
    """What a child may use, each process of it by itself.

    Attributes
    ----------
    seconds : float or None
        From its start, by the clock.
    memory : int or None
        Bytes of address space.
    file : int
        Bytes of the largest file that it may write.
    processes : int
        Of this user at the same time; the system does not count root's.
    addresses : int
        Bytes of address space without which it does not even start.
    """

    seconds: float | None = 86_400.0
    memory: int | None = None
    file: int = 64 * GB
    processes: int = 16_384
    addresses: int = 0

    def words(self) -> str:
        """Return what the supervisor sets."""
        numbers = {"RLIMIT_CORE": 0, "RLIMIT_FSIZE": self.file, "RLIMIT_NPROC": self.processes}
        if self.memory is not None:
            numbers["RLIMIT_AS"] = self.memory
        return ",".join(f"{name}={number}" for name, number in numbers.items())


def _all_memory() -> int:
    """Return the bytes of memory of this machine, at least 8 GB."""
    try:
        size, count = (os.sysconf(name) for name in _PAGES)
    except (AttributeError, ValueError, OSError):
        return 8 * GB
    return max(8 * GB, size * count)


QUESTION = Limits(seconds=60.0, memory=8 * GB, file=GB)
"""A program that is asked for its version."""

TOOL = Limits(memory=_all_memory())
"""A compiler, simulator, synthesiser or prover."""

WORKER = Limits(seconds=None)
"""A process of our own, which has limits of its own for what it starts."""

WASM = Limits(addresses=5 * GB)
"""A WebAssembly program: it reserves far more addresses than it uses."""


class Child:
    """A process that was started here, with all that it has started."""

    def __init__(
        self, process: subprocess.Popen[bytes], line: int | None, *, boxed: bool = False
    ) -> None:
        self._process, self._line, self._boxed = process, line, boxed

    @property
    def returncode(self) -> int | None:
        """The exit code; negative, the signal that ended it; None while it runs."""
        code = self._process.returncode
        return None if code is None else self._told(code)

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        self._process.poll()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code, or raise ``subprocess.TimeoutExpired``."""
        return self._told(self._process.wait(timeout))

    def _told(self, code: int) -> int:
        """Return the code of the program itself: a sandbox tells a signal as 128 and its number."""
        return 128 - code if self._boxed and 128 < code <= 192 else code

    def end(self) -> None:
        """End it and all that it has started; nothing of them runs when this returns."""
        if self._line is None:
            self._process.kill()
        else:
            os.close(self._line)
            self._line = None
        self._process.wait()


def start(
    command: Sequence[str],
    folder: Path,
    output: IO[bytes] | int,
    *,
    env: Mapping[str, str] | None = None,
    limits: Limits = TOOL,
    sandbox: Sandbox | None = None,
    errors: int = subprocess.STDOUT,
    stdin: int = subprocess.DEVNULL,
) -> Child:
    """Start a program; whoever calls this must ``end`` it.

    Parameters
    ----------
    command : sequence of str
        The first is the absolute path of the program.
    folder : Path
        Its working folder.
    output : file
        Where what it prints goes, errors too.
    env : mapping, optional
        Its whole environment, by default ``environment()``.
    sandbox : Sandbox, optional
        What it may see of the machine, where the system can hide the rest.

    Raises
    ------
    ToolError
        If the path is not absolute or no program, or this process may not have the address space
        that the program needs.
    """
    program = Path(command[0])
    if not program.is_absolute():
        raise ToolError(f"{program} is not started: its path is not absolute")
    if not os.access(program, os.X_OK) or program.is_dir():
        raise ToolError(f"{program} does not start: it is missing or no program")
    _check_addresses(limits)
    environ = dict(environment() if env is None else env)
    full = list(command) if sandbox is None else sandbox.command(command, folder, environ)
    if os.name != "posix":
        process = subprocess.Popen(
            full, cwd=folder, env=environ, stdin=stdin, stdout=output, stderr=errors
        )
        return Child(process, None)
    theirs, ours = os.pipe()
    try:
        process = subprocess.Popen(
            [*_python(), "-S", supervisor.__file__, str(theirs), limits.words(), *full],
            cwd=folder,
            env=environ,
            stdin=stdin,
            stdout=output,
            stderr=errors,
            pass_fds=(theirs,),
            start_new_session=True,
        )
    except BaseException as error:
        os.close(ours)
        if isinstance(error, OSError):
            raise ToolError(f"{program} does not start: {error.strerror}") from error
        raise
    finally:
        os.close(theirs)
    return Child(process, ours, boxed=full[0] != command[0])


def _check_addresses(limits: Limits) -> None:
    """Refuse to start what would end in an error of some library that nobody understands."""
    if not limits.addresses:
        return
    try:
        import resource
    except ImportError:  # no such limits on this system
        return
    allowed = resource.getrlimit(resource.RLIMIT_AS)[0]
    if allowed != resource.RLIM_INFINITY and allowed < limits.addresses:
        raise ToolError(
            f"WebAssembly tools reserve {limits.addresses / GB:g} GB of addresses (they use far "
            f"less memory), and this shell allows {allowed / GB:.1f} GB; set ulimit -v unlimited"
        )


@contextmanager
def started(
    command: Sequence[str],
    folder: Path,
    output: IO[bytes] | int,
    *,
    env: Mapping[str, str] | None = None,
    limits: Limits = TOOL,
    sandbox: Sandbox | None = None,
    stdin: int = subprocess.DEVNULL,
) -> Iterator[Child]:
    """Yield a program that was started as by ``start``, and end it with the block."""
    child = start(command, folder, output, env=env, limits=limits, sandbox=sandbox, stdin=stdin)
    try:
        yield child
    finally:
        child.end()


def run(
    command: Sequence[str],
    folder: Path,
    *,
    env: Mapping[str, str] | None = None,
    limits: Limits = TOOL,
    sandbox: Sandbox | None = None,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and return its exit code and what it printed.

    Raises
    ------
    ToolError
        As ``start``.
    subprocess.TimeoutExpired
        If it takes longer than ``timeout`` seconds, or than its limits say.
    """
    given = [seconds for seconds in (timeout, limits.seconds) if seconds is not None]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = start(
            command,
            folder,
            out,
            env=env,
            limits=limits,
            sandbox=sandbox,
            errors=err.fileno(),
        )
        try:
            code = child.wait(min(given) if given else None)
        finally:
            child.end()
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    if code == supervisor.NOT_STARTED and "does not start" in texts[1]:
        raise ToolError(texts[1].strip())
    return subprocess.CompletedProcess(list(command), code, *texts)


def wait(child: Child, timeout: float | None, poll_seconds: float = 0.2) -> int | None:
    """Return the exit code, None if it runs after so many seconds; looks for Ctrl-C meanwhile."""
    end = None if timeout is None else time.monotonic() + timeout
    while end is None or time.monotonic() < end:
        with suppress(subprocess.TimeoutExpired):
            return child.wait(poll_seconds)
    return None


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a child: known variables of the user's, and some more."""
    env = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    for name in PATHS:
        parts = os.environ.get(name, os.defpath if name == "PATH" else "").split(os.pathsep)
        kept = [part for part in parts if Path(part).is_absolute()]
        if name == "PATH":  # a tool that asks for "python" gets this one
            kept.insert(0, str(Path(_python()[0]).parent))
        if kept:
            env[name] = os.pathsep.join(kept)
    env = tool_environment(env)
    state = state_base()
    if state is not None:
        env["XDG_STATE_HOME"] = str(state)
    return {**env, "PYTHONNOUSERSITE": "1", "PYTHONSAFEPATH": "1", **more}


def which(program: str) -> str | None:
    """Return the path of a program in the absolute folders of PATH; None if it is in none.

    ``.`` in PATH would be the folder where the user is, which may be somebody else's bundle.
    """
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    kept = [folder for folder in folders if Path(folder).is_absolute()]
    return shutil.which(program, path=os.pathsep.join(kept)) if kept else None


def python(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of an installed package, isolated."""
    return [*_python(), "-m", module, *arguments]


def python_code(code: str, *arguments: str) -> list[str]:
    """Return the command that runs Python code, isolated."""
    return [*_python(), "-c", code, *arguments]


def _python() -> list[str]:
    return [str(Path(sys.executable).absolute()), "-I"]


def signal_name(code: int) -> str:
    """Return the name of the signal in a negative exit code."""
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"


def die_with_parent() -> None:
    """Let this process, which another of ours has just started, be killed when that dies."""
    supervisor.prctl(supervisor.PDEATHSIG, signal.SIGKILL)
