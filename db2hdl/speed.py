"""How many pipeline stages a clock needs: place and route, fit a line, try again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import Any

import numpy as np

from db2hdl.bundle import describe
from db2hdl.lower import lower
from db2hdl.model_file import Model
from db2hdl_hw.errors import InputError, SynthesisError
from db2hdl_hw.passes.stages import Pipeline
from db2hdl_hw.system.cache import recalled

MOST_STAGES = 64
"""The search goes no further."""

MOST_RUNS = 10
"""Place and route runs of a search."""

OVERHEAD_LEVELS = 2.0
"""The first guess: a register's own delays and the way to it, in levels of logic."""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Reached:
    """The outcome of a search.

    Attributes
    ----------
    pipeline : Pipeline
        The fewest stages found that reach the clock.
    mhz : float
        What they reach.
    tried : mapping of stages to MHz
    device : str
        On what.
    cached : list of mappings
        The syntheses among these that came from the cache: ``what``, ``made``, ``seconds`` then.
        Place and route is done anew each time.
    """

    pipeline: Pipeline
    mhz: float
    tried: Mapping[int, float] = field(default_factory=dict)
    device: str = ""
    cached: Sequence[Mapping[str, Any]] = ()


def find_pipeline(
    model: Model,
    mhz: float,
    target: str,
    *,
    top: str = "top",
    class_bits: bool = False,
    scores: bool = False,
    registered: Pipeline | None = None,
    progress: Progress | None = None,
) -> Reached:
    """Return the fewest pipeline stages with which a core reaches a clock, after place and route.

    Every run places and routes the core in a harness of shift registers, with one seed; another
    design around it, another seed or another device gives other numbers.

    Parameters
    ----------
    model : Model
    mhz : float
        The clock to reach.
    target : str
        ``ice40``, ``ecp5`` or ``gowin``.
    top, class_bits, scores
        As of ``export``.
    registered : Pipeline, optional
        Whether to register inputs and outputs.
    progress : callable, optional

    Raises
    ------
    InputError
        On a target without open place and route, or a clock that is none.
    ToolError
        If a tool is missing.
    SynthesisError
        If the clock is not reached, with the best that is; or a tool fails.
    """
    from db2hdl_hw.boards.speed import core_speed, part
    from db2hdl_hw.emit.verilog import to_verilog
    from db2hdl_hw.gateware.circuit import cut_stages
    from db2hdl_hw.gateware.operations import style_of
    from db2hdl_hw.passes import optimise

    if not 0 < mhz < 10_000:
        raise InputError(f"--target-mhz {mhz:g} is no clock in MHz")
    device, ends = part(target).name, registered or Pipeline()
    tell = progress or (lambda step: None)
    netlist = optimise(lower(model.hard, top=top, class_bits=class_bits, scores=scores))

    def levels(stages: int) -> float:
        return cut_stages(netlist, replace(ends, stages=stages), style_of(target)).levels

    def measure(stages: int) -> float:
        tell(f"placing and routing with {stages} stages for {device}")
        pipeline = replace(ends, stages=stages)
        interface = describe(model.hard, netlist, pipeline)
        versions = {"db2hdl": version("db2hdl")}
        text, _ = to_verilog(
            netlist,
            model_hash=interface.model_hash,
            versions=versions,
            pipeline=pipeline,
            target=target,
        )
        reached = core_speed(text, interface, target, mhz).fmax_mhz
        tell(f"{stages} stages reach {reached:.1f} MHz")
        return reached

    with recalled() as taken:
        tried = search(levels, measure, mhz)
    good = [stages for stages, reached in tried.items() if reached >= mhz]
    if not good:
        best = max(tried, key=lambda stages: tried[stages])
        raise SynthesisError(
            f"{mhz:g} MHz is not reached on {device}: the best is {tried[best]:.1f} MHz, with "
            f"--pipeline {best}; tried {_listed(tried)}"
        )
    return Reached(replace(ends, stages=min(good)), tried[min(good)], tried, device, taken)


def search(
    levels: Callable[[int], float], measure: Callable[[int], float], mhz: float
) -> dict[int, float]:
    """Return what was measured on the way to the fewest stages that reach a clock.

    The delay of a stage is taken for a line over its levels of logic, fitted to what was measured
    so far; the stages that it asks for are measured next. From a success the search goes down
    stage by stage until one misses.

    Parameters
    ----------
    levels : callable
        The levels of logic of so many stages; it never rises.
    measure : callable
        The clock that so many stages reach, in MHz.
    mhz : float
    """
    known: dict[int, float] = {}

    def depth(stages: int) -> float:
        return known.setdefault(stages, levels(stages))

    tried: dict[int, float] = {}
    following: int | None = 0
    while following is not None and len(tried) < MOST_RUNS:
        tried[following] = measure(following)
        following = _next(depth, tried, mhz)
    return dict(sorted(tried.items()))


def _next(depth: Callable[[int], float], tried: Mapping[int, float], mhz: float) -> int | None:
    """Return the stages to measure next; None if there is nothing left to learn."""
    good = [stages for stages, reached in tried.items() if reached >= mhz]
    if good:
        below = min(good) - 1
        return below if below >= 0 and below not in tried else None
    least = depth(MOST_STAGES)
    if depth(max(tried)) <= least:  # more registers would only delay
        return None
    wanted = _affordable(depth, tried, mhz)
    for stages in range(max(tried) + 1, MOST_STAGES + 1):
        if depth(stages) <= max(wanted, least):
            return stages
    return None


def _affordable(depth: Callable[[int], float], tried: Mapping[int, float], mhz: float) -> float:
    """Return how many levels of logic fit into a clock, by a line through what was measured."""
    x = np.array([depth(stages) for stages in tried])
    y = np.array([1000 / reached for reached in tried.values()])
    if len(set(x.tolist())) < 2:
        slope = float(y[0] / (x[0] + OVERHEAD_LEVELS))
        return 1000 / mhz / slope - OVERHEAD_LEVELS
    slope, start = (float(value) for value in np.polyfit(x, y, 1))
    return (1000 / mhz - start) / slope if slope > 0 else float(x.min())


def _listed(tried: Mapping[int, float]) -> str:
    return ", ".join(f"{stages}: {reached:.1f} MHz" for stages, reached in tried.items())
