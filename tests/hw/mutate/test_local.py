# amaranth: UnusedElaboratable=no
"""Patterns of a few bits make a wrong gate show at the cut; there are none where nothing does."""

import numpy as np
import pytest

from db2hdl_hw.gateware.gates import ARITY, Gates, Kind, gates_of
from db2hdl_hw.mutate import local
from db2hdl_hw.mutate.gate_faults import each_minterm
from db2hdl_hw.mutate.graft import Grafts
from db2hdl_hw.mutate.local import Local
from db2hdl_hw.mutate.observe import Observer
from db2hdl_hw.netlist.planes import unpack
from db2hdl_hw.netlist.random_netlist import random_netlist
from db2hdl_hw.passes import optimise

pytest.importorskip("pysat")
BITS = 9  # of the random netlists
EVERY = (np.arange(1 << BITS)[:, None] >> np.arange(BITS) & 1).astype(bool)


def gates_and_observer(seed: int) -> tuple[Gates, Observer]:
    gates = gates_of(optimise(random_netlist(seed, cells=40)))
    return gates, Observer(gates)


def drives(gates: Gates, observer: Observer, words: np.ndarray, gate: int, code: int) -> np.ndarray:
    """Return which words drive a minterm into a gate."""
    value = unpack(observer.values(words), len(words))
    reads = gates.reads[gate][: ARITY[Kind(int(gates.kind[gate]))]]
    return np.all([value[read] == code >> i & 1 for i, read in enumerate(reads)], axis=0)


def changes(gates: Gates, observer: Observer, words: np.ndarray, gate: int, end: int) -> np.ndarray:
    """Return for which words the inverse of a gate changes another: all in between anew."""
    value = unpack(observer.values(words), len(words))
    other = {gate: ~value[gate]}
    for node in observer.behind(gate, end)[1:]:
        a, b, c = (other.get(read, value[read]) for read in gates.reads[node].tolist())
        kind = Kind(int(gates.kind[node]))
        other[node] = {
            Kind.BUF: a,
            Kind.NOT: ~a,
            Kind.AND: a & b,
            Kind.OR: a | b,
            Kind.XOR: a ^ b,
            Kind.MUX: np.where(c, a, b),
        }[kind]
    return np.asarray(other[end] != value[end])


def wanted(gates: Gates, observer: Observer) -> list[tuple[int, list[int]]]:
    found = each_minterm(gates, observer.reached)
    return [
        (gate, np.log2(found.mask[found.gate == gate]).astype(int).tolist())
        for gate in np.unique(found.gate).tolist()
    ]


@pytest.mark.parametrize("seed", range(3))
def test_a_pattern_does_what_it_is_for_whatever_the_other_bits_are(seed: int) -> None:
    gates, observer = gates_and_observer(seed)
    one = Local(gates, observer)
    found = none = 0
    for gate, codes in wanted(gates, observer):
        end = one.cut(gate)
        for code, pattern in one.patterns(gate, codes, EVERY[seed]).items():
            if pattern is None:
                right = drives(gates, observer, EVERY, gate, code)
                assert not (right & changes(gates, observer, EVERY, gate, end)).any()
                none += 1
                continue
            words = EVERY.copy()
            words[:, pattern.bits] = pattern.values
            assert drives(gates, observer, words, gate, code).all()
            assert changes(gates, observer, words, gate, end).all()
            found += 1
    assert found >= 50 and none > 0


def test_a_gate_that_depends_on_too_many_has_no_patterns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "MOST_GATES", 2)
    gates, observer = gates_and_observer(0)
    one = Local(gates, observer)
    last = int(np.flatnonzero(observer.reached & (gates.kind == Kind.AND))[-1])
    assert one.patterns(last, [0, 1], EVERY[0]) == {} and one.cut(last) == last


def test_there_is_a_fault_for_each_minterm_of_each_gate_once() -> None:
    gates, observer = gates_and_observer(1)
    sizes = [1 << ARITY[Kind(int(gates.kind[gate]))] for gate, _ in wanted(gates, observer)]
    assert [codes for _, codes in wanted(gates, observer)] == [list(range(n)) for n in sizes]


def test_words_with_patterns_show_what_is_wanted_and_note_what_nothing_shows() -> None:
    gates, observer = gates_and_observer(2)
    want, dead = np.zeros(len(gates), np.uint8), np.zeros(len(gates), np.uint8)
    found = each_minterm(gates, observer.reached)
    np.bitwise_or.at(want, found.gate, found.mask)
    words = Grafts(gates, observer, EVERY[::7], 0).words(want, dead)
    nodes = np.flatnonzero(want)
    seen, shown = (
        dict(
            zip(
                nodes.tolist(),
                unpack(observer.seen(observer.values(w), nodes), len(w)),
                strict=True,
            )
        )
        for w in (EVERY, words)
    )
    real = caught = 0
    for gate, codes in wanted(gates, observer):
        for code in codes:
            possible = (drives(gates, observer, EVERY, gate, code) & seen[gate]).any()
            assert not (possible and dead[gate] >> code & 1)
            real += possible
            caught += (drives(gates, observer, words, gate, code) & shown[gate]).any()
    assert caught >= 0.9 * real > 50 and dead.any()
    assert not len(Grafts(gates, observer, EVERY[:1], 0).words(want & 0, dead))
