"""Run a simulation and judge its outcome; whatever is not a complete comparison is an error."""

from __future__ import annotations

import json
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from db2hdl_hw.errors import InputError, MismatchError, NotProvedError, ToolError
from db2hdl_hw.system.reading import plain_copy
from db2hdl_hw.system.sandbox import Sandbox
from db2hdl_hw.tools import Tool, find_verilator
from db2hdl_sim.bench.setting import VARIABLE
from db2hdl_sim.build import (
    build_arguments,
    build_sandbox,
    environment,
    find_simulator,
    test_arguments,
    waves_file,
)
from db2hdl_sim.job import SimJob, check_files
from db2hdl_sim.logs import last_line, loop, mention, refusal
from db2hdl_sim.process import Progress, run_worker, stage
from db2hdl_sim.result import SimResult, make_result
from db2hdl_sim.wrapper import MANY_PORTS, TOP, wrap

PATIENCE, BYTES_A_SECOND = 60.0, 10_000
"""Seconds without a sign of progress that are too long, and so much Verilog for one more."""

NO_REST = "did not converge"
"""What Verilator says when it stops on a loop."""

COMPARE = "db2hdl_sim.bench.compare"


@dataclass(frozen=True)
class Outcome:
    """A bench that came to its end: its answer, the tool, and how long both stages took."""

    answer: dict[str, Any]
    tool: Tool
    folder: Path
    build_seconds: float
    failed: int


def simulate(job: SimJob, progress: Progress | None = None) -> SimResult:
    """Build the design, drive every vector, and compare every output word.

    Parameters
    ----------
    job : SimJob
        What to do.
    progress : callable, optional
        Called several times a second with (stage, vectors done, vectors in all).

    Returns
    -------
    SimResult
        With all mismatches counted; look at ``passed``.

    Raises
    ------
    InputError
        If a file is missing, the RTL does not compile, or its ports are not the job's.
    ToolError
        If the simulator is missing, too old, or died, or compared fewer vectors than it was
        given; names the log.
    """
    check_files(job)
    job.build_dir.mkdir(parents=True, exist_ok=True)
    wide = len(job.inputs) + len(job.outputs) > MANY_PORTS
    driven = wrap(job) if wide else job
    outcome = run_bench(driven, COMPARE, "waves" if job.waves else "", progress=progress)
    _check_complete(job, outcome)
    waves = waves_file(driven, outcome.folder) if job.waves else None
    if waves is not None and not waves.is_file():
        raise ToolError(f"{outcome.tool} wrote no waves; log: {outcome.folder / 'run.log'}")
    return make_result(
        job,
        outcome.answer,
        simulator=str(outcome.tool),
        build_seconds=outcome.build_seconds,
        waves=waves,
    )


