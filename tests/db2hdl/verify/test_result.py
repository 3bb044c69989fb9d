"""Only a check that was done and found nothing wrong is a pass."""

from pathlib import Path

import pytest

from db2hdl.verify import FAILED, NONE, NOT_DONE, VERIFIED, Check, Verification
from db2hdl_hw.errors import MismatchError, NotProvedError, ToolError

GOOD = Check("files", VERIFIED, ("all",))


def _of(*checks: Check) -> Verification:
    return Verification(Path("B"), checks)


def test_what_passes() -> None:
    good = _of(GOOD, Check("evidence", NONE, ("there is none",)))
    assert good.passed and good.first() == []
    good.check()


def test_what_was_not_done_is_no_pass_whatever_its_code() -> None:
    """The rebuild once had 0, and a forged datasheet passed where Yosys did not start."""
    outcome = _of(GOOD, Check("rebuild", NOT_DONE, ("no Yosys",), 0))
    assert not outcome.passed and outcome.to_json()["not_done"] == ["rebuild"]
    with pytest.raises(NotProvedError, match="rebuild: no Yosys"):
        outcome.check()
    with pytest.raises(ToolError):
        _of(GOOD, Check("lint", NOT_DONE, ("no Verilator",), 3)).check()


def test_a_failure_weighs_more_than_a_check_that_was_not_done_but_both_are_said_first() -> None:
    outcome = _of(
        GOOD, Check("model", FAILED, ("another",), 4), Check("proof", NOT_DONE, ("x",), 3)
    )
    assert outcome.first() == ["NOT DONE: proof: x", "FAILED: model: another"]
    with pytest.raises(MismatchError, match="another"):
        outcome.check()


def test_nothing_checked_is_no_pass() -> None:
    assert not _of().passed
    with pytest.raises(NotProvedError, match="nothing was checked"):
        _of().check()


def test_a_shell_is_said_not_to_be_covered() -> None:
    outcome = Verification(Path("B"), (GOOD,), ("rtl/top.v",), ("rtl/top_axis.v",))
    assert outcome.first() == ["NOT COVERED by simulation and proof: rtl/top_axis.v"]
    assert outcome.to_json()["not_covered"] == ["rtl/top_axis.v"] and outcome.passed
    assert outcome.to_json()["isolation"] in ("bubblewrap", "none")
