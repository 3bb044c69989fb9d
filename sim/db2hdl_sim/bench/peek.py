"""The bench that looks inside: replay vectors, then tell the output word."""

from __future__ import annotations

from typing import Any

import cocotb
from cocotb.triggers import Timer

from db2hdl_sim.bench.clocked import Cycles
from db2hdl_sim.bench.driver import Driver
from db2hdl_sim.bench.monitor import Monitor
from db2hdl_sim.bench.reference import words
from db2hdl_sim.bench.setting import Setting


@cocotb.test()
async def peek(dut: Any) -> None:
    """Drive the vectors ``first`` to ``last``; answer with the output word after the last."""
    setting = Setting()
    setting.check_ports(dut)
    replay = setting.replay()
    monitor = Monitor(dut, setting.job.outputs)
    given = words(setting.job.stimulus, replay["first"], replay["last"])
    if setting.job.clocking is None:
        driver, settle = Driver(dut, setting.job.inputs), Timer(1, "ns")
        for word in given:
            driver.drive(word)
            await settle
    else:
        cycles = Cycles(dut, setting.job)
        await cycles.reset()
        # A word that stays for the whole latency has reached every net.
        for word in given:
            for _ in range(setting.job.latency + 1):
                await cycles.cycle(word, valid=True)
    setting.answer({"output": monitor.sample()})
