"""The UART shell: a core, a pair of wires, and frames between them (docs/reference/shells.md)."""

from __future__ import annotations

from amaranth.hdl import C, Cat, ClockDomain, ClockSignal, Instance, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from db2hdl_hw.emit.interface import Interface
from db2hdl_hw.errors import InputError
from db2hdl_hw.frames import PROTOCOL, Identity
from db2hdl_hw.gateware.framer import Answerer, Framer
from db2hdl_hw.gateware.serial import Receiver, Transmitter, check_divisor

TIMEOUT_BITS = 1 << 14
"""Bits without a byte after which a frame is given up: 142 ms at 115,200 baud.

Hosts with USB in between may pause for tens of milliseconds.
"""

DIVIDED = "shell_clock"
"""The register that is the divided clock, where there is one."""

CLOCK, RECEIVE, SEND = "clk", "rx", "tx"
"""The ports of the shell."""


def identity(interface: Interface) -> Identity:
    """Return what the shell of a core says it is."""
    return Identity(PROTOCOL, interface.input_width, interface.output_width, interface.model_hash)


class UartShell(wiring.Component):
    """A core behind a UART: a request frame in, an answer frame out.

    The core's input word is a register and so is its output word; the core is one path between
    them, so that the clock that place and route reaches is the one at which it works. Latency
    from the stop bit of a request's last flag to the start bit of the answer: 5 to 7 clocks.

    Parameters
    ----------
    interface : Interface
        Of the core; its Verilog is instantiated by name. A pipelined core runs all the
        time; its answer is taken when it has long been there.
    divisor : int
        Clocks a bit, at least 4, of the divided clock.
    timeout_bits : int
        Bits without a byte after which a frame is given up.
    clock_divider : int
        The whole shell works at the frequency of ``clk`` divided by this: 1 or an even number.

    Attributes
    ----------
    clk, rx : In(1)
    tx : Out(1)

    Raises
    ------
    InputError
        If the divisor is too small, the divider is odd, or the core's latency too long.
    """

    def __init__(
        self,
        interface: Interface,
        divisor: int,
        *,
        timeout_bits: int = TIMEOUT_BITS,
        clock_divider: int = 1,
    ) -> None:
        check_divisor(divisor)
        if clock_divider != 1 and (clock_divider < 1 or clock_divider % 2):
            raise InputError(f"the clock can be divided by even numbers, not by {clock_divider}")
        if interface.latency + 2 > 20 * divisor:
            raise InputError(
                f"the core's latency, {interface.latency} clocks, is longer than the checksum of a "
                f"request takes, {20 * divisor}; use a lower baud rate"
            )
        self._interface, self._divisor = interface, divisor
        self._timeout, self._divider = timeout_bits * divisor, clock_divider
        super().__init__({CLOCK: In(1), RECEIVE: In(1), SEND: Out(1, init=1)})

    def elaborate(self, platform: object) -> Module:
        """Build the module (called by Amaranth)."""
        m = Module()
        self._clock(m)
        face = self._interface
        m.submodules.receiver = receiver = Receiver(self._divisor)
        m.submodules.framer = framer = Framer(face.input_width, self._timeout)
        who = identity(face).to_bytes()
        m.submodules.answerer = answerer = Answerer(who, face.output_width)
        m.submodules.transmitter = transmitter = Transmitter(self._divisor)
        self._core(m, framer.word, answerer.word)
        m.d.comb += [
            receiver.rx.eq(self.rx),
            self.tx.eq(transmitter.tx),
            transmitter.data.eq(answerer.data),
            transmitter.valid.eq(answerer.valid),
            answerer.ready.eq(transmitter.ready),
        ]
        m.d.comb += [getattr(framer, n).eq(getattr(receiver, n)) for n in ("data", "valid", "bad")]
        m.d.comb += [
            getattr(answerer, n).eq(getattr(framer, n)) for n in ("done", "fault", "kind", "tag")
        ]
        return m

    def _clock(self, m: Module) -> None:
        """Make the shell's clock; registers start with their initial values, there is no reset."""
        shell = ClockDomain("sync", reset_less=True)
        m.domains += shell
        shell.clk = self.clk
        if self._divider == 1:
            return
        board = ClockDomain("board", reset_less=True)
        m.domains += board
        half = self._divider // 2
        divided = Signal(name=DIVIDED)
        count = Signal(range(max(2, half)))
        board.clk, shell.clk = self.clk, divided
        m.d.board += count.eq(count + 1)
        with m.If(count == half - 1):
            m.d.board += [count.eq(0), divided.eq(~divided)]

    def _core(self, m: Module, word_in: Signal, word_out: Signal) -> None:
        face = self._interface
        ports: dict[str, object] = {}
        low = 0
        for port in face.inputs:
            ports[f"i_{port.name}"] = word_in[low : low + port.width]
            low += port.width
        outputs = [Signal(port.width, name=port.name) for port in face.outputs]
        for out, signal in zip(face.outputs, outputs, strict=True):
            ports[f"o_{out.name}"] = signal
        if face.clocking is not None:  # a result each clock; the one that is taken has settled
            ports[f"i_{face.clocking.clock}"] = ClockSignal()
            ports[f"i_{face.clocking.reset}"] = C(0)
            ports[f"i_{face.clocking.in_valid}"] = C(1)
        m.submodules.core = Instance(face.top, **ports)
        m.d.comb += word_out.eq(Cat(*outputs))
