"""Obligations shared out among processes: each is a question by itself, so order means nothing.

A process reads the graph from a file, and is told which obligations to decide. The first ones are
decided here: most proofs are done before a process would have started.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import numpy as np

from db2hdl_hw.errors import NotProvedError
from db2hdl_hw.prove import engine_abc, engine_sat
from db2hdl_hw.prove.cone import Nodes
from db2hdl_hw.prove.engine_sat import Answer, Keep
from db2hdl_hw.prove.memory import Memory
from db2hdl_hw.prove.reduce import Obligation
from db2hdl_hw.system.processes import die_with_parent
from db2hdl_hw.system.temporary import scratch

SAFE_PATH = "PYTHONSAFEPATH"

ALONE_SECONDS = 0.5
"""How long this process works before it asks for help."""

MOST = 256
"""Obligations in one part."""

FEW = 16
"""Obligations between looks at the clock."""

Sizes = Sequence[int | None]
Said = TypeVar("Said")


@dataclass(frozen=True)
class _Stored:
    """The columns of a graph, read from a file."""

    left: list[int]
    right: list[int]


class Crew:
    """Decides obligations, alone or with help; a context manager.

    Parameters
    ----------
    jobs : int
        Processes that may work at a time; 1: only this one.
    memory : Memory, optional
        What need not be proved again, and where proofs are noted.
    """

    def __init__(self, jobs: int = 1, memory: Memory | None = None) -> None:
        self._jobs = jobs
        self._memory = memory or Memory()
        self._pool: ProcessPoolExecutor | None = None
        self._open = ExitStack()
        self._folder: Path | None = None
        self._stored = 0

    def __enter__(self) -> Crew:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Write what was proved and end the processes."""
        self._memory.save()
        if self._pool is not None:
            self._pool.shutdown(wait=kind is None, cancel_futures=True)
        self._open.close()

    def sat(
        self,
        graph: Nodes,
        obligations: Sequence[Obligation],
        deadline: float | None,
        keep: Keep | None = None,
        most: int | None = None,
    ) -> list[Answer]:
        """Return the SAT solver's answer to each obligation, in cones of at most so many gates."""
        alone = partial(engine_sat.decide, graph, deadline=deadline, memory=self._memory, most=most)
        if self._jobs == 1 or keep is not None:
            return alone(obligations, keep=keep)
        answers: list[Answer] = []
        started = time.monotonic()
        while len(answers) < len(obligations):
            if time.monotonic() - started > ALONE_SECONDS:
                rest = obligations[len(answers) :]
                parts = self._shared(_sat, graph, rest, [most] * len(rest), deadline)
                return answers + [answer for part in parts for answer in part]
            answers += alone(obligations[len(answers) : len(answers) + FEW])
        return answers

    def abc(
        self,
        graph: Nodes,
        obligations: Sequence[Obligation],
        sizes: Sizes,
        deadline: float | None,
    ) -> bool | None:
        """Return whether ABC says that all obligations hold; sizes of cones are hints."""
        if self._jobs == 1 or len(obligations) <= MOST:
            return engine_abc.decide(
                graph, obligations, sizes, deadline=deadline, memory=self._memory
            )
        said = self._shared(_abc, graph, obligations, sizes, deadline)
        return False if False in said else None if None in said else True

    def _shared(
        self,
        work: Callable[[str, Sequence[Obligation], Sizes, float | None], Said],
        graph: Nodes,
        obligations: Sequence[Obligation],
        sizes: Sizes,
        deadline: float | None,
    ) -> list[Said]:
        """Return what processes make of each part, in order."""
        self._memory.save()
        size = max(1, min(MOST, len(obligations) // (8 * self._jobs)))
        path, pool = self._store(graph), self._processes()
        with _safe_path():  # processes start as work is given to them
            futures = [
                pool.submit(
                    work, path, obligations[at : at + size], sizes[at : at + size], deadline
                )
                for at in range(0, len(obligations), size)
            ]
        try:
            return [future.result() for future in futures]
        except BrokenProcessPool as error:
            raise NotProvedError("a process that proved obligations was killed") from error

    def _processes(self) -> ProcessPoolExecutor:
        if self._pool is None:
            path = self._memory.path
            self._pool = ProcessPoolExecutor(self._jobs, get_context("spawn"), _begin, (path,))
        return self._pool

    def _store(self, graph: Nodes) -> str:
        """Write the columns of a graph into a new file and return its name."""
        if self._folder is None:
            self._folder = self._open.enter_context(scratch("crew"))
        self._stored += 1
        path = self._folder / f"{self._stored}.npy"
        np.save(path, np.array([graph.left, graph.right], np.int64))
        return str(path)


@contextmanager
def _safe_path() -> Iterator[None]:
    """Let processes that start inside import nothing from the current folder."""
    before = os.environ.get(SAFE_PATH)
    os.environ[SAFE_PATH] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[SAFE_PATH]
        else:
            os.environ[SAFE_PATH] = before


_memory = Memory()
"""Of a process of the crew."""


def _begin(path: Path | None) -> None:
    global _memory
    die_with_parent()
    _memory = Memory(path)


@lru_cache(maxsize=1)
def _read(path: str) -> _Stored:
    left, right = np.load(path).tolist()
    return _Stored(left, right)


def _sat(
    path: str, obligations: Sequence[Obligation], sizes: Sizes, deadline: float | None
) -> list[Answer]:
    answers = engine_sat.decide(
        _read(path), obligations, deadline=deadline, memory=_memory, most=sizes[0]
    )
    _memory.save()
    return answers


def _abc(
    path: str, obligations: Sequence[Obligation], sizes: Sizes, deadline: float | None
) -> bool | None:
    held = engine_abc.decide(_read(path), obligations, sizes, deadline=deadline, memory=_memory)
    _memory.save()
    return held
