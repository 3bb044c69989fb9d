# amaranth: UnusedElaboratable=no
"""Serial frames to the board's end: after any damage and a pause, a good request is answered.

The circuit runs in Amaranth's simulator; the core copies its input word.
"""

from typing import Any

import pytest
from amaranth.hdl import Module
from amaranth.sim import Simulator
from fuzz_tools import Finding, Mutator, examples

from db2hdl_hw.frames import Deframer, Frame, Kind
from db2hdl_hw.gateware import framer as gateware
from db2hdl_hw.gateware.framer import Answerer, Framer

INPUT_BITS, TIMEOUT, GAP = 20, 60, 4
WHO = bytes(range(0x78, 0x80))


def sent_bytes(rng: Mutator) -> bytes:
    """Requests of every kind, some of them damaged."""
    kinds = [Kind.WHO, Kind.CLASSIFY, Kind.CLASSIFY, rng.randrange(256)]
    payloads = [b"", rng.randbytes(3), rng.randbytes(3), rng.randbytes(40)]
    frames = [
        Frame(rng.choice(kinds), rng.randrange(256), rng.choice(payloads)).to_bytes()
        for _ in range(rng.randint(1, 3))
    ]
    return b"".join(rng.bytes(f, 2)[:120] if rng.random() < 0.6 else f for f in frames)


def fuzz_shell(count: int, seed: int = 0) -> int:
    """Send damage, a pause and a good request, so many times; return how many frames came back."""
    framer, answerer = Framer(INPUT_BITS, TIMEOUT), Answerer(WHO, 24)
    m = Module()
    m.submodules.framer, m.submodules.answerer = framer, answerer
    for name in ("done", "fault", "kind", "tag", "word"):
        m.d.comb += getattr(answerer, name).eq(getattr(framer, name))
    out: list[bytearray] = []
    good: list[Frame] = []
    over = False

    async def send(context: Any, data: bytes) -> None:
        for byte in data:
            await context.tick().repeat(GAP)
            context.set(framer.data, byte)
            context.set(framer.valid, 1)
            await context.tick()
            context.set(framer.valid, 0)

    async def feed(context: Any) -> None:
        nonlocal over
        for example in range(count):
            rng = Mutator(seed * 1_000_003 + example)
            out.append(bytearray())
            await send(context, sent_bytes(rng))
            await context.tick().repeat(3 * TIMEOUT)
            word = rng.randbytes(2) + bytes((rng.randrange(16),))
            good.append(Frame(Kind.ANSWER, example % 256, word))
            await send(context, Frame(Kind.CLASSIFY, example % 256, word).to_bytes())
            await context.tick().repeat(3 * TIMEOUT)
        over = True

    async def drain(context: Any) -> None:
        while not over:
            if context.get(answerer.valid):
                out[-1].append(context.get(answerer.data))
                context.set(answerer.ready, 1)
                await context.tick()
                context.set(answerer.ready, 0)
            await context.tick()

    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(feed)
    simulator.add_testbench(drain)
    simulator.run()
    back = 0
    for example, (data, wanted) in enumerate(zip(out, good, strict=True)):
        deframer = Deframer()
        frames = deframer.feed(bytes(data))
        back += len(frames)
        what = f"shell fuzzer, seed {seed}, example {example}"
        if deframer.damaged or not frames or frames[-1] != wanted:
            raise Finding(f"{what}: {frames[-1:]} and {deframer.damaged} damaged, not {wanted}")
        if any(f.kind not in (Kind.IS, Kind.ANSWER, Kind.ERROR) for f in frames):
            raise Finding(f"{what}: {frames}")
    return back


@pytest.mark.parametrize("long", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_shell(long):
    count = examples(12, long)
    assert fuzz_shell(count) > count


def test_a_device_that_escapes_wrongly_is_found(monkeypatch):
    monkeypatch.setattr(gateware, "FLIP", 0x21)
    with pytest.raises(Finding):
        fuzz_shell(15)
