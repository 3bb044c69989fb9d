"""Start the worker, tell its progress, and leave no process behind."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from db2hdl_hw.errors import NotProvedError
from db2hdl_hw.system.processes import TOOL, Child, python, started
from db2hdl_hw.system.sandbox import Sandbox

Progress = Callable[[str, int, int], None]
"""Called with the stage, ``build`` or ``run``, and how many vectors of how many are done."""

POLL_SECONDS = 0.2


def run_worker(
    folder: Path,
    plan: Mapping[str, Any],
    env: Mapping[str, str],
    total: int,
    progress: Progress | None = None,
    *,
    timeout: float | None = None,
    patience: float = 60.0,
    sandbox: Sandbox | None = None,
) -> dict[str, Any]:
    """Run ``db2hdl_sim.worker`` on a plan; return its status: ``stage``, ``error``.

    Whatever is raised meanwhile (Ctrl-C, too), all processes of the worker are ended first.

    Parameters
    ----------
    timeout : float, optional
        Seconds for the stage ``run``. Without it, the run is ended only if for ``patience``
        seconds no progress is told.
    sandbox : Sandbox, optional
        What it may see, where the system can hide the rest.

    Raises
    ------
    NotProvedError
        If it is out of time.
    """
    (folder / "plan.json").write_text(json.dumps(plan))
    command = python("db2hdl_sim.worker", str(folder))
    with (
        (folder / "worker.log").open("wb") as log,
        started(command, folder, log, env=env, limits=TOOL, sandbox=sandbox) as process,
    ):
        _wait(process, folder, total, progress, _Clock(timeout, patience))
    status = folder / "status.json"
    if not status.is_file():
        stage = "run" if (folder / "built").exists() else "build"
        return {"stage": stage, "error": f"it ended with code {process.returncode}"}
    answer: dict[str, Any] = json.loads(status.read_text())
    return answer


class _Clock:
    """Knows how long the run has taken, and since when nothing new was told."""

    def __init__(self, timeout: float | None, patience: float) -> None:
        self._timeout, self._patience = timeout, patience
        self._stage, self._done = "build", 0
        self._started = self._changed = time.monotonic()

    def note(self, stage: str, done: int) -> None:
        """Take note of how far it is; raise an error if that takes too long."""
        now = time.monotonic()
        if stage != self._stage:
            self._started = self._changed = now
        if done != self._done:
            self._changed = now
        self._stage, self._done = stage, done
        if stage == "build":
            return
        if self._timeout is not None:
            if now - self._started > self._timeout:
                raise NotProvedError(
                    f"no end of simulation within {self._timeout:g} s, {done} vectors are done; "
                    "give it more with --timeout"
                )
        elif now - self._changed > self._patience:
            raise NotProvedError(
                f"no end of simulation: after vector {done} nothing was heard for "
                f"{self._patience:.0f} s; a combinational loop? (--timeout sets a limit)"
            )


def _wait(
    process: Child,
    folder: Path,
    total: int,
    progress: Progress | None,
    clock: _Clock,
) -> None:
    while True:
        try:
            process.wait(POLL_SECONDS)
            return
        except subprocess.TimeoutExpired:
            reached, done = stage(folder)
            clock.note(reached, done)
            if progress is not None:
                progress(reached, done, total)


def stage(folder: Path) -> tuple[str, int]:
    """Return the stage that a worker has reached, and how many vectors it says are done."""
    try:
        name, done = (folder / "progress").read_text().split()
    except (OSError, ValueError):
        # Not there yet.
        return ("run", 0) if (folder / "built").exists() else ("build", 0)
    return name, int(done)
