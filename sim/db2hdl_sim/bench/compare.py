"""The bench: drive every vector, compare every output word."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from typing import Any

import cocotb
from cocotb.triggers import Timer

from db2hdl_sim.bench.clocked import Cycles, gaps, noise
from db2hdl_sim.bench.driver import Driver
from db2hdl_sim.bench.latency import LatencyWatch
from db2hdl_sim.bench.monitor import Monitor
from db2hdl_sim.bench.reference import golden
from db2hdl_sim.bench.scoreboard import Scoreboard
from db2hdl_sim.bench.setting import Setting
from db2hdl_sim.job import SimJob

TELL_EVERY = 500
"""Vectors between two notes of progress."""


@cocotb.test()
async def compare(dut: Any) -> None:
    """Drive, sample, compare; then write what was found."""
    setting = Setting()
    setting.check_ports(dut)
    scoreboard = Scoreboard(setting.job.keep)
    started = time.perf_counter()
    if setting.job.clocking is None:
        latency = None
        await _combinational(dut, setting, scoreboard)
    else:
        latency = await _pipelined(dut, setting, scoreboard)
    seconds = time.perf_counter() - started
    setting.answer({**scoreboard.result(), "latency": latency, "seconds": seconds})
    if scoreboard.mismatches:
        raise AssertionError(f"{len(scoreboard.mismatches)} mismatches")
    if latency and latency["wrong"]:
        raise AssertionError(f"the latency is not {setting.job.latency}")


async def _combinational(dut: Any, setting: Setting, scoreboard: Scoreboard) -> None:
    """Drive a word, let a nanosecond pass, sample."""
    driver = Driver(dut, setting.job.inputs)
    monitor = Monitor(dut, setting.job.outputs)
    settle = Timer(1, "ns")
    for word, expected in golden(setting.job):
        driver.drive(word)
        await settle
        scoreboard.compare(word, expected, monitor.sample())
        _tell(setting, scoreboard)


async def _pipelined(dut: Any, setting: Setting, scoreboard: Scoreboard) -> dict[str, Any]:
    """Drive words with random gaps between; each output is due ``latency`` cycles later."""
    job = setting.job
    cycles, watch = Cycles(dut, job), LatencyWatch(job.latency)
    await cycles.reset()
    inside: deque[tuple[int, str] | None] = deque([None] * job.latency)
    for given in with_gaps(job):
        inside.append(given[1])
        due = inside.popleft()
        valid, output = await cycles.cycle(given[0], given[1] is not None)
        watch.note(None if given[1] is None else given[1][1], due is not None, valid, output)
        if due is not None:
            scoreboard.compare(due[0], due[1], output)
            _tell(setting, scoreboard)
    return watch.result()


def with_gaps(job: SimJob) -> Iterator[tuple[int, tuple[int, str] | None]]:
    """Yield, for each cycle, the word on the ports and, if it counts, the pair it belongs to."""
    other = noise(job.seed, job.input_width)
    for (word, expected), wait in zip(golden(job), gaps(job.seed, job.latency), strict=False):
        for _ in range(wait):
            yield next(other), None
        yield word, (word, expected)
    for _ in range(job.latency):
        yield next(other), None


def _tell(setting: Setting, scoreboard: Scoreboard) -> None:
    if scoreboard.compared % TELL_EVERY == 0:
        setting.progress(scoreboard.compared)
