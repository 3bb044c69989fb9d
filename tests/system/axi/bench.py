"""The bench of the AXI4-Stream shell: cocotbext-axi drives and takes frames, pauses and resets.

``python bench.py FOLDER SIMULATOR`` builds and runs it; ``case.json`` in the folder says on what.
"""

import json
import os
import sys
from itertools import repeat
from pathlib import Path
from random import Random

CASE = json.loads((Path(os.environ.get("AXI_CASE") or sys.argv[1]) / "case.json").read_text())
WIDTH, IN, OUT = CASE["data_width"], CASE["input_beats"], CASE["output_beats"]
LANES = WIDTH // 8


def main(folder: Path, simulator: str) -> int:
    """Build and run; 0 if all tests ran and passed."""
    from cocotb_tools.runner import get_results, get_runner

    runner = get_runner(simulator)
    flags = ["--no-timing", "-Wno-fatal"] if simulator == "verilator" else []
    runner.build(
        sources=CASE["rtl"],
        includes=CASE.get("includes", []),
        defines=dict.fromkeys(CASE.get("defines", []), 1),
        hdl_toplevel=CASE["module"],
        build_dir=folder / simulator,
        build_args=flags,
        timescale=("1ns", "1ps"),
        always=True,
    )
    results = runner.test(
        hdl_toplevel=CASE["module"],
        hdl_toplevel_lang="verilog",
        test_module="bench",
        test_dir=Path(__file__).parent,
        build_dir=folder / simulator,
        results_xml=str(folder / "results.xml"),
        extra_env={"AXI_CASE": str(folder)},
    )
    tests, failures = get_results(Path(results))
    print("tests", tests, "failures", failures)
    return 0 if tests == 6 and failures == 0 else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))

import cocotb  # noqa: E402
from cocotb.clock import Clock  # noqa: E402
from cocotb.triggers import FallingEdge, RisingEdge, Timer, with_timeout  # noqa: E402
from cocotbext.axi import (  # noqa: E402
    AxiStreamBus,
    AxiStreamFrame,
    AxiStreamSink,
    AxiStreamSource,
)


def pauses(seed):
    """Yield whether to pause, in runs of random length."""
    random = Random(seed)
    while True:
        yield from repeat(random.random() < 0.5, random.randint(1, 9))


