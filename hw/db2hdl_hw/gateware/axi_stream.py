"""The AXI4-Stream shell: frames of beats in, a frame of beats out (docs/reference/shells.md)."""

from __future__ import annotations

from amaranth.hdl import (
    Array,
    C,
    Cat,
    ClockDomain,
    ClockSignal,
    Elaboratable,
    Instance,
    Module,
    Mux,
    ResetSignal,
    Signal,
    Value,
)
from amaranth.lib import wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out

from db2hdl_hw.emit.interface import Interface
from db2hdl_hw.errors import InputError

WIDEST = 4096
"""Bits of the widest data bus."""

SPARE = 5
"""Results that may wait, besides those in the core: as many as it takes to give credit back."""


def beats(width: int, data_width: int) -> int:
    """Return how many beats of so many bits a word takes.

    Raises
    ------
    InputError
        If the width of the data is no multiple of 8, or out of range.
    """
    if not 8 <= data_width <= WIDEST or data_width % 8:
        raise InputError(
            f"the data width of an AXI4-Stream is a multiple of 8 in 8..{WIDEST}, not {data_width}"
        )
    return -(-width // data_width)


class AxiStreamShell(wiring.Component):
    """A core behind AXI4-Stream: every frame in is answered by one frame out, in order.

    The input word comes in ``ceil(input bits / data width)`` beats, the low bits first; the output
    word leaves likewise, padded with zeros. ``tlast`` ends a frame. A frame with fewer or more
    beats is answered, too, with ``m_axis_tuser`` high and zeros for data, so that frames and
    answers never get out of step.

    Words are assembled in a register in front of the core; results wait in a queue behind it.
    Credit for a place in the queue is taken before a frame is finished, so nothing in the
    core has to stop, and ``s_axis_tready`` is a register: no path leads from any input to it.

    Latency, from the last beat in to the first beat out: the core's and 3 cycles. Throughput: a
    beat a cycle on the side that has more of them; a frame a cycle if both words fit one beat.

    Parameters
    ----------
    interface : Interface
        Of the core.
    data_width : int
        Of ``s_axis_tdata`` and ``m_axis_tdata``: a multiple of 8.
    core : Elaboratable, optional
        The core as a component with the ports of the interface, for a design in Amaranth; without
        it, the module that the interface names is instantiated.

    Attributes
    ----------
    aclk, aresetn : In(1)
        Clock, and reset: synchronous, active low.
    s_axis_tdata, s_axis_tvalid, s_axis_tlast, s_axis_tready
        The input stream.
    m_axis_tdata, m_axis_tvalid, m_axis_tlast, m_axis_tuser, m_axis_tready
        The output stream.

    Raises
    ------
    InputError
        If the width of the data is not one.
    """

    def __init__(
        self, interface: Interface, data_width: int, *, core: Elaboratable | None = None
    ) -> None:
        self._interface, self._width, self._core = interface, data_width, core
        self.input_beats = beats(interface.input_width, data_width)
        self.output_beats = beats(interface.output_width, data_width)
        super().__init__(
            {
                "aclk": In(1),
                "aresetn": In(1),
                "s_axis_tdata": In(data_width),
                "s_axis_tvalid": In(1),
                "s_axis_tready": Out(1),
                "s_axis_tlast": In(1),
                "m_axis_tdata": Out(data_width),
                "m_axis_tvalid": Out(1),
                "m_axis_tready": In(1),
                "m_axis_tlast": Out(1),
                "m_axis_tuser": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the module (called by Amaranth)."""
        m = Module()
        m.domains.sync = ClockDomain()
        m.d.comb += [ClockSignal().eq(self.aclk), ResetSignal().eq(~self.aresetn)]
        depth = self._interface.latency + SPARE
        width = self._interface.output_width + 1
        m.submodules.queue = queue = SyncFIFOBuffered(width=width, depth=depth)
        word = Signal(self._interface.input_width, name="word")
        issue, bad, taken = Signal(name="issue"), Signal(name="bad"), Signal()
        m.d.comb += taken.eq(self.s_axis_tvalid & self.s_axis_tready)
        self._assemble(m, taken, word, issue, bad)
        result, valid, spoilt = self._through(m, word, issue, bad)
        m.d.comb += [
            queue.w_data.eq(Cat(spoilt, Mux(spoilt, C(0, len(result)), result))),
            queue.w_en.eq(valid),
        ]
        self._send(m, queue)
        self._credit(m, depth, taken & self.s_axis_tlast, queue.r_rdy & queue.r_en)
        return m

    def _assemble(self, m: Module, taken: Signal, word: Signal, issue: Signal, bad: Signal) -> None:
        """Shift beats into a register; in the cycle after the last one, ``issue`` is high."""
        count, long = Signal(range(max(2, self.input_beats))), Signal()
        register = Signal(self._width * self.input_beats, reset_less=True)
        last = count == self.input_beats - 1
        m.d.comb += word.eq(register[: len(word)])
        m.d.sync += issue.eq(taken & self.s_axis_tlast)
        with m.If(taken):
            with m.If(~long):
                m.d.sync += register.eq(Cat(register[self._width :], self.s_axis_tdata))
            m.d.sync += bad.eq(long | ~last)
            with m.If(self.s_axis_tlast):
                m.d.sync += [count.eq(0), long.eq(0)]
            with m.Elif(last):
                m.d.sync += long.eq(1)
            with m.Else():
                m.d.sync += count.eq(count + 1)

    def _through(
        self, m: Module, word: Signal, issue: Signal, bad: Signal
    ) -> tuple[Value, Value, Value]:
        """Put the word through the core; return the output word, whether it is one, and if bad."""
        face = self._interface
        result = Signal(face.output_width)
        pins: dict[str, Value] = {}
        low = 0
        for port in face.inputs:
            pins[f"i_{port.name}"] = word[low : low + port.width]
            low += port.width
        low = 0
        for out in face.outputs:
            pins[f"o_{out.name}"] = result[low : low + out.width]
            low += out.width
        valid, spoilt = issue, bad
        if face.clocking is not None:
            valid = Signal(name="valid")
            flags = Signal(face.latency, name="flags", reset_less=True)
            m.d.sync += flags.eq(Cat(bad, flags)[: face.latency])
            spoilt = flags[-1]
            pins |= {
                f"i_{face.clocking.clock}": ClockSignal(),
                f"i_{face.clocking.reset}": ResetSignal(),
                f"i_{face.clocking.in_valid}": issue,
                f"o_{face.clocking.out_valid}": valid,
            }
        self._instantiate(m, pins)
        return result, valid, spoilt

    def _instantiate(self, m: Module, pins: dict[str, Value]) -> None:
        if self._core is None:
            m.submodules.core = Instance(self._interface.top, **pins)
            return
        m.submodules.core = self._core
        for pin, value in pins.items():
            way, name = pin[0], pin[2:]
            if not hasattr(self._core, name):  # the clock of a component is its domain's
                continue
            port = getattr(self._core, name)
            m.d.comb += port.eq(value) if way == "i" else value.eq(port)

    def _send(self, m: Module, queue: SyncFIFOBuffered) -> None:
        """Send the oldest result in beats; it leaves the queue with the last of them."""
        spoilt, result = queue.r_data[0], queue.r_data[1:]
        count = Signal(range(max(2, self.output_beats)))
        last = count == self.output_beats - 1
        starts = range(0, len(result), self._width)
        parts = Array(result[at : at + self._width] for at in starts)
        m.d.comb += [
            self.m_axis_tdata.eq(parts[count]),
            self.m_axis_tvalid.eq(queue.r_rdy),
            self.m_axis_tlast.eq(last),
            self.m_axis_tuser.eq(spoilt),
            queue.r_en.eq(self.m_axis_tready & last),
        ]
        with m.If(queue.r_rdy & self.m_axis_tready):
            m.d.sync += count.eq(Mux(last, 0, count + 1))

    def _credit(self, m: Module, depth: int, finished: Value, left: Value) -> None:
        """Be ready only while there is a place in the queue for one frame more."""
        free = Signal(range(depth + 1), init=depth, name="free")
        following = Signal(range(depth + 1))
        m.d.comb += following.eq(free - finished + left)
        m.d.sync += [free.eq(following), self.s_axis_tready.eq(following != 0)]
