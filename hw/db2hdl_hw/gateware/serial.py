"""Bytes over one wire, 8N1: a receiver that votes on each bit, and a transmitter."""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

from db2hdl_hw.errors import InputError

LEAST_DIVISOR = 4
"""Clocks a bit: fewer have no three samples around the middle."""

SYNC_STAGES = 2


def check_divisor(divisor: int) -> None:
    """Raise ``InputError`` unless a bit has clocks enough for three samples."""
    if divisor < LEAST_DIVISOR:
        raise InputError(
            f"a UART bit must last at least {LEAST_DIVISOR} clocks, not {divisor}; "
            "use a faster clock or a lower baud rate"
        )


class Receiver(wiring.Component):
    """Receive bytes, 8N1, the least significant bit first.

    Each bit is the majority of three samples, an eighth of a bit apart around its middle, so that
    a spike shorter than that changes nothing. After a byte without a stop bit the line must be
    high before the next one can start. About 40 LUTs.

    Parameters
    ----------
    divisor : int
        Clocks a bit, at least 4.

    Attributes
    ----------
    rx : In(1)
        The wire, not synchronised; high when idle.
    data : Out(8)
        The last byte.
    valid : Out(1)
        High for one clock when ``data`` is new.
    bad : Out(1)
        High for one clock when a byte had no stop bit.

    Raises
    ------
    InputError
        If the divisor is too small.
    """

    def __init__(self, divisor: int) -> None:
        check_divisor(divisor)
        self._divisor = divisor
        super().__init__({"rx": In(1), "data": Out(8), "valid": Out(1), "bad": Out(1)})

    def elaborate(self, platform: object) -> Module:
        """Build the module (called by Amaranth)."""
        m = Module()
        apart, middle = max(1, self._divisor // 8), self._divisor // 2
        line = Signal(init=1)
        samples = Signal(2)
        timer = Signal(range(self._divisor))
        count = Signal(range(10))
        bit = Signal()
        m.submodules.sync = FFSynchronizer(self.rx, line, init=1, stages=SYNC_STAGES)
        m.d.comb += bit.eq((samples.all()) | (samples.any() & line))
        m.d.sync += [self.valid.eq(0), self.bad.eq(0)]
        with m.FSM(name="receive"):
            with m.State("IDLE"):
                m.d.sync += [timer.eq(1), count.eq(0)]
                with m.If(~line):
                    m.next = "BITS"
            with m.State("BITS"):
                m.d.sync += timer.eq(timer + 1)
                with m.If(timer == self._divisor - 1):
                    m.d.sync += timer.eq(0)
                with m.If((timer == middle - apart) | (timer == middle)):
                    m.d.sync += samples.eq(Cat(line, samples[0]))
                with m.If(timer == middle + apart):
                    m.d.sync += count.eq(count + 1)
                    with m.If(count == 9):
                        m.d.sync += [self.valid.eq(bit), self.bad.eq(~bit)]
                        with m.If(bit):
                            m.next = "IDLE"
                        with m.Else():
                            m.next = "REST"
                    with m.Elif(count != 0):
                        m.d.sync += self.data.eq(Cat(self.data[1:], bit))
                    with m.Elif(bit):  # no start bit, only a spike
                        m.next = "IDLE"
            with m.State("REST"), m.If(line):
                m.next = "IDLE"
        return m


class Transmitter(wiring.Component):
    """Send bytes, 8N1, the least significant bit first. About 30 LUTs.

    Parameters
    ----------
    divisor : int
        Clocks a bit, at least 4.

    Attributes
    ----------
    data : In(8)
    valid : In(1)
        Whether to send ``data``; taken in a clock in which ``ready`` is high.
    ready : Out(1)
    tx : Out(1)
        The wire; high when idle.

    Raises
    ------
    InputError
        If the divisor is too small.
    """

    def __init__(self, divisor: int) -> None:
        check_divisor(divisor)
        self._divisor = divisor
        super().__init__({"data": In(8), "valid": In(1), "ready": Out(1), "tx": Out(1, init=1)})

    def elaborate(self, platform: object) -> Module:
        """Build the module (called by Amaranth)."""
        m = Module()
        bits = Signal(9, init=0x1FF)
        left = Signal(range(11))
        timer = Signal(range(self._divisor))
        m.d.comb += self.ready.eq(left == 0)
        with m.If(self.ready), m.If(self.valid):
            m.d.sync += [self.tx.eq(0), bits.eq(Cat(self.data, 1)), left.eq(10), timer.eq(0)]
        with m.Elif(timer == self._divisor - 1):
            m.d.sync += [timer.eq(0), left.eq(left - 1)]
            with m.If(left != 1):
                m.d.sync += [self.tx.eq(bits[0]), bits.eq(Cat(bits[1:], 1))]
        with m.Else():
            m.d.sync += timer.eq(timer + 1)
        return m
