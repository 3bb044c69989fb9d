"""A core behind a UART shell, as the host sees it: ask who it is, send words, get words."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from db2hdl_hw.errors import InputError, MismatchError, ToolError
from db2hdl_hw.frames import FAULTS, PROTOCOL, Deframer, Fault, Frame, Identity, Kind

if TYPE_CHECKING:
    from serial import Serial

Bits = NDArray[np.bool_]

BAUD = 115200
RETRIES = 5
"""How often a request is sent again before the device is given up."""

PATIENCE = 0.5
"""Seconds to wait for an answer, beside the time that twice its bits take on the line."""


def ports() -> list[str]:
    """Return the serial ports of this machine."""
    from serial.tools import list_ports

    return sorted(port.device for port in list_ports.comports())


@dataclass
class Device:
    """A device on an open serial port.

    Attributes
    ----------
    port : str
    baud : int
    retries : int
        How often a request is sent again.
    patience : float
        Seconds to wait for an answer, beside the time on the line.
    retried : int
        How often a request was sent again, so far.
    """

    port: str
    baud: int
    line: Serial
    retries: int = RETRIES
    patience: float = PATIENCE
    retried: int = 0

    def __post_init__(self) -> None:
        self._tag = 0
        self._heard = 0
        self._deframer = Deframer()

    def who(self) -> Identity:
        """Return what the device says it is.

        Raises
        ------
        InputError
            If nothing answers, or what comes is no frame (a wrong baud rate), or the device has
            another version of the protocol.
        """
        frame = self._ask(Kind.WHO, b"", Kind.IS)
        if frame is None:
            raise InputError(self._silence())
        identity = Identity.from_bytes(frame.payload)
        if identity is None or identity.protocol != PROTOCOL:
            said = frame.payload[0] if frame.payload else "nothing"
            raise InputError(
                f"the device at {self.port} speaks protocol {said}, this db2hdl {PROTOCOL}; "
                "build its bitstream again"
            )
        return identity

    def classify(self, words: Bits, identity: Identity) -> Iterator[Bits]:
        """Yield the output word [output_bits] for each input word [rows, input_bits].

        Raises
        ------
        ToolError
            If the device does not answer any more.
        MismatchError
            If an answer has bits beyond the width of the output.
        """
        size = -(-identity.output_bits // 8)
        for row, word in enumerate(words):
            payload = np.packbits(word, bitorder="little").tobytes()
            frame = self._ask(Kind.CLASSIFY, payload, Kind.ANSWER, size)
            if frame is None:
                raise ToolError(
                    f"the device at {self.port} did not answer row {row + 1} in "
                    f"{self.retries + 1} tries; {self._last}"
                )
            bits = np.unpackbits(np.frombuffer(frame.payload, np.uint8), bitorder="little")
            if bits[identity.output_bits :].any():
                raise MismatchError(
                    f"the device at {self.port} answers row {row + 1} with more than the "
                    f"{identity.output_bits} bits of its output; build its bitstream again"
                )
            yield bits[: identity.output_bits].astype(np.bool_)

    def _ask(
        self, kind: Kind, payload: bytes, wanted: Kind, size: int | None = None
    ) -> Frame | None:
        """Return the answer to a request, sent again until there is one or it is hopeless."""
        self._last = "it sent nothing"
        for attempt in range(self.retries + 1):
            self.retried += attempt > 0
            self._tag = self._tag % 255 + 1
            request = Frame(kind, self._tag, payload).to_bytes()
            self._write(request)
            longest = len(request) + 128
            frame = self._await(time.monotonic() + self.patience + 20 * longest / self.baud)
            if frame is None or frame.kind != wanted:
                continue
            if size is None or len(frame.payload) == size:
                return frame
            self._last = f"an answer had {len(frame.payload)} bytes, not {size}"
        return None

    def _await(self, deadline: float) -> Frame | None:
        """Return the frame with the tag of the last request, or an error; None if none comes."""
        damaged = self._deframer.damaged
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            for frame in self._deframer.feed(self._read(left)):
                if frame.kind == Kind.ERROR:
                    fault = frame.payload[0] if frame.payload else 0
                    known = fault in list(Fault)
                    name = FAULTS[Fault(fault)] if known else f"fault {fault}"
                    self._last = f"its last error: {name}"
                    return frame
                if frame.tag == self._tag:
                    return frame
            if self._deframer.damaged != damaged:
                self._last = "its answers arrive damaged"
                return None

    def _read(self, seconds: float) -> bytes:
        from serial import SerialException

        try:
            self.line.timeout = min(seconds, 0.1)
            data: bytes = self.line.read(max(1, self.line.in_waiting))
        except (SerialException, OSError) as error:
            raise ToolError(f"{self.port} was lost: {error}") from error
        self._heard += len(data)
        return data

    def _write(self, data: bytes) -> None:
        from serial import SerialException

        try:
            self.line.write(data)
            self.line.flush()
        except (SerialException, OSError) as error:
            raise ToolError(f"{self.port} was lost: {error}") from error

    def _silence(self) -> str:
        if self._heard == 0:
            return (
                f"nothing answers at {self.port}; is the board's bitstream flashed (db2hdl flash), "
                f"and its baud rate {self.baud}?"
            )
        return (
            f"what {self.port} sends at {self.baud} baud is no answer; pass the --baud that the "
            "bitstream was built with (build.json has it)"
        )


@contextmanager
def connect(
    port: str, *, baud: int = BAUD, retries: int = RETRIES, patience: float = PATIENCE
) -> Iterator[Device]:
    """Open a serial port; yield the device behind it.

    Raises
    ------
    InputError
        If there is no such port (says which there are), or it cannot be opened at this rate.
    ToolError
        If pyserial is missing.
    """
    try:
        from serial import Serial, SerialException
    except ImportError as error:
        raise ToolError("pyserial is not installed; pip install 'db2hdl[boards]'") from error
    try:
        line = Serial(port, baud, timeout=0.1)
    except (SerialException, ValueError, OSError, OverflowError) as error:
        raise InputError(_refused(port, baud, error)) from error
    try:
        line.reset_input_buffer()
        yield Device(port, baud, line, retries, patience)
    finally:
        line.close()


def _refused(port: str, baud: int, error: Exception) -> str:
    from pathlib import Path

    if "://" in port or port in ports() or (port and Path(port).is_char_device()):
        return f"the serial port {port} does not open at {baud} baud: {error}"
    if port and Path(port).exists():
        return f"{port} is a file or folder, no serial port"
    there = ports()
    known = f"there are: {', '.join(there)}" if there else "this machine has none"
    return f"there is no serial port {port or repr(port)}; {known}"
