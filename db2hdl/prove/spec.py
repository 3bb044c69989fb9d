"""The specification: a HardNet as a circuit of the prover, straight from its definition.

Nothing here comes from ``ops``, ``lower``, the netlist, its passes or the gateware: what each
kind of layer computes is written down once more, next to ``hardnet.EVALUATE``, which the tests
compare it with. Arrays of literals take the place of arrays of booleans.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from db2hdl.hardnet import INPUT, HardLayer, HardNet
from db2hdl_hw.prove.circuit import Circuit, Word
from db2hdl_hw.prove.graph import FALSE, Graph
from db2hdl_hw.prove.sums import Sums, at_least, greater, pad

Literals = NDArray[np.int64]

FeatureWords = Mapping[str, Sequence[int]]
"""The literals of each feature's code, the least significant first."""


def specification(
    hard: HardNet, graph: Graph, words: FeatureWords, outputs: Sequence[str]
) -> Circuit:
    """Return the circuit of a hard net, its nodes added to the graph.

    Parameters
    ----------
    hard : HardNet
    graph : Graph
    words : mapping of feature name to word
        The inputs: the code of each feature.
    outputs : sequence of str
        Which ports there are: ``class_index``, ``class_bits``, ``scores``, ``y``.
    """
    spec = _Spec(graph, [list(words[feature.name]) for feature in hard.features])
    values: list[Literals] = []
    circuit = Circuit(graph)
    for layer in hard.layers_:
        read = [spec.codes if i == INPUT else values[i] for i in layer.inputs]
        values.append(MEANING[layer.kind](spec, layer, *read))
        circuit.points[layer.name] = [int(x) for x in values[-1].reshape(-1)]
    bits = [int(x) for x in values[-1].reshape(-1)]
    ports = _class_ports(spec, hard, bits) if hard.classes else {"y": bits}
    circuit.outputs = {name: ports[name] for name in outputs}
    return circuit


class _Spec:
    """The graph, its sums, and the codes of the features as words."""

    def __init__(self, graph: Graph, codes: list[Word]) -> None:
        self.graph = graph
        self.sums = Sums(graph)
        self.codes = codes

    def at_least(self, bits: Sequence[int], k: int) -> int:
        """Return whether at least k bits are true: all, any, or a count compared."""
        if k <= 0:
            return 1
        if k > len(bits):
            return FALSE
        if k == len(bits):
            return self.graph.all_(bits)
        if k == 1:
            return self.graph.any_(bits)
        return at_least(self.graph, self.sums.count(bits), k)


def _rows(x: Literals) -> tuple[list[list[int]], tuple[int, ...]]:
    """Return the rows along the last axis, and the shape of the others."""
    return x.reshape(-1, x.shape[-1]).tolist(), x.shape[:-1]


def _array(values: Sequence[Any], *shape: int) -> Literals:
    return np.array(values, np.int64).reshape(shape)


def _encoder(spec: _Spec, layer: HardLayer, codes: list[Word]) -> Literals:
    pairs = zip(layer.weights["feature"].tolist(), layer.weights["threshold"].tolist(), strict=True)
    return _array([at_least(spec.graph, codes[f], t) for f, t in pairs], -1)


def _literals(spec: _Spec, layer: HardLayer, x: Literals) -> Literals:
    return np.concatenate([x, x ^ 1], axis=-1)


def _not(spec: _Spec, layer: HardLayer, x: Literals) -> Literals:
    return np.where(layer.weights["weight"], x[..., None, :], x[..., None, :] ^ 1)


def _implies(spec: _Spec, layer: HardLayer, x: Literals) -> Literals:
    return np.where(layer.weights["weight"], x[..., None, :], 1)


def _mask_to_false(spec: _Spec, layer: HardLayer, x: Literals) -> Literals:
    return np.where(layer.weights["weight"], x[..., None, :], 0)


def _neurons(of: Callable[[_Spec, list[int], int], int]) -> Callable[..., Literals]:
    """Return a layer whose neuron i reads the inputs with a high weight[i]."""

    def meaning(spec: _Spec, layer: HardLayer, x: Literals) -> Literals:
        rows, shape = _rows(x)
        chosen = [np.flatnonzero(w).tolist() for w in layer.weights["weight"]]
        values = [
            [of(spec, [row[j] for j in some], i) for i, some in enumerate(chosen)] for row in rows
        ]
        return _array(values, *shape, len(chosen))

    return meaning


