"""Requests out of received bytes: flags, escapes, checksum, length; and answers into bytes."""

from __future__ import annotations

from amaranth.hdl import Array, C, Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.crc.catalog import CRC16_IBM_3740
from amaranth.lib.wiring import In, Out

from db2hdl_hw.frames import CRC_BYTES, ESCAPE, FLAG, FLIP, HEAD, Fault, Kind


class Framer(wiring.Component):
    """Take bytes, find the requests among them.

    The input word is a shift register: byte 0 of a request's payload ends in its low bits. It
    holds still from the last byte of the payload on, at least 20 bits before ``done``, until the
    payload of the next frame.

    Parameters
    ----------
    input_bits : int
        Of the core's input word.
    timeout : int
        Clocks without a byte, inside a frame, after which the frame is given up.

    Attributes
    ----------
    data, valid, bad
        From a ``Receiver``.
    word : Out(8 * bytes)
        The payload of the last classify request; the core's input word is in the low bits.
    done : Out(1)
        High for one clock at the end of a frame, good or bad.
    fault : Out(3)
        With ``done``: 0 of a good request, else one of ``Fault``.
    kind, tag : Out(8)
        With ``done``: the first two bytes of the frame, 0 if it had less.
    """

    def __init__(self, input_bits: int, timeout: int) -> None:
        self._bytes = -(-input_bits // 8)
        self._timeout = timeout
        super().__init__(
            {
                "data": In(8),
                "valid": In(1),
                "bad": In(1),
                "word": Out(8 * self._bytes),
                "done": Out(1),
                "fault": Out(3),
                "kind": Out(8),
                "tag": Out(8),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the module (called by Amaranth)."""
        m = Module()
        m.submodules.crc = crc = CRC16_IBM_3740(data_width=8).create()
        inside = Signal()
        escaped = Signal()
        broken = Signal()
        late = Signal()
        count = Signal(range(HEAD + self._bytes + CRC_BYTES + 2))
        idle = Signal(range(self._timeout + 1))
        body = Signal()
        flag = Signal()
        m.d.comb += [
            flag.eq(self.valid & (self.data == FLAG)),
            late.eq(inside & (count != 0) & (idle == self._timeout)),
            body.eq(self.valid & inside & ~flag & (escaped | (self.data != ESCAPE))),
            crc.data.eq(self.data ^ Mux(escaped, FLIP, 0)),
            crc.valid.eq(body),
            crc.start.eq(flag),
            self.done.eq((flag & inside & ((count != 0) | escaped | broken)) | late),
            self.fault.eq(self._fault(late, broken | escaped, ~crc.match_detected, count)),
        ]
        m.d.sync += idle.eq(Mux(self.valid | self.bad | late, 0, idle + 1))
        self._take(m, body, crc.data, count)
        with m.If(self.valid & inside):
            m.d.sync += escaped.eq(~escaped & (self.data == ESCAPE))
        with m.If(self.bad):
            m.d.sync += broken.eq(1)
        with m.If(flag | late):
            m.d.sync += [inside.eq(flag), escaped.eq(0), broken.eq(0), count.eq(0)]
            m.d.sync += [self.kind.eq(0), self.tag.eq(0)]
        return m

    def _take(self, m: Module, body: Signal, byte: Signal, count: Signal) -> None:
        """Put a byte of a frame where it belongs."""
        with m.If(body):
            with m.If(count != HEAD + self._bytes + CRC_BYTES + 1):
                m.d.sync += count.eq(count + 1)
            with m.If(count == 0):
                m.d.sync += self.kind.eq(byte)
            with m.Elif(count == 1):
                m.d.sync += self.tag.eq(byte)
            with m.Elif((count < HEAD + self._bytes) & (self.kind == Kind.CLASSIFY)):
                m.d.sync += self.word.eq(Cat(self.word[8:], byte))

    def _fault(self, late: Signal, broken: Signal, wrong: Signal, count: Signal) -> Mux:
        who, classify = self.kind == Kind.WHO, self.kind == Kind.CLASSIFY
        least = HEAD + CRC_BYTES
        length = Mux(who, count != least, count != least + self._bytes)
        fault = Mux(~(who | classify), Fault.UNKNOWN, Mux(length, Fault.LENGTH, 0))
        fault = Mux(wrong | (count < least), Fault.CHECKSUM, fault)
        return Mux(late, Fault.TIMEOUT, Mux(broken, Fault.FRAMING, fault))


class Answerer(wiring.Component):
    """Send one answer for each request; what comes while one is being sent is an overrun.

    Parameters
    ----------
    identity : bytes
        The payload of the answer to ``WHO``.
    output_bits : int
        Of the core's output word.

    Attributes
    ----------
    done, fault, kind, tag
        From a ``Framer``.
    word : In(output_bits)
        The core's output word, taken in the clock of ``done``.
    data, valid, ready
        To a ``Transmitter``.
    """

    def __init__(self, identity: bytes, output_bits: int) -> None:
        self._identity = identity
        self._bytes = -(-output_bits // 8)
        super().__init__(
            {
                "done": In(1),
                "fault": In(3),
                "kind": In(8),
                "tag": In(8),
                "word": In(output_bits),
                "data": Out(8),
                "valid": Out(1),
                "ready": In(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the module (called by Amaranth)."""
        m = Module()
        busy = Signal()
        kind = Signal(8)
        tag = Signal(8)
        fault = Signal(3)
        missed = Signal()
        missed_tag = Signal(8)
        result = Signal(8 * self._bytes)
        m.submodules.sender = sender = _Sender(max(len(self._identity), self._bytes))
        payload = Mux(kind == Kind.IS, self._who(sender.index), result[:8])
        m.d.comb += [
            sender.start.eq(busy),
            sender.kind.eq(kind),
            sender.tag.eq(tag),
            sender.payload.eq(Mux(kind == Kind.ERROR, fault, payload)),
            sender.length.eq(
                Mux(kind == Kind.ERROR, 1, Mux(kind == Kind.IS, len(self._identity), self._bytes))
            ),
            self.data.eq(sender.data),
            self.valid.eq(sender.valid),
            sender.ready.eq(self.ready),
        ]
        with m.If(sender.taken):
            m.d.sync += result.eq(result[8:])
        with m.If(sender.finished):
            m.d.sync += busy.eq(0)
        with m.If(~busy & missed):
            m.d.sync += [busy.eq(1), missed.eq(0)]
            m.d.sync += [kind.eq(Kind.ERROR), tag.eq(missed_tag), fault.eq(Fault.OVERRUN)]
        with m.If(self.done):
            with m.If(busy | missed):
                m.d.sync += [missed.eq(1), missed_tag.eq(self.tag)]
            with m.Else():
                good = Mux(self.kind == Kind.WHO, Kind.IS, Kind.ANSWER)
                m.d.sync += [busy.eq(1), kind.eq(Mux(self.fault == 0, good, Kind.ERROR))]
                m.d.sync += [tag.eq(self.tag), fault.eq(self.fault), result.eq(self.word)]
        return m

    def _who(self, index: Signal) -> Array:
        return Array(C(byte, 8) for byte in self._identity)[index]


class _Sender(wiring.Component):
    """Send a frame: flag, kind, tag, ``length`` bytes of payload, checksum, flag."""

    def __init__(self, longest: int) -> None:
        super().__init__(
            {
                "start": In(1),
                "kind": In(8),
                "tag": In(8),
                "payload": In(8),
                "length": In(range(longest + 1)),
                "index": Out(range(longest + 1)),
                "taken": Out(1),
                "finished": Out(1),
                "data": Out(8),
                "valid": Out(1),
                "ready": In(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the module (called by Amaranth)."""
        m = Module()
        m.submodules.check = crc = CRC16_IBM_3740(data_width=8).create()
        byte = Signal(8)
        escaped = Signal()
        step = Signal()
        plain = Signal()
        special = Signal()
        m.d.comb += [
            crc.data.eq(byte),
            special.eq(((byte == FLAG) | (byte == ESCAPE)) & ~plain & ~escaped),
            self.data.eq(Mux(special, ESCAPE, byte ^ Mux(escaped, FLIP, 0))),
            step.eq(self.valid & self.ready & ~special),
        ]
        with m.If(self.valid & self.ready):
            m.d.sync += escaped.eq(special)
        with m.FSM(name="send"):
            with m.State("FLAG"):
                m.d.comb += [byte.eq(FLAG), plain.eq(1), crc.start.eq(1), self.valid.eq(self.start)]
                m.d.sync += self.index.eq(0)
                self._next(m, step, "KIND")
            with m.State("KIND"):
                m.d.comb += [byte.eq(self.kind), self.valid.eq(1), crc.valid.eq(step)]
                self._next(m, step, "TAG")
            with m.State("TAG"):
                m.d.comb += [byte.eq(self.tag), self.valid.eq(1), crc.valid.eq(step)]
                self._next(m, step, "PAYLOAD")
            with m.State("PAYLOAD"):
                m.d.comb += [byte.eq(self.payload), self.valid.eq(1), crc.valid.eq(step)]
                m.d.comb += self.taken.eq(step)
                with m.If(step):
                    m.d.sync += self.index.eq(self.index + 1)
                self._next(m, step & (self.index == self.length - 1), "CRC_HIGH")
            with m.State("CRC_HIGH"):
                m.d.comb += [byte.eq(crc.crc[8:]), self.valid.eq(1)]
                self._next(m, step, "CRC_LOW")
            with m.State("CRC_LOW"):
                m.d.comb += [byte.eq(crc.crc[:8]), self.valid.eq(1)]
                self._next(m, step, "END")
            with m.State("END"):
                m.d.comb += [byte.eq(FLAG), plain.eq(1), self.valid.eq(1)]
                m.d.comb += self.finished.eq(step)
                self._next(m, step, "FLAG")
        return m

    @staticmethod
    def _next(m: Module, step: Signal, state: str) -> None:
        with m.If(step):
            m.next = state
