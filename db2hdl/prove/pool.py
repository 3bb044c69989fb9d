"""Run tasks in processes of their own, a few at a time; kill those that are out of time."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from db2hdl.prove.result import LinkResult
from db2hdl.prove.task import READY, Task
from db2hdl_hw import errors
from db2hdl_hw.errors import Db2hdlError
from db2hdl_hw.prove.equal import NOT_PROVED
from db2hdl_hw.system.processes import WORKER, Child, environment, python, start
from db2hdl_hw.system.temporary import scratch

POLL_SECONDS = 0.02

GRACE_SECONDS = 30.0
"""How much longer than its timeout a worker may live: reading files is not counted by it."""

Done = Callable[[Task, LinkResult], None]


@dataclass
class _Worker:
    task: Task
    process: Child
    started: float
    result: Path
    log: Path
    ready: Path


def run_tasks(tasks: Iterable[Task], jobs: int, done: Done) -> None:
    """Run all tasks, at most ``jobs`` at a time; ``done`` is told each result as it comes.

    Raises
    ------
    Db2hdlError
        What a worker reported as an error; the other workers are stopped then.
    """
    waiting = list(tasks)
    running: list[_Worker] = []
    with scratch("prove") as folder:
        try:
            while waiting or running:
                while waiting and len(running) < jobs:
                    running.append(_start(waiting.pop(0), folder))
                for worker in list(running):
                    if _ended(worker):
                        _kill(worker)  # what it started, should it be killed itself
                        running.remove(worker)
                        done(worker.task, _collect(worker))
                time.sleep(POLL_SECONDS)
        finally:
            for worker in running:
                _kill(worker)


def _start(task: Task, folder: Path) -> _Worker:
    place = Path(tempfile.mkdtemp(dir=folder))
    (place / "task.json").write_text(task.dumps())
    log = place / "log"
    command = python("db2hdl.prove.worker", "task.json", "result.json")
    env = environment(OMP_NUM_THREADS="1")
    with log.open("wb") as file:
        process = start(command, place, file, env=env, limits=WORKER)
    return _Worker(task, process, time.monotonic(), place / "result.json", log, place / READY)


def _ended(worker: _Worker) -> bool:
    limit = worker.task.timeout
    if worker.process.poll() is not None:
        return True
    if not worker.ready.is_file():
        worker.started = time.monotonic()
    elif limit is not None and time.monotonic() - worker.started > limit + GRACE_SECONDS:
        _kill(worker)
        return True
    return False


def _kill(worker: _Worker) -> None:
    worker.process.end()


def _collect(worker: _Worker) -> LinkResult:
    """Return the result of a worker that ended; one that left none did not prove anything."""
    seconds = time.monotonic() - worker.started
    if not worker.result.is_file():
        why = _why(worker, seconds)
        return LinkResult(worker.task.name, NOT_PROVED, seconds=seconds, why=why)
    record = json.loads(worker.result.read_text())
    if "result" in record:
        return LinkResult.from_json(record["result"])
    kind = getattr(errors, record["kind"], Db2hdlError)
    raise kind(record["error"])


def _why(worker: _Worker, seconds: float) -> str:
    code = worker.process.returncode
    if worker.task.timeout is not None and seconds > worker.task.timeout:
        return f"stopped after {seconds:.0f} s"
    if code is not None and code < 0:
        return f"the prover was killed by signal {-code}"
    lines = worker.log.read_text(errors="replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return f"the prover ended with exit code {code}: {last}"[:300]