def _threshold(spec: _Spec, layer: HardLayer, x: Literals) -> Literals:
    k = layer.weights["k"].tolist()
    return _neurons(lambda spec, bits, i: spec.at_least(bits, k[i]))(spec, layer, x)


def _lut(spec: _Spec, layer: HardLayer, x: Literals) -> Literals:
    rows, shape = _rows(x)
    tables = [_number(row) for row in layer.weights["weight"]]
    wires = layer.weights["wires"].tolist()
    values = [
        [spec.graph.lut(t, [row[j] for j in w]) for t, w in zip(tables, wires, strict=True)]
        for row in rows
    ]
    return _array(values, *shape, len(tables))


def _number(bits: NDArray[np.bool_]) -> int:
    return sum(1 << i for i in np.flatnonzero(bits).tolist())


def _select(spec: _Spec, layer: HardLayer, x: Literals) -> Literals:
    index = layer.weights["index"]
    return np.where(index >= 0, x[..., index], FALSE)


def _reduction(
    of: Callable[[_Spec, HardLayer, list[int]], int],
) -> Callable[[_Spec, HardLayer, Literals], Literals]:
    def meaning(spec: _Spec, layer: HardLayer, x: Literals) -> Literals:
        rows, shape = _rows(x)
        return _array([of(spec, layer, row) for row in rows], *shape)

    return meaning


def _count_hot(spec: _Spec, layer: HardLayer, x: Literals) -> Literals:
    """Bit i is: exactly i bits are low, so at least n - i are high and not n - i + 1."""
    rows, shape = _rows(x)
    n = x.shape[-1]
    values = []
    for row in rows:
        reach = [spec.at_least(row, k) for k in range(n + 2)]
        values.append([spec.graph.and_(reach[n - i], reach[n - i + 1] ^ 1) for i in range(n + 1)])
    return _array(values, *shape, n + 1)


MEANING: Mapping[str, Callable[..., Literals]] = {
    "encoder": _encoder,
    "literals": _literals,
    "not": _not,
    "implies": _implies,
    "mask_to_false": _mask_to_false,
    "and": _neurons(lambda spec, bits, i: spec.graph.all_(bits)),
    "or": _neurons(lambda spec, bits, i: spec.graph.any_(bits)),
    "xor": _neurons(lambda spec, bits, i: spec.graph.parity(bits)),
    "lut": _lut,
    "select": _select,
    "threshold": _threshold,
    "all_of": _reduction(lambda spec, layer, bits: spec.graph.all_(bits)),
    "any_of": _reduction(lambda spec, layer, bits: spec.graph.any_(bits)),
    "majority": _reduction(lambda spec, layer, bits: spec.at_least(bits, len(bits) // 2 + 1)),
    "at_least": _reduction(lambda spec, layer, bits: spec.at_least(bits, layer.params["k"])),
    "count_hot": _count_hot,
    "concat": lambda spec, layer, *xs: np.concatenate(xs, axis=-1),
    "reshape": lambda spec, layer, x: x.reshape(layer.params["shape"]),
    "class_head": lambda spec, layer, x: x,
}


def _class_ports(spec: _Spec, hard: HardNet, bits: list[int]) -> dict[str, Word]:
    classes = len(hard.classes)
    group = len(bits) // classes
    width = max(1, group.bit_length())
    counts = [
        pad(spec.sums.count(bits[c * group : (c + 1) * group]), width) for c in range(classes)
    ]
    return {
        "class_index": _winner(spec.graph, counts, hard.class_index_width),
        "class_bits": bits,
        "scores": [digit for count in counts for digit in count],
    }


def _winner(graph: Graph, counts: list[Word], width: int) -> Word:
    """Return the index of the greatest count, the lowest on a tie.

    A tournament: neighbours meet, the right one wins only if it is greater, and the winners meet
    again; each carries its index. The order of the games does not change who wins, as a lower
    index always stands to the left.
    """
    field = [
        (count, [number >> p & 1 for p in range(width)]) for number, count in enumerate(counts)
    ]
    while len(field) > 1:
        games = [
            _game(graph, left, right) for left, right in zip(field[::2], field[1::2], strict=False)
        ]
        field = games + field[len(field) & ~1 :]
    return field[0][1]


def _game(graph: Graph, left: tuple[Word, Word], right: tuple[Word, Word]) -> tuple[Word, Word]:
    wins = greater(graph, right[0], left[0])
    count, index = (
        [graph.mux(wins, new, old) for new, old in zip(b, a, strict=True)]
        for a, b in zip(left, right, strict=True)
    )
    return count, index
