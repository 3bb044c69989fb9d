"""The bench that looks inside: replay vectors, then tell the output word."""

from __future__ import annotations

from typing import Any

import cocotb
from cocotb.triggers import Timer

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
    driver = Driver(dut, setting.job.inputs)
    monitor = Monitor(dut, setting.job.outputs)
    settle = Timer(1, "ns")
    for word in words(setting.job.stimulus, replay["first"], replay["last"]):
        driver.drive(word)
        await settle
    setting.answer({"output": monitor.sample()})
