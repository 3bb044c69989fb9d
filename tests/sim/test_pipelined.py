"""Pipelined tops: every output at its time, whatever the gaps; a wrong latency is named."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from db2hdl_hw.emit.interface import Clocking
from db2hdl_hw.errors import InputError
from db2hdl_sim import runner, wrapper
from db2hdl_sim.bench.clocked import LONGEST_GAP, gaps, noise
from db2hdl_sim.bench.latency import WINDOW, LatencyWatch
from db2hdl_sim.job import SimJob
from db2hdl_sim.localise import localise
from db2hdl_sim.report import to_cases, to_json
from db2hdl_sim.result import LatencyCheck
from db2hdl_sim.runner import simulate

INSIDE = "module net(input [3:0] x, input [1:0] level, output [1:0] y, output [1:0] sum);"
CLOCKED = """
module net(input clk, input rst, input in_valid, input [3:0] x, input [1:0] level,
           output out_valid, output reg [1:0] y, output reg [1:0] sum);
  reg [3:0] x_d1; reg [1:0] level_d1, valid; initial valid = 0;
  wire [1:0] y_now, sum_now;
  assign out_valid = valid[1];
  always @(posedge clk) begin
    valid <= rst ? 2'b0 : {valid[0], in_valid};
    x_d1 <= x; level_d1 <= level; y <= y_now; sum <= sum_now;
  end
  logic_ l(.x(x_d1), .level(level_d1), .y(y_now), .sum(sum_now));
endmodule
"""


def pipelined(bundle: Any, old: str = "", new: str = "", latency: int = 2) -> None:
    """Make the bundle's RTL one with registers before and behind, perhaps with a change."""
    text = bundle.rtl.read_text()
    assert INSIDE in text
    changed = (text.replace(INSIDE, INSIDE.replace("net", "logic_")) + CLOCKED).replace(old, new, 1)
    assert old in text + CLOCKED
    bundle.rtl.write_text(changed)
    bundle.interface = replace(bundle.interface, latency=latency, clocking=Clocking())


def test_a_pipelined_top_passes(bundle: Any, simulator: str) -> None:
    pipelined(bundle)
    result = simulate(bundle.job(simulator, seed=5))
    assert result.passed and result.vectors == 131
    assert result.latency == LatencyCheck(2, 2, 2, 0)
    case = to_cases([result])[-1]
    assert (case.name, case.message) == ("latency", "")
    assert to_json([result])["runs"][0]["latency"]["valid"] == 2


@pytest.mark.parametrize(
    ("old", "new", "latency", "says"),
    [
        ("", "", 1, "out_valid comes 2 cycles after in_valid, not 1 cycle as"),
        ("", "", 3, "out_valid comes 2 cycles after in_valid, not 3 cycles as"),
        ("= valid[1]", "= valid[0]", 2, "out_valid comes 1 cycle after in_valid, not 2 cycles as"),
        ("l(.x(x_d1)", "l(.x(x)", 2, ""),
        ("l(.x(x_d1), .level(level_d1)", "l(.x(x), .level(level)", 2, "outputs come 1 cycle after"),
        ("= valid[1]", "= valid[1] | rst", 2, ""),
        ("= valid[1]", "= 1'b1", 2, "out_valid comes at no fixed latency"),
    ],
)
def test_another_latency_than_stated(
    bundle: Any, icarus: str, old: str, new: str, latency: int, says: str
) -> None:
    pipelined(bundle, old, new, latency)
    result = simulate(bundle.job(icarus))
    assert result.passed == ("rst" in new)
    assert says in result.latency_fault
    assert bool(result.latency_fault) == bool(says)
    assert to_cases([result])[-1].message == result.latency_fault


def test_a_reset_that_clears_nothing_is_found(bundle: Any, icarus: str) -> None:
    pipelined(bundle, "rst ? 2'b0 : ", "")
    result = simulate(bundle.job(icarus))
    assert not result.passed and result.latency is not None and result.latency.wrong == 2


def test_a_wrong_gate_is_no_matter_of_latency(bundle: Any, icarus: str) -> None:
    pipelined(bundle, "x[2] ^ x[3]", "x[2] | x[3]")
    result = simulate(bundle.job(icarus))
    assert not result.passed and result.latency_fault == ""
    assert result.latency is not None and result.latency.data is None


def test_the_place_is_found_behind_registers(
    bundle: Any, simulator: str, activations: Callable[..., Any]
) -> None:
    pipelined(bundle, "x[2] ^ x[3]", "x[2] | x[3]")
    nets = bundle.folder / "rtl" / "nets.json"
    text = nets.read_text().replace('"net.l', '"net.l.l').replace('"l1_and.', '"net.l.l1_and.')
    nets.write_text(text)
    job = bundle.job(simulator)
    result = simulate(job)
    index = result.described[0].index
    words = np.array(
        [
            [int(line, 16) >> bit & 1 for bit in range(6)]
            for line in job.stimulus.read_text().split()
        ],
        bool,
    )
    first = localise(job, index, activations(words[index]))
    assert first is not None and (first.layer, first.bit) == ("l0_xor", 1)


def test_a_missing_clock(bundle: Any, icarus: str) -> None:
    bundle.interface = replace(bundle.interface, latency=2, clocking=Clocking())
    with pytest.raises(InputError, match="has no port 'clk'"):
        simulate(bundle.job(icarus))


def test_many_ports(bundle: Any, simulator: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wrapper, "GROUP_BITS", 3)
    monkeypatch.setattr(runner, "MANY_PORTS", 3)
    pipelined(bundle)
    assert simulate(bundle.job(simulator)).passed


def test_a_job_with_a_clock_is_read_back(bundle: Any) -> None:
    pipelined(bundle)
    job = bundle.job("icarus", seed=9)
    assert SimJob.loads(job.dumps()) == replace(job, rtl=tuple(path.absolute() for path in job.rtl))


def test_few_words_that_are_all_alike_tell_nothing_of_latency() -> None:
    watch = LatencyWatch(2)
    for expected, due, valid, word in [("1", False, "0", "1"), (None, False, "0", "1")]:
        watch.note(expected, due, valid, word)
    watch.note(None, True, "1", "0")
    assert watch.result() == {"stated": 2, "valid": 2, "data": None, "wrong": 0}


def test_gaps_and_noise_are_seeded() -> None:
    def some(seed: int) -> list[int]:
        return [next(one) for one in [gaps(seed, 2)] for _ in range(200)]

    assert some(1) == some(1) != some(2)
    assert min(some(1)) == 0 and 1 <= max(some(1)) <= 2 * LONGEST_GAP
    assert some(1).count(0) > 100
    assert next(noise(1, 70)) != next(noise(2, 70))
    assert WINDOW > 100
