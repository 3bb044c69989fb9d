"""An interrupted proof goes on after the obligations that are proved; a changed circuit never."""

import re

import pytest

from db2hdl.prove import chain, prove, task
from db2hdl.prove.task import RTL
from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.prove import engine_abc, engine_sat
from db2hdl_hw.prove.equal import PROVED, REFUTED


@pytest.fixture
def searches(monkeypatch):
    """How often an engine has searched and proved; and after how many searches Ctrl-C comes."""

    class Count:
        done, proved, stop = 0, 0, None

    def counted(right):
        def search(*arguments):
            if Count.stop is not None and Count.done >= Count.stop:
                raise KeyboardInterrupt
            Count.done += 1
            said = right(*arguments)
            Count.proved += said is False or "are equivalent" in str(said)
            return said

        return search

    monkeypatch.setattr(engine_sat, "_search", counted(engine_sat._search))
    monkeypatch.setattr(engine_abc, "_run", counted(engine_abc._run))

    def run(tasks, jobs, done):
        for one in tasks:
            done(one, task.run(one))

    monkeypatch.setattr(chain, "run_tasks", run)
    return Count


def test_an_interrupted_link_goes_on_where_it_was(small_bundle, tmp_path, searches):
    options = {"targets": ["ice40"], "jobs": 1}
    assert prove(small_bundle, work=tmp_path / "all", **options).verdict == PROVED
    whole, proved = searches.done, searches.proved
    searches.done = searches.proved = 0
    work = tmp_path / "work"
    for stop in (whole // 3, 2 * whole // 3):
        searches.stop = stop
        with pytest.raises(KeyboardInterrupt):
            prove(small_bundle, work=work, **options)
        assert searches.done == stop
    assert list(work.glob("*.proved"))
    searches.stop = None
    assert prove(small_bundle, work=work, **options).verdict == PROVED
    assert searches.proved == proved  # none twice
    assert not list(work.glob("*.proved"))


def test_a_changed_circuit_takes_nothing_over(small_bundle, tmp_path, searches):
    work = tmp_path / "work"
    searches.stop = 3
    with pytest.raises(KeyboardInterrupt):
        prove(small_bundle, targets=["ice40"], work=work, jobs=1)
    before = set(work.glob("*.proved"))
    path = Bundle.open(small_bundle).rtl[0]
    text = path.read_text()
    path.write_text(re.sub(r"^(  assign l0_and_\d+ = .*) & ", r"\1 | ", text, count=1, flags=re.M))
    searches.stop = None
    report = prove(small_bundle, targets=(), work=work, jobs=1)
    assert {link.name: link.verdict for link in report.links}[RTL] == REFUTED
    assert set(work.glob("*.proved")) == before
