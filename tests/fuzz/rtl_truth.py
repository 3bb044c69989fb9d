"""What a design computes, by walking its tree with Python's integers: the truth for fuzzers.

It shares nothing with ``verilog.flat`` and the prover but the tree: it knows modules, not a flat
circuit, and evaluates a net when it is asked for. A bit is an integer whose bit k belongs to
sample k, so that 65,536 samples are computed at once. Registers are stepped, cycle by cycle.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from db2hdl_hw.verilog.tree import (
    Assign,
    Binary,
    Choice,
    Concat,
    Const,
    Design,
    Expression,
    Instance,
    Ref,
    Register,
    Unary,
)

Word = list[int]
"""Bits of a word, the least significant first, each with all samples."""


class Machine:
    """A design that is stepped; its registers begin with random values.

    Parameters
    ----------
    design : Design
    samples : int
    seed : int
        Of what the registers hold at first.
    """

    def __init__(self, design: Design, samples: int, seed: int = 0) -> None:
        self._all = (1 << samples) - 1
        self._top = _Place(design, design.top, self)
        self._rng, self._samples = random.Random(seed), samples
        self.state: dict[tuple[int, str], Word] = {}

    def unknown(self, width: int) -> Word:
        """Return a word of random bits."""
        return [self._rng.getrandbits(self._samples) for _ in range(width)]

    def step(self, inputs: Mapping[str, Word]) -> dict[str, Word]:
        """Return the outputs for some inputs, and let the clock tick."""
        self._top.inputs(dict(inputs))
        module = self._top.module
        out = {name: self._top.net(name) for name in module.ports if name not in inputs}
        following = list(self._top.registers())
        self.state.update(following)
        return {n: word for n, word in out.items() if module.nets[n].kind == "output"}

    def value(self, op: str, words: Sequence[Word]) -> Word:
        """Return what an operator makes of words."""
        a, b = words[0], words[-1]
        if op == "~":
            return [self._all ^ bit for bit in a]
        if len(words) == 1:
            return [self._reduced(op, a)]
        if op in "&|^":
            table = {"&": int.__and__, "|": int.__or__, "^": int.__xor__}
            return [table[op](x, y) for x, y in zip(a, b, strict=True)]
        if op == "+":
            return self._sum(a, b, 0)[0]
        difference, no_borrow = self._sum(a, [self._all ^ bit for bit in b], self._all)
        if op == "-":
            return difference
        if op == ">=":
            return [no_borrow]
        return [self._all ^ self._sum(b, [self._all ^ bit for bit in a], self._all)[1]]

    def _reduced(self, op: str, word: Word) -> int:
        total = self._all if op == "&" else 0
        for bit in word:
            total = total & bit if op == "&" else total | bit if op == "|" else total ^ bit
        return total

    def _sum(self, a: Word, b: Word, carry: int) -> tuple[Word, int]:
        digits = []
        for x, y in zip(a, b, strict=True):
            digits.append(x ^ y ^ carry)
            carry = (x & y) | (x & carry) | (y & carry)
        return digits, carry

    def constant(self, value: Const) -> Word:
        """Return a constant as the same bit for all samples."""
        return [self._all * (value.value >> place & 1) for place in range(value.width)]


class _Place:
    """An instance of a module: its nets, as far as somebody has asked for them."""

    def __init__(self, design: Design, module: str, machine: Machine) -> None:
        self.module = design.modules[module]
        self._machine = machine
        self._known: dict[str, Word] = {}
        self._driver: dict[str, tuple[Assign | Register | _Place, str]] = {}
        self._parts: list[tuple[_Place, Instance]] = []
        for item in self.module.items:
            if isinstance(item, Instance):
                part = _Place(design, item.module, machine)
                self._parts.append((part, item))
                for port, net in item.connections:
                    if part.module.nets[port].kind == "output":
                        self._driver[net] = part, port
            else:
                self._driver[item.target] = item, item.target
        self._from: dict[str, tuple[_Place, str]] = {}
        for part, item in self._parts:
            part._from = {port: (self, net) for port, net in item.connections}

    def inputs(self, known: dict[str, Word]) -> None:
        """Forget everything and begin with these inputs."""
        self._known = known
        for part, _ in self._parts:
            part.inputs({})

    def net(self, name: str) -> Word:
        if name not in self._known:
            self._known[name] = self._driven(name)
        return self._known[name]

    def _driven(self, name: str) -> Word:
        if self.module.nets[name].kind == "input":
            outside, net = self._from[name]
            return outside.net(net)
        driver, port = self._driver[name]
        if isinstance(driver, _Place):
            return driver.net(port)
        if isinstance(driver, Assign):
            return self._word(driver.value)
        held = self._machine.state.get((id(self), name))
        if held is None:
            held = self._machine.unknown(self.module.nets[name].width)
            self._machine.state[id(self), name] = held
        return held

    def registers(self):
        """Yield what each register takes over at the clock edge."""
        for item in self.module.items:
            if isinstance(item, Register):
                yield (id(self), item.target), self._word(item.value)
        for part, _ in self._parts:
            yield from part.registers()

    def _word(self, value: Expression) -> Word:
        if isinstance(value, Ref):
            word = self.net(value.name)
            return word if value.high is None else word[value.low : value.high + 1]
        if isinstance(value, Const):
            return self._machine.constant(value)
        if isinstance(value, Concat):
            return [bit for part in reversed(value.parts) for bit in self._word(part)]
        if isinstance(value, Unary):
            return self._machine.value(value.op, [self._word(value.operand)])
        if isinstance(value, Binary):
            words = [self._word(value.left), self._word(value.right)]
            return self._machine.value(value.op, words)
        return self._choice(value)

    def _choice(self, value: Choice) -> Word:
        (asked,) = self._word(value.condition)
        pairs = zip(self._word(value.high), self._word(value.low), strict=True)
        return [(asked & high) | (~asked & low) for high, low in pairs]
