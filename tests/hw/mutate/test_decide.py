"""Equivalent faults are proved so, different ones come with an input that shows them."""

import numpy as np
import pytest

from db2hdl_hw.errors import InputError
from db2hdl_hw.mutate import decide
from db2hdl_hw.mutate.aiger import FALSE, TRUE, Design, Graph, read_aiger
from db2hdl_hw.mutate.decide import Decider
from db2hdl_hw.mutate.yosys import to_graph

GOOD = """
module good(a, b, y);
  input [2:0] a; input b; output y;
  assign y = (a[0] & a[1]) | (a[0] & ~a[1] & b);
endmodule
"""
# The same function, and three faults: one that changes nothing, two that do.
MUTANTS = """
module mutants(sel, in, out);
  input [2:0] sel; input [3:0] in; output out;
  wire both = sel[0] ? in[1] | in[3] : in[1] | (in[3] & ~in[1]);
  assign out = sel[2] ? in[2] : in[0] & (sel[1] ? in[1] : both);
endmodule
"""
INPUTS = ["a[0]", "a[1]", "a[2]", "b[0]"]


@pytest.fixture(scope="module")
def decider() -> Decider:
    good, mutants = to_graph(GOOD, "good", "good"), to_graph(MUTANTS, "mutants", "mutants")
    return Decider(good, mutants, INPUTS, ["y[0]"])


def _good(word: np.ndarray) -> bool:
    a0, a1, _, b = word
    return bool((a0 and a1) or (a0 and not a1 and b))


def test_without_a_fault_they_are_equal(decider: Decider) -> None:
    assert decider.unmutated().verdict == decide.EQUIVALENT


def test_an_equivalent_fault_is_recognised(decider: Decider) -> None:
    assert decider.fault(0).verdict == decide.EQUIVALENT
    assert decider.fault(0).word is None


def test_different_ones_come_with_an_input(decider: Decider) -> None:
    for number, faulty in ((1, lambda w: w[0] and w[1]), (2, lambda w: w[2])):
        verdict = decider.fault(number)
        assert verdict.verdict == decide.DIFFERENT and verdict.word is not None
        assert _good(verdict.word) != bool(faulty(verdict.word))


def test_a_simulated_input_is_replayed(decider: Decider) -> None:
    shows = [True, False, False, True]  # a[0] and b: good is 1, fault 1 gives 0
    hides = [False, False, False, False]
    np.testing.assert_array_equal(
        decider.shown(np.array([shows, shows, hides])), [False, True, False]
    )
    np.testing.assert_array_equal(
        decider.shown(np.array([hides, hides, shows])), [False, False, True]
    )


def test_a_solver_that_gives_up_is_no_proof(
    decider: Decider, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pysat.solvers import Glucose42

    monkeypatch.setattr(Glucose42, "solve_limited", lambda self: None)
    verdict = decider.fault(1)
    assert verdict.verdict == decide.UNDECIDED and verdict.word is None


def test_another_circuit_is_not_equal() -> None:
    good = to_graph(GOOD.replace("~a[1] & b", "b & a[2]"), "good", "good")
    other = Decider(good, to_graph(MUTANTS, "mutants", "m"), INPUTS, ["y[0]"])
    assert other.unmutated().verdict == decide.DIFFERENT


def test_registers_and_nonsense_are_refused() -> None:
    text = "module r(c, d, q); input c, d; output reg q; always @(posedge c) q <= d; endmodule\n"
    with pytest.raises(InputError, match="not combinational"):
        to_graph(text, "r", "r.v")
    with pytest.raises(InputError, match=r"bad\.v.*syntax error"):
        to_graph("module bad(; endmodule\n", "bad", "bad.v")


def test_a_graph_folds_and_shares() -> None:
    graph = Graph()
    a, b = graph.input("a"), graph.input("b")
    assert graph.input("a") == a
    assert graph.and_(a, FALSE) == graph.and_(a, a ^ 1) == FALSE
    assert graph.and_(TRUE, b) == graph.and_(b, b) == b
    assert graph.and_(a, b) == graph.and_(b, a) not in (a, b)


def test_reading_aiger() -> None:
    text = "aag 3 2 0 1 1\n2\n4\n7\n6 4 2\ni0 x[1]\ni1 s\no0 y\nc\nwhatever\n"
    read = read_aiger(text)
    assert read.inputs == {"x[1]": 2, "s[0]": 4} and read.outputs == {"y[0]": 7}
    graph = Graph()
    design = Design(graph, read, {"x[1]": "x"})
    assert design.outputs() == {"y[0]": TRUE}
    assert design.outputs_with("s[0]") == {"y[0]": graph.input("x") ^ 1}
    assert design.outputs_with("gone") == {}
    with pytest.raises(InputError, match="without a name"):
        read_aiger(text.replace("i1 s\n", ""))
    with pytest.raises(InputError, match="not in order"):
        read_aiger(text.replace("6 4 2", "6 8 2"))


class _Solver:
    """Answers after some steps, or raises."""

    def __init__(self, *answers: object) -> None:
        self.answers, self.budgets = list(answers), []

    def conf_budget(self, conflicts: int) -> None:
        self.budgets.append(conflicts)

    def solve_limited(self) -> object:
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_the_solver_works_in_steps_and_gives_up_at_the_limit() -> None:
    solver = _Solver(None, None, False)
    assert decide._answer(solver) is False and len(solver.budgets) == 3
    solver = _Solver()
    assert decide._answer(solver) is None
    assert sum(solver.budgets) == decide.CONFLICTS and max(solver.budgets) == decide.STEP


def test_ctrl_c_inside_the_solver_is_ctrl_c() -> None:
    with pytest.raises(KeyboardInterrupt):
        decide._answer(_Solver(None, RuntimeError("Caught keyboard interrupt")))
    with pytest.raises(RuntimeError, match="other"):
        decide._answer(_Solver(RuntimeError("other")))
