"""The bench: drive every vector, compare every output word."""

from __future__ import annotations

import time
from typing import Any

import cocotb
from cocotb.triggers import Timer

from db2hdl_sim.bench.driver import Driver
from db2hdl_sim.bench.monitor import Monitor
from db2hdl_sim.bench.reference import golden
from db2hdl_sim.bench.scoreboard import Scoreboard
from db2hdl_sim.bench.setting import Setting

TELL_EVERY = 500
"""Vectors between two notes of progress."""


@cocotb.test()
async def compare(dut: Any) -> None:
    """Drive, let a nanosecond pass, sample, compare; then write what was found."""
    setting = Setting()
    setting.check_ports(dut)
    driver = Driver(dut, setting.job.inputs)
    monitor = Monitor(dut, setting.job.outputs)
    scoreboard = Scoreboard(setting.job.keep)
    settle = Timer(1, "ns")
    started = time.perf_counter()
    for word, expected in golden(setting.job):
        driver.drive(word)
        await settle
        scoreboard.compare(word, expected, monitor.sample())
        if scoreboard.compared % TELL_EVERY == 0:
            setting.progress(scoreboard.compared)
    seconds = time.perf_counter() - started
    setting.answer({**scoreboard.result(), "seconds": seconds})
    assert not scoreboard.mismatches, f"{len(scoreboard.mismatches)} mismatches"
