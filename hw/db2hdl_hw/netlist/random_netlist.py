"""Random netlists for tests and benchmarks; the same seed gives the same netlist."""

from __future__ import annotations

import numpy as np

from db2hdl_hw.netlist.builder import Builder, index_width, popcount_width
from db2hdl_hw.netlist.netlist import Netlist, Nets, Op

BIT_OPS = (Op.NOT, Op.AND, Op.OR, Op.XOR, Op.LUT, Op.AT_LEAST, Op.POPCOUNT)
"""Operations that read bits."""

_MOST_FANINS = 6


def random_netlist(
    seed: int,
    *,
    cells: int = 40,
    bits: int = 6,
    words: int = 1,
    word_width: int = 3,
    layers: int = 3,
) -> Netlist:
    """Return a netlist of every operation, with constants, duplicates and unused cells in it.

    Nothing is folded while it is built, and fan-ins are drawn with repetition from all earlier
    nets, so that passes find something to do.

    Parameters
    ----------
    seed : int
        Of the random generator.
    cells : int
        Cells besides constants and inputs; they are spread evenly over the layers.
    bits, words, word_width : int
        A bus ``x`` of ``bits`` bits, and words ``w0``, ``w1``, … of ``word_width`` bits each.
    layers : int
        Layers ``l0``, ``l1``, …; each marks its bits, and two others.

    Returns
    -------
    Netlist
        With outputs ``y`` (a bus), ``word`` (one word) and ``several`` (words side by side).
    """
    draw = _Draw(seed, bits, words, word_width)
    for layer in range(layers):
        with draw.builder.layer(f"l{layer}"):
            first = len(draw.bits)
            for _ in range(cells * layer // layers, cells * (layer + 1) // layers):
                draw.cell()
            nets = draw.builder.concat([draw.bits[first:], draw.some_bits(2)])
            draw.builder.mark(f"l{layer}", draw.random.permutation(nets))
    return draw.finish()


class _Draw:
    """A builder together with the nets to draw from."""

    def __init__(self, seed: int, bits: int, words: int, word_width: int) -> None:
        self.random = np.random.default_rng(seed)
        self.builder = Builder("random", fold=False)
        self.bits = [0, 1, *self.builder.input_bits("x", bits).tolist()]
        self.words: dict[int, list[int]] = {}
        for i in range(words):
            self._word(self.builder.input_word(f"w{i}", word_width), word_width)

    def some_bits(self, count: int) -> Nets:
        """Return random bit nets, the recent ones more often; repetition is allowed."""
        back = self.random.geometric(2 / (len(self.bits) + 2), size=count)
        everywhere = self.random.integers(len(self.bits), size=count)
        index = np.where(back <= len(self.bits), len(self.bits) - back, everywhere)
        return np.array(self.bits, dtype=np.int32)[index]

    def cell(self) -> None:
        """Add one cell of a random operation."""
        choices = [*BIT_OPS, Op.COMPARE, Op.ARGMAX] if self.words else BIT_OPS
        op = choices[int(self.random.integers(len(choices)))]
        fanins = self.some_bits(int(self.random.integers(1, _MOST_FANINS + 1)))
        n, b = len(fanins), self.builder
        if op is Op.NOT:
            self._bit(b.not_(fanins[0]))
        elif op is Op.AND:
            self._bit(b.all_(fanins))
        elif op is Op.OR:
            self._bit(b.any_(fanins))
        elif op is Op.XOR:
            self._bit(b.parity(fanins))
        elif op is Op.LUT:
            table = self.random.integers(1 << min(1 << n, 63), dtype=np.uint64)
            self._bit(b.lut(table, fanins))
        elif op is Op.AT_LEAST:
            self._bit(b.at_least(int(self.random.integers(n + 2)), fanins))
        elif op is Op.POPCOUNT:
            self._word(b.popcount(fanins), popcount_width(n))
        else:
            self._word_cell(op)

    def _word_cell(self, op: Op) -> None:
        width = int(self.random.choice(list(self.words)))
        words = self.words[width]
        count = int(self.random.integers(1, 5)) if op is Op.ARGMAX else 1
        nets = self.random.choice(words, size=count)
        if op is Op.ARGMAX:
            self._word(self.builder.argmax(nets), index_width(count))
        else:
            limit = self.random.integers((1 << width) + 1)
            self._bit(self.builder.compare(nets[0], limit))

    def _bit(self, net: Nets) -> None:
        self.bits.append(int(net))

    def _word(self, net: Nets, width: int) -> None:
        self.words.setdefault(width, []).append(int(net))

    def finish(self) -> Netlist:
        """Drive the outputs from random nets."""
        self.builder.output("y", self.some_bits(8))
        if self.words:
            each = [int(self.random.choice(words)) for words in self.words.values()]
            self.builder.output("word", [each[0]])
            self.builder.output("several", each)
        return self.builder.build()