class Bench:
    """A shell with a clock, a source and a sink, and a watch over the rules of the output."""

    def __init__(self, dut):
        self.dut = dut
        cocotb.start_soon(Clock(dut.aclk, 10, unit="ns").start())
        self.source = AxiStreamSource(
            AxiStreamBus.from_prefix(dut, "s_axis"), dut.aclk, dut.aresetn, False, byte_lanes=LANES
        )
        self.sink = AxiStreamSink(
            AxiStreamBus.from_prefix(dut, "m_axis"), dut.aclk, dut.aresetn, False, byte_lanes=LANES
        )
        for one in (self.source, self.sink):
            one.log.setLevel("WARNING")
        self.broken = []
        cocotb.start_soon(self.watch())

    async def watch(self):
        """Valid stays until ready, and so do the data."""
        held = None
        while True:
            await FallingEdge(self.dut.aclk)
            dut = self.dut
            now = [str(p.value) for p in (dut.m_axis_tdata, dut.m_axis_tlast, dut.m_axis_tuser)]
            valid, ready = dut.m_axis_tvalid.value == 1, dut.m_axis_tready.value == 1
            if dut.aresetn.value == 0:
                held = None
                continue
            if held is not None and (not valid or now != held):
                self.broken.append((held, valid, now))
            if valid and any(set(text) - {"0", "1"} for text in now):
                self.broken.append(("X", now))
            held = now if valid and not ready else None

    async def reset(self, cycles=3):
        self.dut.aresetn.value = 0
        for _ in range(cycles):
            await RisingEdge(self.dut.aclk)
        self.dut.aresetn.value = 1
        await RisingEdge(self.dut.aclk)

    async def send(self, word, beats=IN):
        data = word.to_bytes(-(-max(1, word.bit_length()) // 8), "little")
        data = data.ljust(beats * LANES, b"\0")[: beats * LANES]
        await self.source.send(AxiStreamFrame(data))

    async def expect(self, word, bad=False):
        frame = await with_timeout(self.sink.recv(), 100, "us")
        assert len(frame.tdata) == OUT * LANES, frame
        found = int.from_bytes(bytes(frame.tdata), "little")
        flags = {frame.tuser} if isinstance(frame.tuser, int) else set(frame.tuser)
        assert flags == {int(bad)}, (flags, bad)
        assert found == (0 if bad else word), (hex(found), hex(word))

    def done(self):
        assert self.sink.empty() and not self.broken, self.broken[:3]


VECTORS = [(int(word, 16), int(wanted, 16)) for word, wanted in CASE["vectors"]]


@cocotb.test()
async def every_answer_under_random_pauses(dut):
    """All vectors; source and sink pause at random."""
    bench = Bench(dut)
    await bench.reset()
    bench.source.set_pause_generator(pauses(1))
    bench.sink.set_pause_generator(pauses(2))
    for word, _ in VECTORS:
        await bench.send(word)
    for _, wanted in VECTORS:
        await bench.expect(wanted)
    bench.done()


@cocotb.test()
async def the_queue_fills_and_empties(dut):
    """The sink is shut for long: the source is stopped, and nothing is lost."""
    bench = Bench(dut)
    await bench.reset()
    bench.sink.pause = True
    for word, _ in VECTORS:
        await bench.send(word)
    for _ in range(60 + 4 * CASE["latency"] + 20 * IN):
        await RisingEdge(dut.aclk)
    assert dut.s_axis_tready.value == 0
    bench.sink.pause = False
    for _, wanted in VECTORS:
        await bench.expect(wanted)
    bench.done()


@cocotb.test()
async def a_frame_a_cycle_if_it_fits_a_beat(dut):
    """Without pauses nothing but the wider side limits the rate."""
    bench = Bench(dut)
    await bench.reset()
    for word, _ in VECTORS:
        await bench.send(word)
    cycles = 0
    while bench.sink.count() < len(VECTORS):
        await RisingEdge(dut.aclk)
        cycles += 1
        assert cycles < 10_000
    least = max(IN, OUT) * len(VECTORS)
    assert cycles <= least + IN + OUT + CASE["latency"] + 12, (cycles, least)
    for _, wanted in VECTORS:
        await bench.expect(wanted)
    bench.done()


@cocotb.test()
async def frames_of_wrong_length_are_answered_as_bad(dut):
    """Short and long frames between good ones: each has its answer, in order."""
    bench = Bench(dut)
    await bench.reset()
    bench.source.set_pause_generator(pauses(3))
    bench.sink.set_pause_generator(pauses(4))
    random, wanted = Random(5), []
    for word, answer in VECTORS * 2:
        beats = random.choice([IN, IN, IN + 1, max(1, IN - 1), 3 * IN])
        await bench.send(word, beats)
        wanted.append((answer, beats != IN))
    for answer, bad in wanted:
        await bench.expect(answer, bad)
    assert any(bad for _, bad in wanted)
    bench.done()


@cocotb.test()
async def a_reset_in_mid_frame_forgets_everything(dut):
    """Whatever is half in, inside or half out is gone; the next frame is whole."""
    bench, random = Bench(dut), Random(9)
    await bench.reset()
    for seed in range(12):
        bench.sink.pause = bool(seed & 1)
        for word, _ in VECTORS[:6]:
            await bench.send(word)
        for _ in range(random.randint(1, 4 * IN + CASE["latency"] + 6)):
            await RisingEdge(dut.aclk)
        await bench.reset(random.randint(1, 3))
        assert dut.m_axis_tvalid.value == 0
        bench.source.clear()
        bench.sink.clear()
        bench.sink.pause = False
        for _ in range(3 * IN + 8):
            await RisingEdge(dut.aclk)
        bench.sink.clear()
        for word, _ in VECTORS[6:12]:
            await bench.send(word)
        for _, wanted in VECTORS[6:12]:
            await bench.expect(wanted)
        bench.done()


@cocotb.test()
async def nothing_leads_from_the_inputs_to_ready(dut):
    """No input changes ``s_axis_tready`` before the next clock edge."""
    dut.aclk.value = 0
    random = Random(7)
    dut.aresetn.value = 0
    for cycle in range(200):
        seen = []
        for _ in range(3):
            dut.s_axis_tvalid.value = random.getrandbits(1)
            dut.s_axis_tlast.value = random.getrandbits(1)
            dut.s_axis_tdata.value = random.getrandbits(WIDTH)
            dut.m_axis_tready.value = random.getrandbits(1)
            await Timer(1, "ns")
            seen.append(str(dut.s_axis_tready.value))
        assert cycle == 0 or len(set(seen)) == 1, seen
        dut.aclk.value = 1
        await Timer(1, "ns")
        dut.aclk.value = 0
        dut.aresetn.value = 1
        await Timer(1, "ns")
