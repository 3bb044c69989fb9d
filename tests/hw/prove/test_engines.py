"""Both engines, on pairs that are equal and on pairs that are not."""

import numpy as np
import pytest

from db2hdl_hw.errors import Db2hdlError, ToolError
from db2hdl_hw.prove import engine_abc, engine_sat, equal
from db2hdl_hw.prove.certificate import check, to_dimacs
from db2hdl_hw.prove.engine_sat import Answer
from db2hdl_hw.prove.equal import NOT_PROVED, PROVED, REFUTED, prove_equal
from db2hdl_hw.prove.graph import Graph
from db2hdl_hw.prove.patterns import NEAR, near
from db2hdl_hw.prove.reduce import Obligation, reduce
from db2hdl_hw.prove.sums import ripple


def adders(width=6):
    """The digits of one sum by two different circuits; and their graph."""
    graph = Graph()
    a = [graph.input(f"a{i}") for i in range(width)]
    b = [graph.input(f"b{i}") for i in range(width)]
    first, _ = ripple(graph, a, b, 0)
    second, carry = [], 0
    for x, y in zip(a, b, strict=True):
        second.append(graph.parity([carry, y, x]))
        carry = graph.or_(graph.and_(carry, graph.or_(x, y)), graph.and_(x, y))
    return graph, first, second


def obligations(pairs):
    return [Obligation(a, b, 0) for a, b in pairs if a != b]


def test_engines_agree_on_equal_pairs():
    graph, first, second = adders()
    pairs = obligations(zip(first, second, strict=True))
    assert pairs
    assert all(answer.holds for answer in engine_sat.decide(graph, pairs))
    assert engine_abc.decide(graph, pairs) is True


def test_engines_agree_on_a_pair_that_differs_for_one_input():
    graph, first, second = adders()
    names = list(graph.inputs)
    wrong = graph.xor(second[-1], graph.all_(graph.inputs[name] for name in names))
    answer = engine_sat.decide(graph, obligations([(first[-1], wrong)]))[0]
    assert answer.holds is False
    assert all(answer.inputs[graph.inputs[name] >> 1] for name in names)
    assert engine_abc.decide(graph, obligations([(first[-1], wrong)])) is False
    assert engine_abc.decide(graph, obligations([(first[0], second[0]), (first[-1], wrong)])) is (
        False
    )


@pytest.mark.parametrize("constant", [0, 1])
def test_pairs_with_a_constant(constant):
    graph = Graph()
    a, b = graph.input("a"), graph.input("b")
    never = graph.and_(graph.and_(a, b), graph.and_(a ^ 1, graph.or_(a, b)))
    for pair, holds in (((never, 0), True), ((never ^ 1, 1), True), ((a, constant), False)):
        asked = [Obligation(*pair, 0)]
        assert engine_sat.decide(graph, asked)[0].holds is holds
        assert engine_abc.decide(graph, asked) is holds


def outputs(first, second):
    return [(("y", i), a, b) for i, (a, b) in enumerate(zip(first, second, strict=True))]


def test_a_proof_needs_both_engines():
    graph, first, second = adders()
    outcome = prove_equal(graph, outputs(first, second))
    assert outcome.verdict == PROVED
    assert outcome.engines == {"sat": PROVED, "abc": PROVED}
    assert outcome.obligations


def test_a_refutation_is_an_input_for_which_evaluation_differs():
    graph, first, second = adders()
    names = list(graph.inputs)
    second[3] = graph.xor(
        second[3], graph.all_(graph.inputs[n] ^ (i & 1) for i, n in enumerate(names))
    )
    outcome = prove_equal(graph, outputs(first, second))
    assert outcome.verdict == REFUTED
    assert outcome.case == {name: not i & 1 for i, name in enumerate(names)}
    assert outcome.outputs == [("y", 3)]


def test_engines_that_contradict_each_other_are_reported(monkeypatch):
    graph, first, second = adders()
    monkeypatch.setattr(engine_abc, "decide", lambda *a, **k: False)
    with pytest.raises(Db2hdlError, match="contradict"):
        prove_equal(graph, outputs(first, second))


