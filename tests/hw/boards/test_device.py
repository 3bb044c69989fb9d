"""What a device answers is believed only if its core could have answered it."""

from collections.abc import Callable

import numpy as np
import pytest

from db2hdl_hw.boards.device import Device
from db2hdl_hw.errors import InputError, MismatchError, ToolError
from db2hdl_hw.frames import Deframer, Frame, Identity, Kind

WORDS = np.zeros((2, 3), np.bool_)
ME = Identity(1, 3, 5, "ab" * 32)


class Line:
    """A serial port behind which ``answer`` says what comes back for a frame."""

    def __init__(self, answer: Callable[[Frame], bytes]) -> None:
        self.answer, self.deframer, self.ready = answer, Deframer(), b""
        self.timeout = 0.0

    @property
    def in_waiting(self) -> int:
        return len(self.ready)

    def write(self, data: bytes) -> None:
        self.ready += b"".join(self.answer(frame) for frame in self.deframer.feed(data))

    def flush(self) -> None: ...

    def read(self, size: int) -> bytes:
        data, self.ready = self.ready[:size], self.ready[size:]
        return data


def device(answer: Callable[[Frame], bytes]) -> Device:
    return Device("/dev/fake", 1 << 30, Line(answer), retries=1, patience=0.01)


def answers(payload: bytes) -> Callable[[Frame], bytes]:
    return lambda frame: Frame(Kind.ANSWER, frame.tag, payload).to_bytes()


def test_an_answer_comes_back_bit_by_bit():
    words = list(device(answers(b"\x15")).classify(WORDS, ME))
    assert [word.tolist() for word in words] == [[True, False, True, False, True]] * 2


@pytest.mark.parametrize("payload", [0x20, 0x80, 0xFF, 0x35])
def test_bits_beyond_the_output_are_refused(payload):
    with pytest.raises(MismatchError, match="row 1 with more than the 5 bits of its output"):
        list(device(answers(bytes([payload]))).classify(WORDS, ME))


@pytest.mark.parametrize("payload", [b"", b"\1\0", b"\1" * 300])
def test_answers_of_another_length_are_refused(payload):
    with pytest.raises(ToolError, match=rf"row 1 in 2 tries; an answer had {len(payload)} bytes"):
        list(device(answers(payload)).classify(WORDS, ME))


def test_answers_to_other_requests_and_other_kinds_are_none():
    stale = device(lambda frame: Frame(Kind.ANSWER, frame.tag ^ 1, b"\1").to_bytes())
    with pytest.raises(ToolError, match="did not answer row 1"):
        list(stale.classify(WORDS, ME))
    other = device(lambda frame: Frame(Kind.IS, frame.tag, b"\1").to_bytes())
    with pytest.raises(ToolError, match="did not answer row 1"):
        list(other.classify(WORDS, ME))


@pytest.mark.parametrize("payload", [b"", b"\1", ME.to_bytes()[:-1], ME.to_bytes() + b"\0"])
def test_an_identity_of_another_length_is_refused(payload):
    said = device(lambda frame: Frame(Kind.IS, frame.tag, payload).to_bytes())
    with pytest.raises(InputError, match="speaks protocol"):
        said.who()
