"""A netlist as a circuit: what each cell means, in a translator of its own.

It shares no code with the interpreter, the passes or the gateware, all of which it checks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from db2hdl_hw.netlist.netlist import BIT, NO_NET, Netlist, Nets, Op
from db2hdl_hw.prove.circuit import Circuit, Word, port_word
from db2hdl_hw.prove.graph import Graph
from db2hdl_hw.prove.sums import Sums, at_least, greater, pad


def netlist_circuit(netlist: Netlist, graph: Graph) -> Circuit:
    """Return the circuit of a netlist, its nodes added to the graph."""
    sums = Sums(graph)
    words: list[Word] = []
    start, fanin = netlist.fanin_start.tolist(), netlist.fanin.tolist()
    ops, params, widths = netlist.op.tolist(), netlist.param.tolist(), netlist.width.tolist()
    inputs = [port_word(graph, port.name, port.width) for port in netlist.inputs]
    for cell, (op, param, width) in enumerate(zip(ops, params, widths, strict=True)):
        size = max(1, width)
        if op == Op.CONST:
            words.append([param >> place & 1 for place in range(size)])
        elif op == Op.INPUT:
            word = inputs[param >> 32]
            words.append([word[param & 0xFFFFFFFF]] if width == BIT else word)
        else:
            reads = [words[net] for net in fanin[start[cell] : start[cell + 1]]]
            made = MEANING[op](sums, reads, param)
            words.append(pad(made, size))
    circuit = Circuit(graph)
    for name, nets in netlist.outputs.items():
        circuit.outputs[name] = [bit for net in nets.tolist() for bit in words[net]]
    for layer, nets in netlist.probes.items():
        circuit.points[layer] = _probe(nets, words)
    return circuit


def _probe(nets: Nets, words: Sequence[Word]) -> list[int | None]:
    return [None if net == NO_NET else words[net][0] for net in nets.tolist()]


def _bits(reads: Sequence[Word]) -> list[int]:
    return [word[0] for word in reads]


def _not(sums: Sums, reads: Sequence[Word], param: int) -> Word:
    return [reads[0][0] ^ 1]


def _and(sums: Sums, reads: Sequence[Word], param: int) -> Word:
    return [sums.graph.all_(_bits(reads))]


def _or(sums: Sums, reads: Sequence[Word], param: int) -> Word:
    return [sums.graph.any_(_bits(reads))]


def _xor(sums: Sums, reads: Sequence[Word], param: int) -> Word:
    return [sums.graph.parity(_bits(reads))]


def _lut(sums: Sums, reads: Sequence[Word], param: int) -> Word:
    return [sums.graph.lut(param, _bits(reads))]


def _at_least(sums: Sums, reads: Sequence[Word], param: int) -> Word:
    return [threshold(sums, _bits(reads), param)]


def _popcount(sums: Sums, reads: Sequence[Word], param: int) -> Word:
    return sums.count(_bits(reads))


def _compare(sums: Sums, reads: Sequence[Word], param: int) -> Word:
    return [at_least(sums.graph, reads[0], param)]


def _argmax(sums: Sums, reads: Sequence[Word], param: int) -> Word:
    return argmax(sums.graph, reads)


MEANING: dict[int, Callable[[Sums, Sequence[Word], int], Word]] = {
    Op.NOT: _not,
    Op.AND: _and,
    Op.OR: _or,
    Op.XOR: _xor,
    Op.LUT: _lut,
    Op.AT_LEAST: _at_least,
    Op.POPCOUNT: _popcount,
    Op.COMPARE: _compare,
    Op.ARGMAX: _argmax,
}


def threshold(sums: Sums, bits: Sequence[int], k: int) -> int:
    """Return whether at least ``k`` of the bits are true; any and all without counting."""
    if k <= 0:
        return 1
    if k > len(bits):
        return 0
    if k == 1:
        return sums.graph.any_(bits)
    if k == len(bits):
        return sums.graph.all_(bits)
    return at_least(sums.graph, sums.count(bits), k)


def argmax(graph: Graph, words: Sequence[Word]) -> Word:
    """Return the index of the greatest word, the lowest on a tie: the winners of halves meet."""
    index, _ = _winner(graph, words)
    return index or [0]


def _winner(graph: Graph, words: Sequence[Word]) -> tuple[Word, Word]:
    """Return the index of the greatest word and that word; the left half is a power of two."""
    if len(words) == 1:
        return [], list(words[0])
    half = 1 << ((len(words) - 1).bit_length() - 1)
    (low, left), (high, right) = _winner(graph, words[:half]), _winner(graph, words[half:])
    wins = greater(graph, right, left)
    index = [graph.mux(wins, x, y) for x, y in zip(pad(high, len(low)), low, strict=True)]
    return [*index, wins], [graph.mux(wins, x, y) for x, y in zip(right, left, strict=True)]
