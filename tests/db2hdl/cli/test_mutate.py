"""``db2hdl mutate`` and ``db2hdl verify`` on the command line."""

from pathlib import Path

import pytest

from db2hdl.mutate import Mutant, Mutation
from db2hdl.verify import Check, Verification

CAUGHT = Mutant("netlist", "stuck at 0", "l0", "stuck at 0 of x in l0", "caught", "1", "refuted")
SAME = Mutant("verilog", "inverted", "top", "inverted in top, line 3", "equivalent", "", "proved")
MISSED = Mutant("netlist", "tie-break", "argmax", "tie-break of i", "missed", "0f", "refuted")


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[Mutant]:
    mutants = [CAUGHT, SAME]

    def mutate(path: Path, **options: object) -> Mutation:
        return Mutation(tuple(mutants), 9, 0, 10, 0, 2, {}, ("a note",))

    monkeypatch.setattr("db2hdl.mutate.mutate", mutate)
    return mutants


def test_tables_and_one_line(db2hdl, found) -> None:
    done = db2hdl("mutate", "B")
    assert done.code == 0
    assert "note: a note" in done.out and "Faults in the netlist, by layer" in done.out
    assert done.out.splitlines()[-1] == (
        "faults: 2 injected, 1 proved to change nothing; of the other 1, simulation catches 1 "
        "(100.00 %, 2 vectors added), proof 100.00 %"
    )
    assert db2hdl("mutate", "B", "--json").json["origins"]["netlist"]["caught"] == 1
    assert db2hdl("mutate", "B", "--quiet").out == ""


def test_what_is_missed_is_named_and_may_be_an_error(db2hdl, found) -> None:
    found.append(MISSED)
    done = db2hdl("mutate", "B")
    assert done.code == 0 and "missed: tie-break of i; input 0f would show it" in done.out
    done = db2hdl("mutate", "B", "--require", "99")
    assert done.code == 4 and "catches 50.00 % of the faults, fewer than 99 %" in done.err


def test_a_solver_that_gave_up(db2hdl, found) -> None:
    found.append(Mutant("netlist", "tie-break", "a", "t", "undecided", "", "not proved"))
    assert db2hdl("mutate", "B").code == 6


def test_no_bundle_and_no_faults(db2hdl, small_bundle: Path, tmp_path: Path) -> None:
    assert db2hdl("mutate", tmp_path / "gone").code == 2
    done = db2hdl("mutate", small_bundle, "--faults", "0")
    assert done.code == 2 and "at least one fault" in done.err


@pytest.mark.parametrize("code", [0, 2, 3, 4, 6])
def test_verify_prints_all_and_ends_with_the_code(db2hdl, monkeypatch, code: int) -> None:
    many = tuple(f"file {n} was changed" for n in range(15))
    checks = (
        Check("files", "failed" if code == 4 else "verified", many, 4 if code == 4 else 0),
        Check(
            "proof", *(("verified", ("all",)) if code in (0, 4) else ("not done", ("no",), code))
        ),
    )
    monkeypatch.setattr("db2hdl.verify.verify", lambda path, **o: Verification(Path("B"), checks))
    done = db2hdl("verify", "B")
    assert done.code == code
    assert "and 5 more" in done.out
    first = {0: "", 4: "FAILED: files: file 0 was changed"}.get(code, "NOT DONE: proof: no")
    assert done.out.lstrip().startswith(first or "check") and bool(first) == (code != 0)
    answer = db2hdl("verify", "B", "--json").json
    assert answer["passed"] == (code == 0) and len(answer["checks"][0]["said"]) == 15
    assert answer["not_done"] == (["proof"] if code in (2, 3, 6) else [])
    assert answer["failed"] == (["files"] if code == 4 else [])


def test_verify_without_a_bundle(db2hdl, tmp_path: Path) -> None:
    assert db2hdl("verify", tmp_path).code == 2


def test_verdicts_of_an_interrupted_run_are_marked(db2hdl, monkeypatch) -> None:
    outcome = Mutation((CAUGHT,), 9, 0, 10, 0, 0, {}, cached=3, since="2026-11-28T12:00:00+00:00")
    monkeypatch.setattr("db2hdl.mutate.mutate", lambda path, **options: outcome)
    assert "; 3 verdicts cached of 2026-11-28T12:00:00+00:00" in db2hdl("mutate", "B").out
    made = db2hdl("mutate", "B", "--json").json["cached"]
    assert made == {"verdicts": 3, "made": "2026-11-28T12:00:00+00:00"}
