"""Serial frames both ways: noise and damage to the host's reader, lying devices to its client."""

from functools import partial

import numpy as np
import pytest
from fuzz_tools import Finding, Mutator, examples, refused

from db2hdl_hw import frames
from db2hdl_hw.boards import device
from db2hdl_hw.boards.device import Device
from db2hdl_hw.frames import Deframer, Frame, Identity, Kind

ME = Identity(1, 12, 11, "ab" * 32)


def some_frame(rng: Mutator) -> Frame:
    kind = rng.choice([*Kind, rng.randrange(256)])
    return Frame(kind, rng.randrange(256), rng.randbytes(rng.choice([0, 1, 2, 41, 300])))


def by_definition(data: bytes) -> list[Frame]:
    """The frames in bytes, the slow way: cut at flags, undo escapes, compute the checksum."""
    found = []
    for part in data.split(b"\x7e")[1:-1]:
        body, rest = bytearray(), iter(part)
        for byte in rest:
            body.append(next(rest, 0x100 ^ 0x20) & 0xFF ^ 0x20 if byte == 0x7D else byte)
        if part.endswith(b"\x7d") and not part.endswith(b"\x7d\x7d"):
            body = body[:-1]
        crc = 0xFFFF
        for byte in body[:-2]:
            crc ^= byte << 8
            for _ in range(8):
                crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
        if len(body) >= 4 and crc == int.from_bytes(body[-2:], "big"):
            found.append(Frame(body[0], body[1], bytes(body[2:-2])))
    return found


def fuzz_deframer(count: int, seed: int = 0) -> None:
    """Frames with noise between them and damage in them, fed in pieces of any size."""
    for example in range(count):
        rng, what = Mutator(seed * 1_000_003 + example), f"frame fuzzer, {seed}, {example}"
        data = b"".join(
            rng.bytes(sent) if rng.random() < 0.4 else sent
            for sent in (some_frame(rng).to_bytes() for _ in range(rng.randint(1, 4)))
        )
        deframer, got, rest = Deframer(), [], data
        while rest:
            size = rng.choice([1, 2, 7, 1000])
            piece, rest = rest[:size], rest[size:]
            got += refused(partial(deframer.feed, piece), what) or []
        if got != by_definition(data):
            raise Finding(f"{what}: {data.hex()} is read as {got}")
        for frame in got:
            if Deframer().feed(frame.to_bytes()) != [frame]:
                raise Finding(f"{what}: {frame} does not come back")


class Liar:
    """A line whose other end answers as the generator of chance will have it."""

    def __init__(self, rng: Mutator) -> None:
        self.rng, self.deframer, self.ready = rng, Deframer(), b""
        self.timeout, self.honest = 0.0, []

    @property
    def in_waiting(self) -> int:
        return len(self.ready)

    def write(self, data: bytes) -> None:
        for frame in self.deframer.feed(data):
            self.ready += self.answer(frame)

    def answer(self, asked: Frame) -> bytes:
        rng, kind = self.rng, self.rng.randrange(10)
        if asked.kind == Kind.WHO:
            payload = ME.to_bytes() if kind else rng.bytes(ME.to_bytes())
            return Frame(Kind.IS, asked.tag, payload).to_bytes()
        payload = bytes((rng.randrange(256), rng.randrange(8)))
        if kind < 5:
            self.honest.append(payload)
            return Frame(Kind.ANSWER, asked.tag, payload).to_bytes()
        if kind == 5:
            return Frame(
                Kind.ANSWER, asked.tag, rng.randbytes(rng.choice([0, 1, 3, 99]))
            ).to_bytes()
        if kind == 6:
            self.honest.append(payload)
            high = bytes((payload[0], payload[1] | 1 << rng.randint(3, 7)))
            return Frame(Kind.ANSWER, asked.tag, high).to_bytes()
        if kind == 7:
            frame = some_frame(rng)
            if frame.kind == Kind.ANSWER and len(frame.payload) == len(payload):
                self.honest.append(frame.payload)
            return frame.to_bytes()
        if kind == 8:
            return rng.bytes(Frame(Kind.ANSWER, asked.tag ^ 0x80, payload).to_bytes())
        return b"\x7e" * rng.choice([0, 1, 50])

    def flush(self) -> None: ...

    def read(self, size: int) -> bytes:
        data, self.ready = self.ready[:size], self.ready[size:]
        return data


def fuzz_device(count: int, seed: int = 0) -> int:
    """Ask lying devices; what they answer is a word that was sent in full, or an error."""
    answered = 0
    for example in range(count):
        rng, what = Mutator(seed * 1_000_003 + example), f"device fuzzer, {seed}, {example}"
        line = Liar(rng)
        client = Device("/dev/fake", 1 << 30, line, retries=2, patience=0.0005)
        identity = refused(client.who, what)
        words = refused(lambda c=client: list(c.classify(np.zeros((3, 12), bool), ME)), what)
        if identity is None or words is None:
            continue
        answered += 1
        sent = [int.from_bytes(payload, "little") for payload in line.honest]
        for word in words:
            number = int.from_bytes(np.packbits(word, bitorder="little").tobytes(), "little")
            if word.shape != (11,) or number not in sent:
                raise Finding(f"{what}: {number:#x} was never sent, but {sent}")
    return answered


@pytest.mark.parametrize("long", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_frames(long):
    fuzz_deframer(examples(400, long))
    assert fuzz_device(examples(100, long)) > 5


def test_a_checksum_that_is_not_looked_at_is_found(monkeypatch):
    monkeypatch.setattr(frames.binascii, "crc_hqx", lambda data, start: 0)
    with pytest.raises(Finding):
        fuzz_deframer(200)


def test_answers_of_any_length_are_found(monkeypatch):
    ask = Device._ask
    monkeypatch.setattr(Device, "_ask", lambda self, kind, payload, wanted, size=None: ask(
        self, kind, payload, wanted
    ))  # fmt: skip
    with pytest.raises(Finding):
        fuzz_device(200)


def test_bits_that_are_not_looked_at_are_found(monkeypatch):
    class Forgiving(Exception):  # noqa: N818
        pass

    monkeypatch.setattr(device, "MismatchError", Forgiving)
    with pytest.raises(Finding, match="Forgiving"):
        fuzz_device(200)
