# amaranth: UnusedElaboratable=no
"""Requests are answered or refused with a reason; in Amaranth's simulator, one run for all.

tests/sim/board has the same over simulated wires, with noise.
"""

from typing import Any

import pytest
from amaranth.hdl import Module
from amaranth.sim import Simulator

from db2hdl_hw.frames import ESCAPE, FLAG, Deframer, Fault, Frame, Kind
from db2hdl_hw.gateware.framer import Answerer, Framer

INPUT_BITS, TIMEOUT, GAP = 20, 60, 10
WHO = bytes(range(0x78, 0x80))
"""Has a flag and an escape in it."""

BAD, PAUSE = -1, -2
"""In place of a byte: one without a stop bit, and a pause longer than the timeout."""


def classify(tag: int, payload: bytes) -> list[int]:
    return list(Frame(Kind.CLASSIFY, tag, payload).to_bytes())


def answer(tag: int, payload: bytes) -> Frame:
    return Frame(Kind.ANSWER, tag, payload)


def error(tag: int, fault: Fault) -> Frame:
    return Frame(Kind.ERROR, tag, bytes((fault,)))


ASK = list(Frame(Kind.WHO, 9).to_bytes())
IS = Frame(Kind.IS, 9, WHO)
GOOD = classify(3, b"abc")
SPECIAL = bytes((FLAG, ESCAPE, 0x5E))

CASES: dict[str, tuple[list[int], list[Frame]]] = {
    "who": (ASK, [IS]),
    "classify": (GOOD, [answer(3, b"abc")]),
    "flags and escapes inside": (classify(FLAG, SPECIAL), [answer(FLAG, SPECIAL)]),
    "checksum": ([*GOOD[:4], GOOD[4] ^ 1, *GOOD[5:], *ASK], [error(3, Fault.CHECKSUM), IS]),
    "cut off": ([*GOOD[:2], FLAG, *ASK], [error(0, Fault.CHECKSUM), IS]),
    "no payload": ([*classify(4, b""), *ASK], [error(4, Fault.LENGTH), IS]),
    "a byte less": ([*classify(4, b"ab"), *ASK], [error(4, Fault.LENGTH), IS]),
    "a byte more": ([*classify(4, b"abcd"), *ASK], [error(4, Fault.LENGTH), IS]),
    "much more": ([*classify(4, b"x" * 40), *ASK], [error(4, Fault.LENGTH), IS]),
    "who with more": (list(Frame(Kind.WHO, 2, b"x").to_bytes()), [error(2, Fault.LENGTH)]),
    "unknown type": (list(Frame(0x33, 8).to_bytes()), [error(8, Fault.UNKNOWN)]),
    "no stop bit": ([*GOOD[:4], BAD, *GOOD[4:]], [error(3, Fault.FRAMING)]),
    "stopped": ([*GOOD[:4], PAUSE, *ASK], [error(3, Fault.TIMEOUT), IS]),
    "noise, pause": ([1, 2, 5, PAUSE, *GOOD], [error(2, Fault.TIMEOUT), answer(3, b"abc")]),
    "only flags": ([FLAG] * 5 + GOOD, [answer(3, b"abc")]),
    "escape, flag": ([FLAG, ESCAPE, *GOOD], [error(0, Fault.FRAMING), answer(3, b"abc")]),
    "overrun": ([*ASK, *classify(5, b"a"), PAUSE, PAUSE], [IS, error(5, Fault.OVERRUN)]),
    "meanwhile": (
        [byte for tag in range(5) for byte in classify(tag, bytes((tag, 1, 2)))],
        [answer(tag, bytes((tag, 1, 2))) for tag in range(5)],
    ),
}
BUSY = {"overrun": 40, "meanwhile": 8}
"""Clocks that a byte takes on its way out, by case; else 1."""


@pytest.fixture(scope="module")
def sent_back() -> dict[str, bytes]:
    """What comes back in each case; the core copies its input word."""
    framer, answerer = Framer(INPUT_BITS, TIMEOUT), Answerer(WHO, 24)
    m = Module()
    m.submodules.framer, m.submodules.answerer = framer, answerer
    for name in ("done", "fault", "kind", "tag", "word"):
        m.d.comb += getattr(answerer, name).eq(getattr(framer, name))
    out = {name: bytearray() for name in CASES}
    now = next(iter(CASES))
    over = False

    async def feed(context: Any) -> None:
        nonlocal now, over
        for now, (sent, expected) in CASES.items():
            for byte in sent:
                await context.tick().repeat(GAP if byte != PAUSE else TIMEOUT + 5)
                if byte != PAUSE:
                    which = framer.bad if byte == BAD else framer.valid
                    context.set(which, 1)
                    context.set(framer.data, max(0, byte))
                    await context.tick()
                    context.set(which, 0)
            rest = sum(len(frame.to_bytes()) for frame in expected) + 10
            await context.tick().repeat(rest * (BUSY.get(now, 1) + 1))
        over = True

    async def drain(context: Any) -> None:
        while not over:
            if context.get(answerer.valid):
                out[now].append(context.get(answerer.data))
                context.set(answerer.ready, 1)
                await context.tick()
                context.set(answerer.ready, 0)
            await context.tick().repeat(BUSY.get(now, 1))

    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(feed)
    simulator.add_testbench(drain)
    simulator.run()
    return {name: bytes(data) for name, data in out.items()}


@pytest.mark.parametrize("case", CASES)
def test_request(case: str, sent_back: dict[str, bytes]) -> None:
    deframer = Deframer()
    assert deframer.feed(sent_back[case]) == CASES[case][1]
    assert deframer.damaged == 0
