"""Start the worker, tell its progress, and leave no process behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

Progress = Callable[[str, int, int], None]
"""Called with the stage, ``build`` or ``run``, and how many vectors of how many are done."""

POLL_SECONDS = 0.2


def run_worker(
    folder: Path,
    plan: Mapping[str, Any],
    env: Mapping[str, str],
    total: int,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Run ``db2hdl_sim.worker`` on a plan; return its status: ``stage``, ``error``.

    Whatever is raised meanwhile (Ctrl-C, too), all processes of the worker are ended first.
    """
    (folder / "plan.json").write_text(json.dumps(plan))
    command = [sys.executable, "-P", "-m", "db2hdl_sim.worker", str(folder)]
    with (folder / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait(process, folder, total, progress)
        finally:
            _end(process)
    status = folder / "status.json"
    if not status.is_file():
        stage = "run" if (folder / "built").exists() else "build"
        return {"stage": stage, "error": f"it ended with code {process.returncode}"}
    answer: dict[str, Any] = json.loads(status.read_text())
    return answer


def _wait(
    process: subprocess.Popen[bytes], folder: Path, total: int, progress: Progress | None
) -> None:
    while True:
        try:
            process.wait(POLL_SECONDS)
            return
        except subprocess.TimeoutExpired:
            if progress is not None:
                progress(*_stage(folder), total)


def _stage(folder: Path) -> tuple[str, int]:
    try:
        stage, done = (folder / "progress").read_text().split()
    except (OSError, ValueError):
        # Not there yet.
        return ("run", 0) if (folder / "built").exists() else ("build", 0)
    return stage, int(done)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the worker's whole session; a build cut short is known by its missing ``built``."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdin is not None:
        process.stdin.close()
