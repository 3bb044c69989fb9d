# amaranth: UnusedElaboratable=no
"""What is said of faults is what planting each of them shows, on every input there is."""

import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from db2hdl_hw.gateware.gates import ARITY, Gates, Kind
from db2hdl_hw.mutate import score, search
from db2hdl_hw.mutate.gate_faults import FAULTS, Known, table
from db2hdl_hw.mutate.observe import Observer
from db2hdl_hw.mutate.reach import Reach
from db2hdl_hw.mutate.score import Circuit, Made
from db2hdl_hw.netlist.builder import Builder
from db2hdl_hw.netlist.netlist import Netlist
from db2hdl_hw.netlist.random_netlist import random_netlist
from db2hdl_hw.passes import optimise

pytest.importorskip("pysat")
BITS = 9  # of the random netlists
EVERY = (np.arange(1 << BITS)[:, None] >> np.arange(BITS) & 1).astype(bool)
HASHES = [f"{seed:064x}" for seed in range(1, 6)]


def values_of(gates: Gates, words: np.ndarray, wrong: dict[int, int] | None = None) -> np.ndarray:
    """Evaluate gate by gate from tables, one of which may be wrong; the outputs."""
    value: list[np.ndarray] = [np.zeros(len(words), int), np.ones(len(words), int)]
    for node, kind in enumerate(gates.kind.tolist()):
        if node < 2:
            continue
        reads = gates.reads[node].tolist()
        if kind == Kind.INPUT:
            value.append(words[:, reads[0]].astype(int))
            continue
        code = sum(value[read] << i for i, read in enumerate(reads[: ARITY[Kind(kind)]]))
        value.append((wrong or {}).get(node, table(kind)) >> code & 1)
    return np.stack([value[node] for node in gates.outputs], axis=1)


def planted(gates: Gates) -> Iterator[tuple[int, int, str]]:
    for node, kind in enumerate(gates.kind.tolist()):
        for mask, name in FAULTS.get(kind, {}).items():
            yield node, mask, name


def shows(gates: Gates, words: np.ndarray, node: int, mask: int) -> bool:
    wrong = {node: table(int(gates.kind[node])) ^ mask}
    return bool((values_of(gates, words) != values_of(gates, words, wrong)).any())


@cache
def circuit(seed: int, cells: int = 24) -> tuple[Netlist, Circuit]:
    netlist = optimise(random_netlist(seed, cells=cells))
    return netlist, Circuit(netlist, "", HASHES[seed % len(HASHES)])


@cache
def made(seed: int) -> tuple[Circuit, Made]:
    """One that is not changed by tests."""
    one = circuit(seed)[1]
    return one, made_for(one)


def made_for(one: Circuit, given: int = 0) -> Made:
    rows = EVERY[:given]
    return one.make(rows, EVERY[[0, -1]], 60, lambda step: None)


@pytest.mark.parametrize("seed", range(2))
def test_a_planted_fault_that_changes_the_function_is_caught(seed: int) -> None:
    one, found = made(seed)
    assert not found.stopped
    real = caught = 0
    for node, mask, _ in planted(one.gates):
        if shows(one.gates, EVERY, node, mask):
            real += 1
            caught += shows(one.gates, found.words, node, mask)
    assert real > 30
    assert caught >= 0.99 * real


@pytest.mark.parametrize("seed", range(2))
def test_the_score_is_what_planting_every_fault_counts(seed: int) -> None:
    one, found = made(seed)
    words = found.words[::2]  # so that there is something to miss
    tally, missed = one.measure([words], found.dead)
    held = list(zip(one.held_out.gate.tolist(), one.held_out.mask.tolist(), strict=True))
    caught = [shows(one.gates, words, *fault) for fault in held]
    real = [shows(one.gates, EVERY, *fault) for fault in held]
    assert (tally.faults, tally.caught) == (len(held), sum(caught))
    whole, left = one.measure([found.words], found.dead)
    assert whole.equivalent == len(real) - sum(real)
    assert len(missed) >= len(left) == whole.faults - whole.caught - whole.equivalent


def test_without_the_vectors_the_score_falls() -> None:
    one, found = made(1)
    with_them, _ = one.measure([found.words], found.dead)
    without, _ = one.measure([found.words[:0]], found.dead)
    assert with_them.score >= 0.97 > without.score == 0


def test_more_is_done_while_the_score_is_too_low(monkeypatch: pytest.MonkeyPatch) -> None:
    few, more = circuit(1)[1], circuit(1)[1]
    monkeypatch.setattr(score, "ENOUGH", -1.0)
    less = made_for(few)
    monkeypatch.setattr(score, "ENOUGH", 2.0)  # never enough: then every minterm is shown
    found = made_for(more)
    assert len(found.words) > len(less.words)
    real = [f for f in planted(more.gates) if shows(more.gates, EVERY, f[0], f[1])]
    assert all(shows(more.gates, found.words, node, mask) for node, mask, _ in real)


