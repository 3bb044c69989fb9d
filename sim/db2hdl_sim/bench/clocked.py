"""A clock for the bench: a cycle at a time, sampled just before the rising edge."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from cocotb.triggers import Timer

from db2hdl_hw.emit.interface import Clocking
from db2hdl_hw.errors import present
from db2hdl_sim.bench.driver import Driver
from db2hdl_sim.bench.monitor import Monitor
from db2hdl_sim.job import Port, SimJob

GAP, LONGEST_GAP = 0.15, 3
"""How probable a gap is after a word, and how long it is at most, in latencies."""


class Cycles:
    """Drives a pipelined top cycle by cycle.

    Parameters
    ----------
    dut : cocotb handle
        The top module.
    job : SimJob
        With a clocking.
    """

    def __init__(self, dut: Any, job: SimJob) -> None:
        self._ports: Clocking = present(job.clocking)
        self._dut, self._latency = dut, job.latency
        self._driver, self._monitor = Driver(dut, job.inputs), Monitor(dut, job.outputs)
        self._valid = Monitor(dut, [Port(self._ports.out_valid, 1)])
        self._settle = Timer(1, "ns")
        self.done = 0

    async def cycle(self, word: int, valid: bool) -> tuple[str, str]:
        """Drive one cycle; return ``out_valid`` and the output word at the edge that ends it."""
        self._driver.drive(word)
        self._dut[self._ports.in_valid].value = int(valid)
        await self._settle
        sampled = self._valid.sample(), self._monitor.sample()
        self._dut[self._ports.clock].value = 1
        await self._settle
        self._dut[self._ports.clock].value = 0
        self.done += 1
        return sampled

    async def reset(self, word: int = 0) -> None:
        """Fill the pipeline with valid words, then reset: none of them may come out."""
        self._dut[self._ports.clock].value = 0
        self._dut[self._ports.reset].value = 0
        for _ in range(self._latency):
            await self.cycle(word, valid=True)
        self._dut[self._ports.reset].value = 1
        await self.cycle(word, valid=True)
        self._dut[self._ports.reset].value = 0


def gaps(seed: int, latency: int) -> Iterator[int]:
    """Yield how many cycles to wait before each word: mostly none, sometimes many."""
    random = Random(seed)
    while True:
        waits = random.random() < GAP
        yield random.randint(1, LONGEST_GAP * max(1, latency)) if waits else 0


def noise(seed: int, width: int) -> Iterator[int]:
    """Yield words for the cycles without a valid one: they must not count."""
    random = Random(~seed)
    while True:
        yield random.getrandbits(width)
