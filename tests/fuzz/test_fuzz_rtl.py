"""Changed Verilog: it is refused, or the prover's verdict is the truth of the changed circuit."""

import os
import subprocess
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pytest
from fuzz_tools import Finding, examples, only_inside
from rtl_mutants import PIECES, mutant
from rtl_truth import Machine

from db2hdl.bundle import export
from db2hdl.expected import expected_words
from db2hdl.hardnet import HardNet, feature_names
from db2hdl.model_file import load
from db2hdl.prove import prove_verilog
from db2hdl.train import train
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.emit.vectors import write_hex
from db2hdl_hw.emit.words import Bits, pack_codes
from db2hdl_hw.errors import InputError, ToolError
from db2hdl_hw.passes.stages import Pipeline
from db2hdl_hw.prove import rtl
from db2hdl_hw.prove.equal import PROVED, REFUTED
from db2hdl_hw.tools import find_iverilog
from db2hdl_hw.verilog.design import read_text
from db2hdl_hw.verilog.printer import print_design
from db2hdl_hw.verilog.tree import Design

SAMPLES = 1 << 16
"""Of a circuit with more input bits than that."""

DESIGNS = 12
"""So many changed designs are simulated."""


@dataclass
class Target:
    """A bundle, and all the vectors on which the truth is found."""

    bundle: Bundle
    hard: HardNet
    words: Bits

    @staticmethod
    def of(path: Path) -> "Target":
        bundle = Bundle.open(path)
        width = bundle.interface.input_width
        if 1 << width <= SAMPLES:
            words = np.arange(1 << width)[:, None] >> np.arange(width) & 1
        else:
            words = np.random.default_rng(0).integers(0, 2, (SAMPLES, width))
        return Target(bundle, load(bundle.model).hard, words.astype(np.bool_))

    @cached_property
    def text(self) -> str:
        return self.bundle.rtl[0].read_text()

    @cached_property
    def expected(self) -> Bits:
        return expected_words(self.hard, self.bundle.interface, self.words)

    def differs(self, design: Design, words: Bits | None = None) -> bool:
        """Return whether an output of a design, at any time, is not what the model computes."""
        face = self.bundle.interface
        expected = self.expected if words is None else expected_words(self.hard, face, words)
        words = self.words if words is None else words
        machine = Machine(design, len(words))
        valid = [Machine.unknown(machine, 1) for _ in range(face.latency + 3)]
        for time, one in enumerate(valid):
            inputs = _ports(face.inputs, np.roll(words, time, axis=0))
            if face.clocking:
                clock = {face.clocking.clock: [0], face.clocking.reset: [0]}
                inputs |= {**clock, face.clocking.in_valid: one}
            out = machine.step(inputs)
            past = time - face.latency
            if past < 0:
                continue
            wanted = _ports(face.outputs, np.roll(expected, past, axis=0))
            if face.clocking:
                wanted[face.clocking.out_valid] = valid[past]
            if out != wanted:
                return True
        return False


def _ports(ports, words: Bits) -> dict[str, list[int]]:
    """Return the bits of each port, all samples of a bit in one integer."""
    packed = np.packbits(words, axis=0, bitorder="little")
    bits = [int.from_bytes(column.tobytes(), "little") for column in packed.T]
    found = {}
    for port in ports:
        found[port.name], bits = bits[: port.width], bits[port.width :]
    return found


def check(target: Target, text: str, what: str) -> str:
    """Return how a text ends: refused, proved or refuted; a finding if that is not the truth."""
    try:
        design = read_text(text, target.bundle.interface.top)
    except InputError as error:
        if "\n" in str(error):
            raise Finding(f"{what}: an error of several lines") from error
        return "refused"
    face = target.bundle.interface
    link = prove_verilog(target.hard, design, face.top, target.bundle.nets(), face)
    differs = not _same_ports(target, design) or target.differs(design)
    if link.verdict == PROVED and differs:
        raise Finding(f"{what}: proved, but an output differs")
    if link.verdict == REFUTED and not differs:
        if link.counterexample is None:  # stages do not fit: only a pipeline has any
            if not face.latency:
                raise Finding(f"{what}: refuted without a reason: {link.why}")
            return "refuted by its stages"
        codes = np.atleast_2d(link.counterexample)
        word = pack_codes(face, codes, feature_names(target.hard.features))
        if not target.differs(design, word):
            raise Finding(f"{what}: refuted, but nothing differs for the counter-example")
    if link.verdict not in (PROVED, REFUTED):
        raise Finding(f"{what}: {link.verdict}: {link.why}")
    return link.verdict


def _same_ports(target: Target, design: Design) -> bool:
    whole = read_text(target.text, design.top).modules[design.top]
    return _face(whole) == _face(design.modules[design.top])


def _face(module) -> dict[str, tuple[str, int]]:
    return {name: (module.nets[name].kind, module.nets[name].width) for name in module.ports}