def test_faults_set_aside_are_not_those_that_vectors_are_made_for() -> None:
    _, one = circuit(2)
    pairs = [set(zip(f.gate, f.mask, strict=True)) for f in (one.made_for, one.held_out)]
    assert pairs[0] and pairs[1] and not pairs[0] & pairs[1]
    assert len(pairs[0]) + len(pairs[1]) <= one.faults


def test_the_same_model_gives_the_same_words() -> None:
    first, second = (made_for(circuit(3)[1]) for _ in range(2))
    assert (first.words == second.words).all()
    assert first.dead == second.dead


def test_what_given_rows_show_needs_no_vectors() -> None:
    _, one = circuit(0)
    assert len(made_for(one, given=len(EVERY)).words) < len(made_for(one).words)


def test_a_false_claim_of_equivalence_is_found() -> None:
    one, found = made(1)
    assert one.doubt(found.dead, 10_000) == []
    node = next(n for n, m, _ in planted(one.gates) if shows(one.gates, EVERY, n, m))
    codes = (1 << (1 << ARITY[Kind(int(one.gates.kind[node]))])) - 1
    assert one.doubt({node: codes}, 10_000)[0].endswith("is not equivalent")
    assert not one.knows(len(one.gates), 1) and not one.knows(0, 1)


@pytest.mark.parametrize("seed", range(3))
def test_where_a_gate_shows_is_what_inverting_it_shows(seed: int) -> None:
    _, one = circuit(seed, cells=40)
    gates, observer = one.gates, Observer(one.gates)
    words = EVERY[::5]
    nodes = np.flatnonzero(gates.kind >= Kind.BUF)
    seen = observer.seen(observer.values(words), nodes)
    right = values_of(gates, words)
    for node, row in zip(nodes.tolist(), seen, strict=True):
        full = (1 << (1 << ARITY[Kind(int(gates.kind[node]))])) - 1
        inverse = {node: table(int(gates.kind[node])) ^ full}
        wanted = (values_of(gates, words, inverse) != right).any(axis=1)
        bits = np.unpackbits(row.view(np.uint8), bitorder="little", count=len(words))
        assert (bits.astype(bool) == wanted).all()
        assert observer.reached[node] or not wanted.any()


def test_the_solver_says_what_all_inputs_say() -> None:
    _, one = circuit(4)
    gates, observer = one.gates, Observer(one.gates)
    reach = Reach(gates, observer, 0)
    asked = 0
    for node in np.flatnonzero(observer.reached & (gates.kind >= Kind.BUF)).tolist():
        for code in range(1 << ARITY[Kind(int(gates.kind[node]))]):
            answer = reach.word(node, code, 10_000)
            assert answer.decided
            assert (answer.word is not None) == shows(gates, EVERY, node, 1 << code)
            if answer.word is not None:
                assert shows(gates, answer.word[None], node, 1 << code)
            asked += 1
    reach.close()
    assert asked > 50


def test_the_time_limit_ends_it_and_is_named() -> None:
    _, one = circuit(0)
    started = time.monotonic()
    words = one.make(EVERY[:0], EVERY[:2], 0, lambda step: None)
    assert words.stopped == "time" and time.monotonic() - started < 60


def test_few_conflicts_end_it_and_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score, "MAKING", -1)
    monkeypatch.setattr(search, "GRAFTS", 0)
    monkeypatch.setattr(search, "TRIALS", 0)
    _, one = circuit(0)
    assert made_for(one).stopped == "conflicts"


def test_a_wide_net_of_thresholds() -> None:
    builder = Builder("top")
    ports = [builder.input_word(f"w{i}", 8) for i in range(60)]
    rng = np.random.default_rng(0)
    with builder.layer("encoder"):
        bits = builder.compare(np.array(ports), rng.integers(1, 256, 60))
        builder.output("y", builder.at_least(30, bits).reshape(1))
    one = Circuit(builder.build(), "", HASHES[0])
    words = one.make(np.zeros((0, 480), bool), np.zeros((1, 480), bool), 60, lambda step: None)
    tally, _ = one.measure([words.words], words.dead)
    assert tally.score >= 0.99 and len(words.words) < 2500


def test_known_of_no_words_keeps_what_none_can_show() -> None:
    known = Known(np.array([1, 2], np.uint8), np.array([4, 8], np.uint8))
    again = known.without_words()
    assert not again.shown.any() and (again.dead == known.dead).all()
    assert replace(known).shown[0] == 1
