"""Frames of the UART shell, as the host makes and reads them; docs/reference/shells.md.

A frame is ``FLAG type tag payload… crc_high crc_low FLAG``. Between the flags a byte that is FLAG
or ESCAPE is sent as ESCAPE and the byte XOR ``FLIP``, so that a flag can only ever be the edge of
a frame: whatever came before it, the next one starts afresh. The CRC is CRC-16/IBM-3740 (also
called CCITT-FALSE) of type, tag and payload, before escaping.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass
from enum import IntEnum

PROTOCOL = 1
"""The version that a ``WHO`` answer starts with."""

FLAG, ESCAPE, FLIP = 0x7E, 0x7D, 0x20
HEAD = 2
"""Bytes before the payload: type and tag."""

CRC_BYTES = 2
CRC_START = 0xFFFF
HASH_BYTES = 32
MAX_BODY = 1 << 20
"""Bytes between two flags, as sent; what is longer is noise."""

WHO_BYTES = 1 + 4 + 4 + HASH_BYTES
"""The payload of the answer to ``WHO``: protocol, input bits, output bits, model hash."""


class Kind(IntEnum):
    """The first byte of a frame."""

    WHO = 0x01
    CLASSIFY = 0x02
    IS = 0x81
    ANSWER = 0x82
    ERROR = 0xEE


class Fault(IntEnum):
    """The payload of an ``ERROR`` frame: why a request was not answered."""

    CHECKSUM = 1
    LENGTH = 2
    UNKNOWN = 3
    OVERRUN = 4
    FRAMING = 5
    TIMEOUT = 6


FAULTS = {
    Fault.CHECKSUM: "bad checksum",
    Fault.LENGTH: "wrong length",
    Fault.UNKNOWN: "unknown type",
    Fault.OVERRUN: "overrun: the answer before it was still being sent",
    Fault.FRAMING: "a byte without a stop bit",
    Fault.TIMEOUT: "the frame stopped in the middle",
}
"""What each fault is called in messages."""


@dataclass(frozen=True)
class Frame:
    """A frame whose checksum was right.

    Attributes
    ----------
    kind : int
        One of ``Kind``, unless the other side knows more kinds.
    tag : int
        0..255; an answer has the tag of its request.
    payload : bytes
    """

    kind: int
    tag: int
    payload: bytes = b""

    def to_bytes(self) -> bytes:
        """Return what goes over the line, flags and all."""
        body = bytes((self.kind, self.tag)) + self.payload
        body += binascii.crc_hqx(body, CRC_START).to_bytes(CRC_BYTES, "big")
        return bytes((FLAG,)) + escape(body) + bytes((FLAG,))


def escape(body: bytes) -> bytes:
    """Return bytes with no FLAG among them; ``unescape`` undoes it."""
    out = bytearray()
    for byte in body:
        out += bytes((ESCAPE, byte ^ FLIP)) if byte in (FLAG, ESCAPE) else bytes((byte,))
    return bytes(out)


def unescape(sent: bytes) -> bytes:
    """Return the bytes that ``escape`` was given."""
    out, escaped = bytearray(), False
    for byte in sent:
        if not escaped and byte == ESCAPE:
            escaped = True
            continue
        out.append(byte ^ FLIP if escaped else byte)
        escaped = False
    return bytes(out)


class Deframer:
    """Takes bytes as they come and gives the frames in them; noise between frames is counted.

    Attributes
    ----------
    damaged : int
        How many times something between two flags was no frame.
    """

    def __init__(self) -> None:
        self.damaged = 0
        self._body: bytearray | None = None

    def feed(self, data: bytes) -> list[Frame]:
        """Return the frames that these bytes complete."""
        frames = []
        for byte in data:
            if byte != FLAG:
                if self._body is not None:
                    self._body.append(byte)
                    if len(self._body) > MAX_BODY:
                        self.damaged, self._body = self.damaged + 1, None
                continue
            frame = _read(bytes(self._body)) if self._body else None
            if frame is not None:
                frames.append(frame)
            self.damaged += bool(self._body) and frame is None
            self._body = bytearray()
        return frames


def _read(sent: bytes) -> Frame | None:
    body = unescape(sent)
    if len(body) < HEAD + CRC_BYTES or binascii.crc_hqx(body, CRC_START) != 0:
        return None
    return Frame(body[0], body[1], body[HEAD:-CRC_BYTES])


@dataclass(frozen=True)
class Identity:
    """What a device says it is.

    Attributes
    ----------
    protocol : int
    input_bits, output_bits : int
        Widths of the input and the output word of the core.
    model_hash : str
        64 hex digits.
    """

    protocol: int
    input_bits: int
    output_bits: int
    model_hash: str

    def to_bytes(self) -> bytes:
        """Return the payload of an ``IS`` frame."""
        words = (self.input_bits.to_bytes(4, "little"), self.output_bits.to_bytes(4, "little"))
        return bytes((self.protocol,)) + b"".join(words) + bytes.fromhex(self.model_hash)

    @staticmethod
    def from_bytes(payload: bytes) -> Identity | None:
        """Return the identity in the payload of an ``IS`` frame; None if it is none."""
        if len(payload) != WHO_BYTES:
            return None
        wide_in, wide_out = (int.from_bytes(payload[i : i + 4], "little") for i in (1, 5))
        return Identity(payload[0], wide_in, wide_out, payload[9:].hex())