def fuzz(target: Target, count: int, seed: int = 0) -> Counter[str]:
    """Return how many changed texts ended in which way."""
    if check(target, target.text, "the text as it is") != PROVED:
        raise Finding("the text as it is: not proved")
    ends = Counter(
        check(target, mutant(target.text, number), f"mutant {number}")
        for number in range(seed, seed + count)
    )
    return ends


@pytest.fixture(scope="module")
def targets(small_model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz_rtl")
    plain = export(small_model, folder / "plain", scores=True)
    piped = export(small_model, folder / "piped", pipeline=Pipeline(2), target="xc7")
    return Target.of(plain), Target.of(piped)


@pytest.mark.parametrize("number", [0, 1])
def test_some_mutants(targets, number):
    target = targets[number]
    with only_inside(target.bundle.path):
        ends = fuzz(target, examples(60, False))
    assert ends[REFUTED] > 5 and ends["refused"] > 5


def test_hostile_pieces_are_refused_wherever_they_stand(targets):
    text = targets[0].text
    right = Target.differs
    for piece in PIECES:
        for place in (0, text.index("module"), text.index("  assign"), len(text)):
            changed = text[:place] + piece + text[place:]
            try:
                design = read_text(changed, "top")
            except InputError:
                continue
            assert not right(targets[0], design), (piece, place)


@pytest.mark.parametrize(
    ("module", "name", "wrong"),
    [
        (rtl._MEANINGS, "^", lambda sums, words: [sums.graph.or_(words[0][0], words[1][0])]),
        (rtl._MEANINGS, ">=", rtl._MEANINGS[">"]),
    ],
)
def test_a_wrong_prover_is_found(targets, monkeypatch, module, name, wrong):
    monkeypatch.setitem(module, name, wrong)
    with pytest.raises(Finding):
        for target in targets:
            fuzz(target, 200)


def test_icarus_reads_what_is_printed_as_the_truth_does(targets, tmp_path, icarus):
    """The tree, and the text that is printed from it, mean the same."""
    target, done = targets[0], 0
    face = target.bundle.interface
    for seed in range(1000):
        try:
            design = read_text(mutant(target.text, seed), face.top)
        except InputError:
            continue
        if not _same_ports(target, design):
            continue
        out = Machine(design, len(target.words)).step(_ports(face.inputs, target.words))
        wanted = [bit for port in face.outputs for bit in out[port.name]]
        got = icarus(print_design(design), face, target.words, tmp_path)
        assert got == wanted, seed
        done += 1
        if done == DESIGNS:
            return
    raise AssertionError(f"only {done} designs")


@pytest.fixture
def icarus():
    """Return what Icarus makes of a text, bit by bit, all samples in one integer."""
    try:
        tool = find_iverilog()
    except ToolError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))

    def run(text: str, face, words: Bits, folder: Path) -> list[int]:
        (folder / "t.v").write_text(text + _bench(face, len(words)))
        write_hex(folder / "words.hex", words)
        for command in ([tool.path, "-g2005", "-o", "t.vvp", "t.v"], ["vvp", "-n", "t.vvp"]):
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
        rows = np.array([[c == "1" for c in row[::-1]] for row in done.stdout.split()])
        packed = np.packbits(rows, axis=0, bitorder="little").T
        return [int.from_bytes(column.tobytes(), "little") for column in packed]

    return run


def _bench(face, count: int) -> str:
    pins, low = [], 0
    for port in face.inputs:
        pins.append(f".{port.name}(in[{low + port.width - 1}:{low}])")
        low += port.width
    low = 0
    for port in face.outputs:
        pins.append(f".{port.name}(out[{low + port.width - 1}:{low}])")
        low += port.width
    return (
        f"module tb;\n  reg [{face.input_width - 1}:0] in, m [0:{count - 1}];\n"
        f"  wire [{face.output_width - 1}:0] out;\n  integer i;\n"
        f"  {face.top} dut({', '.join(pins)});\n  initial begin\n"
        f'    $readmemh("words.hex", m);\n    for (i = 0; i < {count}; i = i + 1) begin\n'
        '      in = m[i]; #1; $display("%b", out);\n    end\n  end\nendmodule\n'
    )


@pytest.mark.slow
def test_many_mutants_of_three_bundles(trained, targets):
    """2,000 mutants: noisy XOR on all inputs, iris on 65,536, and a pipelined core."""
    total: Counter[str] = Counter()
    for target, share in (
        (trained["noisy-xor"], 1000),
        (trained["iris"], 200),
        (targets[1], 800),
    ):
        with only_inside(target.bundle.path):
            total += fuzz(target, examples(share, True) // 40, seed=10_000)
    print(dict(total))
    assert total["refused"] > 400 and total[REFUTED] > 400 and total[PROVED] > 5


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    return {
        name: Target.of(export(train(name).model, folder / name)) for name in ("noisy-xor", "iris")
    }
