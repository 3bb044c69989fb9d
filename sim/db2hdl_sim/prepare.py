"""From a bundle's interface and words to a job: writes the vector files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from db2hdl_hw.emit.interface import Interface
from db2hdl_hw.emit.vectors import write_hex
from db2hdl_hw.errors import InputError
from db2hdl_sim.job import Port, SimJob
from db2hdl_sim.stimulus import VectorSet, combine


def make_job(
    interface: Interface,
    bundle: Path,
    sets: Sequence[VectorSet],
    expected: ArrayLike,
    build_dir: Path,
    *,
    simulator: str = "verilator",
    waves: bool = False,
    seed: int = 0,
) -> SimJob:
    """Write ``stimulus.hex`` and ``expected.hex`` into ``build_dir`` and return the job.

    Parameters
    ----------
    interface : Interface
        The ports, the RTL files and where the nets are.
    bundle : Path
        The folder the interface's paths start from.
    sets : sequence of VectorSet
        What to drive.
    expected : booleans [rows, output width]
        What must come out, for the words of all sets one after the other.
    build_dir : Path
        Made if it is missing.
    seed : int
        Of the random gaps between the words of a pipelined top.

    Raises
    ------
    InputError
        On zero vectors, or another number of expected words than of input words.
    """
    words, sources = combine(sets)
    golden_words = np.asarray(expected, dtype=np.bool_)
    if len(golden_words) != len(words):
        raise InputError(f"{len(words)} vectors but {len(golden_words)} expected words")
    build_dir.mkdir(parents=True, exist_ok=True)
    stimulus, golden = build_dir / "stimulus.hex", build_dir / "expected.hex"
    write_hex(stimulus, words)
    write_hex(golden, golden_words)
    nets = bundle / interface.nets
    return SimJob(
        rtl=tuple(bundle / path for path in interface.rtl),
        top=interface.top,
        inputs=tuple(Port(port.name, port.width) for port in interface.inputs),
        outputs=tuple(Port(port.name, port.width) for port in interface.outputs),
        stimulus=stimulus,
        expected=golden,
        sources=sources,
        build_dir=build_dir,
        simulator=simulator,
        waves=waves,
        nets=nets if nets.is_file() else None,
        latency=interface.latency,
        clocking=interface.clocking,
        seed=seed,
    )
