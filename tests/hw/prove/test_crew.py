"""Many processes, interruptions and what is remembered: the answers are those of one process."""

import os
import signal

import pytest

from db2hdl_hw.errors import NotProvedError
from db2hdl_hw.prove import crew as crew_module
from db2hdl_hw.prove import engine_abc, engine_sat
from db2hdl_hw.prove.cone import WINDOWS, cone
from db2hdl_hw.prove.crew import Crew
from db2hdl_hw.prove.equal import PROVED, prove_equal
from db2hdl_hw.prove.graph import Graph
from db2hdl_hw.prove.memory import Memory, key
from db2hdl_hw.prove.reduce import Obligation
from db2hdl_hw.prove.sums import ripple


def adders(width=12, wrong=None):
    """Obligations: the digits of one sum by two circuits, one of them wrong; and the graph."""
    graph = Graph()
    a = [graph.input(f"a{i}") for i in range(width)]
    b = [graph.input(f"b{i}") for i in range(width)]
    first, _ = ripple(graph, a, b, 0)
    second, carry = [], 0
    for x, y in zip(a, b, strict=True):
        second.append(graph.parity([carry, y, x]))
        carry = graph.or_(graph.and_(carry, graph.or_(x, y)), graph.and_(x, y))
    if wrong is not None:
        second[wrong] = graph.and_(second[wrong], a[0])
    pairs = zip(first, second, strict=True)
    return graph, [Obligation(x, y, 0) for x, y in pairs if x != y]


@pytest.fixture
def helped(monkeypatch):
    """Whatever can be shared out is."""
    monkeypatch.setattr(crew_module, "ALONE_SECONDS", -1.0)
    monkeypatch.setattr(crew_module, "MOST", 2)


@pytest.mark.parametrize("wrong", [None, 7])
def test_processes_say_what_one_process_says(helped, wrong):
    graph, asked = adders(wrong=wrong)
    sizes = [WINDOWS[0]] * len(asked)
    with Crew(1) as alone, Crew(2) as two:
        answers = two.sat(graph, asked, None)
        assert [a.holds for a in answers] == [a.holds for a in alone.sat(graph, asked, None)]
        assert [a.holds for a in answers].count(False) == (wrong is not None)
        for one, answer in zip(asked, answers, strict=True):
            assert answer.holds or one.a >> 1 in answer.inputs
        held = two.abc(graph, asked, sizes, None)
        assert held is alone.abc(graph, asked, sizes, None) is (wrong is None)


def test_processes_that_are_out_of_time_decide_nothing(helped):
    graph, asked = adders()
    with Crew(2) as two:
        assert {answer.holds for answer in two.sat(graph, asked, 0.0)} == {None}
        assert two.abc(graph, asked, [None] * len(asked), 0.0) is None


def _die(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_process_that_is_killed_has_not_proved(helped, monkeypatch):
    graph, asked = adders()
    monkeypatch.setattr(crew_module, "_sat", _die)
    with pytest.raises(NotProvedError, match="was killed"), Crew(2) as two:
        two.sat(graph, asked, None)


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_was_proved_is_not_proved_again(helped, monkeypatch, tmp_path, jobs):
    graph, asked = adders()
    path = tmp_path / "proved"
    with Crew(jobs, Memory(path)) as crew:
        first = crew.sat(graph, asked, None)
        sizes = [answer.window for answer in first]
        assert crew.abc(graph, asked, sizes, None)
    monkeypatch.setattr(engine_sat, "_search", None)
    monkeypatch.setattr(engine_abc, "_run", None)
    with Crew(1, Memory(path)) as crew:
        assert crew.sat(graph, asked, None) == first
        assert crew.abc(graph, asked, sizes, None)


def test_a_proof_continues_where_it_was_interrupted(monkeypatch, tmp_path):
    graph, asked = adders()
    search, count = engine_sat._search, []

    def interrupted(*arguments):
        count.append(1)
        if len(count) == 5:
            raise KeyboardInterrupt
        return search(*arguments)

    monkeypatch.setattr(engine_sat, "_search", interrupted)
    path = tmp_path / "proved"
    with pytest.raises(KeyboardInterrupt), Crew(1, Memory(path)) as crew:
        crew.sat(graph, asked, None)
    with Crew(1, Memory(path)) as crew:
        assert all(answer.holds for answer in crew.sat(graph, asked, None))
    alone = len(count)
    count[:] = range(10)
    engine_sat.decide(graph, asked)
    assert alone == len(count) - 10 + 1  # only the one that was interrupted came twice


def test_another_circuit_is_not_what_was_proved(tmp_path):
    path = tmp_path / "proved"
    for wrong in (None, 7):
        graph, asked = adders(wrong=wrong)
        with Crew(1, Memory(path)) as crew:
            holds = {answer.holds for answer in crew.sat(graph, asked, None)}
            assert holds == ({True} if wrong is None else {True, False})
            assert crew.abc(graph, asked, [WINDOWS[0]] * len(asked), None) is (wrong is None)


def test_engines_do_not_borrow_from_each_other(monkeypatch, tmp_path):
    graph, asked = adders()
    path = tmp_path / "proved"
    with Crew(1, Memory(path)) as crew:
        crew.sat(graph, asked, None)
    monkeypatch.setattr(engine_abc, "_run", lambda *a: None)
    outputs = [(("y", i), one.a, one.b) for i, one in enumerate(asked)]
    with Crew(1, Memory(path)) as crew:
        assert crew.abc(graph, asked, [None] * len(asked), None) is None
        assert prove_equal(graph, outputs, crew=crew).verdict != PROVED


def test_a_line_that_was_torn_names_nothing(tmp_path):
    graph, asked = adders()
    line = key("sat", cone(graph, asked[0].a, asked[0].b, 40))
    path = tmp_path / "proved"
    path.write_text("\n" + line[:-1])
    memory = Memory(path)
    assert line not in memory
    memory.add([line])
    memory.save()
    assert line in Memory(path)


def test_processes_import_nothing_from_here_and_this_one_goes_on_as_before(monkeypatch) -> None:
    monkeypatch.delenv(crew_module.SAFE_PATH, raising=False)
    with crew_module._safe_path():
        assert os.environ[crew_module.SAFE_PATH] == "1"
    assert crew_module.SAFE_PATH not in os.environ
    monkeypatch.setenv(crew_module.SAFE_PATH, "x")
    with crew_module._safe_path():
        assert os.environ[crew_module.SAFE_PATH] == "1"
    assert os.environ[crew_module.SAFE_PATH] == "x"
