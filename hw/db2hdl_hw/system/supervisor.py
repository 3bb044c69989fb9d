"""Start one program with limits, and end all that it has started when it, or the caller, ends.

A program of its own, ``python -I -S supervisor.py LINE LIMITS PROGRAM ARGUMENTS``, without imports
of ours. LINE is the number of a pipe that the caller keeps open and only closes by dying, or to say
that it is enough. Whatever the program starts, in however many sessions, becomes a child of this
process when it loses its parent (on Linux), so none can get away. LIMITS is ``NAME=NUMBER,…``.
Little is imported, because every child waits for it.
"""

from __future__ import annotations

import ctypes
import os
import resource
import select
import signal
import sys

NOT_STARTED = 127
PDEATHSIG, _SUBREAPER = 1, 36


def main(line: int, limits: dict[str, int], command: list[str]) -> None:
    """Run a command to its end, and end as it does."""
    os.set_inheritable(line, False)
    prctl(_SUBREAPER, 1)
    awake, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC) if hasattr(os, "pipe2") else _pipe()
    signal.set_wakeup_fd(wake)
    ended: list[int] = []
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.signal(signal.SIGTERM, lambda number, frame: ended.append(number))
    for ignored in (signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    mine = os.getpid()
    program = os.fork()
    if program == 0:
        _become(mine, limits, command)
    poll = select.poll()
    poll.register(line, select.POLLHUP | select.POLLIN)
    poll.register(awake, select.POLLIN)
    status = None
    while status is None and not ended:
        if any(number == line for number, _ in poll.poll()):
            break
        try:
            os.read(awake, 4096)
        except BlockingIOError:
            pass
        status = _reap(program)
    _end_all(program)
    _end_as(signal.SIGKILL if status is None else status)


def _become(parent: int, limits: dict[str, int], command: list[str]) -> None:
    """Turn this new process into the program."""
    try:
        prctl(PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(NOT_STARTED)
        os.setpgid(0, 0)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them
            signal.signal(number, signal.SIG_DFL)
        for name, most in limits.items():
            what = getattr(resource, name, None)
            if what is not None:
                _, hard = resource.getrlimit(what)
                most = most if hard == resource.RLIM_INFINITY else min(most, hard)
                try:
                    resource.setrlimit(what, (most, most))
                except (ValueError, OSError):
                    pass
        os.execve(command[0], command, os.environ)
    except OSError as error:
        os.write(2, f"{command[0]} does not start: {error.strerror}\n".encode())
    os._exit(NOT_STARTED)


def _reap(program: int) -> int | None:
    """Collect the children that ended; return the program's status if it is one of them."""
    found = None
    try:
        while True:
            child, status = os.waitpid(-1, os.WNOHANG)
            if child == 0:
                break
            if child == program:
                found = status
    except ChildProcessError:
        pass
    return found


def _end_all(program: int) -> None:
    _kill(-program)
    try:
        while True:
            for child in _children():
                _kill(child)
            os.waitpid(-1, 0)
    except ChildProcessError:
        pass


def _kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except OSError:
        pass


def _children() -> list[int]:
    """Return the children of this process; nothing where the system does not tell."""
    mine = os.getpid()
    try:
        return [int(number) for number in _read(f"/proc/self/task/{mine}/children").split()]
    except OSError:
        pass
    found = []
    for name in os.listdir("/proc") if os.path.isdir("/proc") else []:
        try:
            if (
                name.isdigit()
                and int(_read(f"/proc/{name}/stat").rpartition(")")[2].split()[1]) == mine
            ):
                found.append(int(name))
        except OSError:
            pass
    return found


def _read(path: str) -> str:
    with open(path, errors="replace") as file:
        return file.read()


def _end_as(status: int) -> None:
    """End this process as the program ended: with its exit code, or by the same signal."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.WEXITSTATUS(status))


def prctl(what: int, value: int) -> None:
    """Ask for what Linux has and others have not."""
    try:
        ctypes.CDLL(None).prctl(what, value, 0, 0, 0)
    except (AttributeError, OSError):
        pass


def _pipe() -> tuple[int, int]:
    ends = os.pipe()
    for end in ends:
        os.set_blocking(end, False)
    return ends


if __name__ == "__main__":
    pairs = (pair.split("=") for pair in sys.argv[2].split(","))
    main(int(sys.argv[1]), {name: int(number) for name, number in pairs}, sys.argv[3:])