def run_bench(
    job: SimJob,
    module: str,
    variant: str,
    *,
    replay: dict[str, Any] | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Build in a folder of its own below ``job.build_dir``, and run one bench to its end.

    Raises
    ------
    InputError, ToolError
        As ``simulate``.
    """
    tool = find_simulator(job.simulator)
    folder = _fresh_folder(job, variant)
    given, job = job, _plain(job, folder)
    (folder / "job.json").write_text(job.dumps())
    if replay is not None:
        (folder / "replay.json").write_text(json.dumps(replay))
    plan = {
        "simulator": job.simulator,
        "build": build_arguments(job, folder),
        "test": test_arguments(job, folder, module, {VARIABLE: str(folder)}),
    }
    # A replay is one vector: what counts is how fast it builds.
    env = environment(tool, job, optimise=replay is None)
    started = time.time()
    patience = PATIENCE + sum(path.stat().st_size for path in job.rtl) / BYTES_A_SECOND
    try:
        status = run_worker(
            folder,
            plan,
            env,
            job.vectors,
            progress,
            timeout=job.timeout,
            patience=patience,
            sandbox=_sandbox(job),
        )
    except NotProvedError as error:
        net = "" if stage(folder)[1] else _loop(job, folder)
        raise (_no_end(net) if net else error) from error
    _check_status(job, given, tool, folder, status)
    answer = _read_answer(given, tool, folder)
    seconds = (folder / "built").stat().st_mtime - started
    return Outcome(answer, tool, folder, max(0.0, seconds), _failed_tests(tool, folder))


def _fresh_folder(job: SimJob, variant: str) -> Path:
    """Return the folder of a build; a finished build is kept, so that it may be reused."""
    name = f"{job.simulator}-{variant}" if variant else job.simulator
    folder = job.build_dir.absolute() / name
    if folder.exists() and not (folder / "built").exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    stale = ("built", "status.json", "bench.json", "progress", "results.xml", "run.log")
    for file in (*stale, waves_file(job, folder).name):
        (folder / file).unlink(missing_ok=True)
    return folder


def _sandbox(job: SimJob) -> Sandbox:
    seen = build_sandbox()
    return replace(seen, writable=(*seen.writable, job.build_dir.absolute()))


def _plain(job: SimJob, folder: Path) -> SimJob:
    """Return the job with copies of its Verilog, whose names no tool reads as anything else."""
    files = enumerate(job.rtl)
    return replace(job, rtl=tuple(plain_copy(p, folder / "rtl" / str(n)) for n, p in files))


def _check_status(
    job: SimJob, given: SimJob, tool: Tool, folder: Path, status: dict[str, Any]
) -> None:
    if status["stage"] == "build":
        log = folder / "build.log"
        reason = refusal(log, job.rtl)
        if reason:
            for copy, file in zip(job.rtl, given.rtl, strict=True):
                reason = reason.replace(str(copy), str(file.absolute()))
            raise InputError(f"{tool} refuses the RTL: {reason}")
        said = last_line(log) or last_line(folder / "worker.log")
        raise ToolError(
            f"{tool} could not build the design, {status['error']}; last line: {said}; log: {log}"
        )
    if job.top == TOP:
        complaint = mention(folder / "build.log", job.rtl[-1])
        if complaint:
            raise InputError(f"the RTL's top has not the ports of the interface: {complaint}")
    if status["error"] and not (folder / "bench.json").is_file():
        net = loop(folder / "build.log")
        if net and NO_REST in (folder / "run.log").read_text(errors="replace"):
            raise _no_end(net)
        raise _died(tool, folder, status["error"])


def _loop(job: SimJob, folder: Path) -> str:
    """Return a net on a combinational loop; nothing if there is none, or Verilator is missing."""
    log = folder / "build.log"
    if job.simulator != "verilator":
        with suppress(ToolError):
            done = find_verilator().run(
                ["--lint-only", "-Wno-fatal", "--no-timing", "--top-module", job.top, *job.rtl],
                cwd=folder,
                sandbox=Sandbox(),
            )
            log = folder / "loop.log"
            log.write_text(done.stdout + done.stderr)
    return loop(log)


def _no_end(net: str) -> MismatchError:
    return MismatchError(f"the Verilog has a combinational loop through {net}: it comes to no rest")


def _died(tool: Tool, folder: Path, why: str) -> ToolError:
    log = folder / "run.log"
    done = (folder / "progress").read_text() if (folder / "progress").is_file() else "run 0"
    return ToolError(
        f"{tool} died after at least {done.split()[-1]} vectors, {why}; last line: "
        f"{last_line(log) or last_line(folder / 'worker.log')}; log: {log}"
    )


def _read_answer(job: SimJob, tool: Tool, folder: Path) -> dict[str, Any]:
    file = folder / "bench.json"
    if not file.is_file():
        raise _died(tool, folder, "the bench did not come to its end")
    try:
        answer: dict[str, Any] = json.loads(file.read_text())
    except ValueError as error:
        raise ToolError(f"{file} is cut off: {error}") from error
    if "bad_port" in answer:
        raise InputError(f"{job.rtl[0]}: the module {job.top!r} {answer['bad_port']}")
    return answer


def _failed_tests(tool: Tool, folder: Path) -> int:
    from xml.etree.ElementTree import ParseError

    from cocotb_tools.check_results import get_results

    try:
        tests, failures = get_results(folder / "results.xml")
    except (RuntimeError, ParseError, ValueError) as error:
        raise ToolError(f"{tool}: no test results: {error}") from error
    if tests != 1:
        raise ToolError(f"{tool} ran {tests} tests instead of 1; log: {folder / 'run.log'}")
    return failures


def _check_complete(job: SimJob, outcome: Outcome) -> None:
    compared, mismatches = outcome.answer["compared"], len(outcome.answer["mismatches"])
    if compared != job.vectors:
        raise ToolError(
            f"{outcome.tool} compared {compared} of {job.vectors} vectors; log: "
            f"{outcome.folder / 'run.log'}"
        )
    late = (outcome.answer["latency"] or {"wrong": 0})["wrong"]
    if bool(outcome.failed) != bool(mismatches or late):
        raise ToolError(
            f"{outcome.tool}: {mismatches + late} mismatches, but {outcome.failed} failed tests; "
            f"log: {outcome.folder / 'run.log'}"
        )