@pytest.mark.parametrize("answer", ["undecided", "killed"])
def test_an_engine_that_gives_up_has_not_proved(monkeypatch, answer):
    graph, first, second = adders()
    said = "Networks are UNDECIDED." if answer == "undecided" else None
    monkeypatch.setattr(engine_abc, "_run", lambda *a: said)
    outcome = prove_equal(graph, outputs(first, second))
    assert outcome.verdict == NOT_PROVED
    assert outcome.engines == {"sat": PROVED, "abc": NOT_PROVED}


def test_a_solver_that_gives_up_has_not_proved(monkeypatch):
    graph, first, second = adders()
    monkeypatch.setattr(engine_sat, "_one", lambda *a: Answer(None))
    assert prove_equal(graph, outputs(first, second)).verdict == NOT_PROVED


def test_out_of_time_is_not_proved():
    graph, first, second = adders()
    outcome = prove_equal(graph, outputs(first, second), deadline=0.0)
    assert (outcome.verdict, outcome.why) == (NOT_PROVED, "out of time")


def test_a_missing_engine_is_an_error(monkeypatch):
    monkeypatch.setattr(engine_abc, "find_spec", lambda name: None)
    with pytest.raises(ToolError, match="pip install"):
        engine_abc.find_abc()


def test_a_killed_abc_says_nothing(tmp_path):
    assert engine_abc._run(["/bin/sh", "-c", "kill -9 $$"], tmp_path, 10.0) is None
    assert engine_abc._run(["/bin/sh", "-c", "exec sleep 60"], tmp_path, 0.05) is None


def test_wrong_guesses_break_their_own_obligation():
    graph, first, second = adders()
    wrong = {second[3] >> 1: first[2]}
    reduced = reduce(graph, wrong)
    assert [one.node for one in reduced.obligations] == [second[3] >> 1]
    assert engine_sat.decide(reduced.graph, reduced.obligations)[0].holds is False


def test_wrong_guesses_of_values_do_not_stop_a_proof():
    graph, first, second = adders(8)
    few = {name: np.array([False, True]) for name in graph.inputs}
    outcome = equal.prove_equal(graph, outputs(first, second), sweep=True, cases=few)
    assert outcome.verdict == PROVED


def test_certificates_are_checked_and_a_cut_one_is_not_one():
    graph, first, second = adders()
    kept = []
    pairs = obligations(zip(first, second, strict=True))
    engine_sat.decide(graph, pairs, keep=lambda *one: kept.append(one))
    assert len(kept) == len(pairs)
    for _, clauses, proof in kept:
        assert check(clauses, proof)
        assert to_dimacs(clauses).startswith("p cnf ")
    _, clauses, proof = max(kept, key=lambda one: len(one[2]))
    assert not check(clauses[1:], proof) or not check(clauses[2:], proof)
    assert not check([[1, 2], [-1, 2]], ["2 0", "0"])


def test_what_small_cones_leave_open_is_tried_on_patterns_first(monkeypatch):
    """A guess that is wrong for few inputs: patterns refute it, or else the whole cone."""
    graph = Graph()
    bits = [graph.input(f"x{i}") for i in range(16)]
    rare = graph.all_(bits)
    seen = []
    monkeypatch.setattr(equal, "SMALL", 40)
    decide = engine_sat.decide

    def spy(graph, asked, **options):
        seen.append(options.get("most"))
        return decide(graph, asked, **options)

    monkeypatch.setattr(engine_sat, "decide", spy)
    parity = graph.parity(bits)
    first = [graph.and_(parity, bits[i]) for i in range(4)]
    second = [graph.xor(one, graph.and_(rare, bits[i])) for i, one in enumerate(first)]
    few = {f"x{i}": np.arange(64) >> i & 1 > 0 for i in range(16)}
    outcome = prove_equal(graph, outputs(first, second), sweep=True, cases=few)
    assert outcome.verdict == REFUTED
    assert seen[0] == 40


def test_patterns_near_a_case_have_the_case_among_them():
    rng = np.random.default_rng(0)
    cases = [{"a": True, "b": False}, {"b": True}]
    made = near(["a", "b", "c"], cases, rng)
    assert {len(bits) for bits in made.values()} == {2 * NEAR}
    assert made["a"][0] and not made["b"][0] and made["b"][NEAR + (-NEAR % 6)]
    assert 0 < made["c"].sum() < 2 * NEAR
