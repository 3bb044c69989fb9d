"""A shell is not covered by checks of the core, and every report says so."""

from pathlib import Path

from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.emit.coverage import NOTHING, coverage


def test_a_core_alone_is_covered(small_bundle: Path) -> None:
    found = coverage(Bundle.open(small_bundle))
    assert found.files == ("rtl/top.v",) and found.left == ()
    assert str(found) == "" and found.cases() == [] and str(NOTHING) == ""


def test_a_shell_is_left(small_bundle: Path) -> None:
    (small_bundle / "rtl" / "top_axis.v").touch()
    found = coverage(Bundle.open(small_bundle))
    assert found.as_json() == {"covered": ["rtl/top.v"], "not_covered": ["rtl/top_axis.v"]}
    assert str(found) == "not covered: rtl/top_axis.v, the shell around the core"
    (case,) = found.cases()
    assert (case.name, case.verdict) == ("rtl/top_axis.v", "skipped")
