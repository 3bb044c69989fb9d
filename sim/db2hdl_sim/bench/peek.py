"""The bench that looks inside: replay vectors, then read nets by their paths."""

from __future__ import annotations

import re
from typing import Any

import cocotb
from cocotb.triggers import Timer

from db2hdl_sim.bench.driver import Driver
from db2hdl_sim.bench.monitor import Monitor
from db2hdl_sim.bench.reference import words
from db2hdl_sim.bench.setting import Setting


@cocotb.test()
async def peek(dut: Any) -> None:
    """Drive the vectors ``first`` to ``last`` and read the output word and every path."""
    setting = Setting()
    setting.check_ports(dut)
    replay = setting.replay()
    driver = Driver(dut, setting.job.inputs)
    monitor = Monitor(dut, setting.job.outputs)
    settle = Timer(1, "ns")
    for word in words(setting.job.stimulus, replay["first"], replay["last"]):
        driver.drive(word)
        await settle
    values = {path: read(dut, path) for path in replay["paths"]}
    setting.answer({"output": monitor.sample(), "values": values})


def read(dut: Any, path: str) -> str | None:
    """Return a bit, 0, 1, X or Z, or None if the design has no such net.

    A path is names with dots between, which may start with the top's name and end in ``[bit]``.
    """
    path, bit = _split(path)
    names = path.split(".")
    if len(names) > 1 and names[0] == dut._name:
        names = names[1:]
    handle = dut
    try:
        for name in names:
            handle = handle[name]
        text = str(handle.value)
    except (KeyError, AttributeError, IndexError, TypeError):
        return None
    return text[-1 - bit] if bit < len(text) else None


def _split(path: str) -> tuple[str, int]:
    found = re.fullmatch(r"(.*)\[(\d+)\]", path)
    return (found[1], int(found[2])) if found else (path, 0)
