"""Frames survive any noise before them, and no damaged one is taken for good."""

import binascii
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db2hdl_hw.frames import (
    CRC_START,
    FLAG,
    WHO_BYTES,
    Deframer,
    Fault,
    Frame,
    Identity,
    Kind,
    escape,
    unescape,
)

FRAMES = st.builds(Frame, st.integers(0, 255), st.integers(0, 255), st.binary(max_size=40))


@given(st.binary())
def test_escaping_leaves_no_flag_and_is_undone(body):
    assert FLAG not in escape(body)
    assert unescape(escape(body)) == body


@given(st.binary(), st.lists(FRAMES, min_size=1, max_size=4))
def test_frames_after_any_noise_are_read(noise, frames):
    deframer = Deframer()
    got = deframer.feed(noise + b"".join(frame.to_bytes() for frame in frames))
    assert got[-len(frames) :] == frames


@given(FRAMES, st.data())
def test_one_changed_bit_is_noticed(frame, data):
    sent = bytearray(frame.to_bytes())
    index = data.draw(st.integers(1, len(sent) - 2))
    sent[index] ^= 1 << data.draw(st.integers(0, 7))
    assert frame not in Deframer().feed(bytes(sent))


def test_damage_is_counted_and_byte_by_byte_is_the_same():
    deframer = Deframer()
    frame = Frame(Kind.WHO, 5)
    sent = bytes((FLAG, 1, 2, 3, FLAG)) + frame.to_bytes()
    got = [one for byte in sent for one in deframer.feed(bytes((byte,)))]
    assert (got, deframer.damaged) == ([frame], 1)


def test_the_examples_in_the_reference_are_frames():
    text = (Path(__file__).parents[2] / "docs" / "reference" / "shells.md").read_text()
    shown = [bytes.fromhex(line) for line in text.splitlines() if line.startswith("7e ")]
    word = (0x3412007E).to_bytes(4, "little")
    frames = [
        Frame(Kind.WHO, 1),
        Frame(Kind.CLASSIFY, 2, word),
        Frame(Kind.ANSWER, 2, bytes((1,))),
        Frame(Kind.ERROR, 2, bytes((Fault.CHECKSUM,))),
    ]
    assert shown == [frame.to_bytes() for frame in frames]
    assert binascii.crc_hqx(b"123456789", CRC_START) == 0x29B1


def test_an_identity_comes_back():
    identity = Identity(1, 784, 4, "ab" * 32)
    assert len(identity.to_bytes()) == WHO_BYTES
    assert Identity.from_bytes(identity.to_bytes()) == identity


@pytest.mark.parametrize("length", [0, WHO_BYTES - 1, WHO_BYTES + 1])
def test_what_has_another_length_is_no_identity(length):
    assert Identity.from_bytes(bytes(length)) is None
