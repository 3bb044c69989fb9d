# amaranth: UnusedElaboratable=no
"""What the transmitter sends the receiver gets, also over a bad line; in Amaranth's simulator."""

from typing import Any

import pytest
from amaranth.hdl import Module, Signal
from amaranth.sim import Simulator

from db2hdl_hw.errors import InputError
from db2hdl_hw.gateware.serial import Receiver, Transmitter


def bits_of(byte: int, stop: int = 1) -> list[int]:
    return [0, *(byte >> i & 1 for i in range(8)), stop]


def listen(levels: list[int], divisor: int) -> tuple[list[int], int]:
    """Return the bytes that a receiver gets from a level per clock, and how many were bad."""
    receiver = Receiver(divisor)
    got: list[int] = []
    bad = 0

    async def bench(context: Any) -> None:
        nonlocal bad
        for level in [1, 1, 1, *levels, *[1] * 12 * divisor]:
            context.set(receiver.rx, level)
            await context.tick()
            if context.get(receiver.valid):
                got.append(context.get(receiver.data))
            bad += context.get(receiver.bad)

    simulator = Simulator(receiver)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return got, bad


def line(data: bytes, divisor: int) -> list[int]:
    return [bit for byte in data for bit in bits_of(byte) for _ in range(divisor)]


@pytest.mark.parametrize("divisor", [4, 5, 16])
def test_bytes_back_to_back(divisor: int) -> None:
    data = bytes((0, 255, 0x55, 0xAA, 0x7E, 1, 128))
    assert listen(line(data, divisor), divisor) == (list(data), 0)


@pytest.mark.parametrize("change", [-2, 2])
def test_a_sender_that_is_slower_or_faster(change: int) -> None:
    data = bytes((0, 255, 0x55, 0xAA))
    assert listen(line(data, 50 + change), 50) == (list(data), 0)


@pytest.mark.parametrize("divisor", [4, 8])
def test_a_spike_in_any_clock_changes_nothing(divisor: int) -> None:
    levels: list[int] = []
    clocks = range(divisor // 2, 9 * divisor)
    for clock in clocks:
        spiked = line(b"\x5a", divisor)
        spiked[clock] ^= 1
        levels += spiked
    assert listen(levels, divisor) == ([0x5A] * len(clocks), 0)


def test_a_short_low_is_no_byte() -> None:
    assert listen([0, 0, *[1] * 40, *line(b"\x33", 16)], 16) == ([0x33], 0)


def test_a_byte_without_a_stop_bit_is_bad_and_the_line_must_rise() -> None:
    held = [bit for bit in bits_of(7, stop=0) for _ in range(8)] + [0] * 300 + [1] * 8
    assert listen([*held, *line(b"\x33", 8)], 8) == ([0x33], 1)


def test_the_transmitter_keeps_to_8n1() -> None:
    divisor, data = 5, bytes((0x00, 0xFF, 0x7E))
    sender = Transmitter(divisor)
    levels: list[int] = []

    async def bench(context: Any) -> None:
        waiting = list(data)
        context.set(sender.valid, 1)
        for _ in range(33 * divisor):
            if not waiting:
                context.set(sender.valid, 0)
            else:
                context.set(sender.data, waiting[0])
                if context.get(sender.ready):
                    waiting.pop(0)
            await context.tick()
            levels.append(context.get(sender.tx))

    m = Module()
    m.submodules.sender = sender
    m.d.sync += Signal().eq(0)
    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    assert levels[:2] == [0, 0]
    assert listen(levels, divisor) == (list(data), 0)


@pytest.mark.parametrize("unit", [Receiver, Transmitter])
def test_a_bit_of_too_few_clocks_is_refused(unit: Any) -> None:
    with pytest.raises(InputError, match="at least 4 clocks, not 3"):
        unit(3)
