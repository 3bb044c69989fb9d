"""The reference model: the golden words from a file, made by the hard reference beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from db2hdl_sim.job import SimJob


def golden(job: SimJob) -> Iterator[tuple[int, str]]:
    """Yield (input word, expected output word as binary text) of each vector."""
    spec = f"0{job.output_width}b"
    with job.stimulus.open() as inputs, job.expected.open() as outputs:
        for given, expected in zip(inputs, outputs, strict=True):
            yield int(given, 16), format(int(expected, 16), spec)


def words(path: Path, first: int, last: int) -> list[int]:
    """Return the words of lines ``first`` to ``last``, counted from 0."""
    with path.open() as file:
        return [int(line, 16) for number, line in enumerate(file) if first <= number <= last]
