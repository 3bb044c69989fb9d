"""A changed byte anywhere is found and named, and what was not done is never a pass."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from db2hdl.bundle import export
from db2hdl.model_file import Model
from db2hdl.prove import chain, prove
from db2hdl.prove.result import LinkResult
from db2hdl.verify import VERIFIED, Check, Verification, circuit, verify
from db2hdl_hw.emit import evidence, manifest
from db2hdl_hw.errors import (
    InputError,
    MismatchError,
    NotProvedError,
    ToolError,
)
from db2hdl_hw.system.cache import enabled
from db2hdl_sim import build

GOOD = Check("stand-in", VERIFIED, ("nothing",))


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what needs a simulator or a solver; each has a test of its own."""
    source = SimpleNamespace(vectors=9, name="test")
    outcome = SimpleNamespace(
        check=lambda: None, results=[SimpleNamespace(sources=[source])], notes=()
    )
    monkeypatch.setattr(circuit, "simulate", lambda *a, **k: outcome)
    monkeypatch.setattr(circuit, "lint", lambda *a: [])
    link = SimpleNamespace(name="optimised = rtl", verdict="proved")
    monkeypatch.setattr("db2hdl.prove.prove", lambda *a, **k: SimpleNamespace(links=[link]))


@pytest.fixture
def _kept_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take Verilator's library from the cache all the same: 15 seconds for each verification."""
    kept = f"env -u DB2HDL_CACHE {build.object_cache()}"
    monkeypatch.setattr(build, "object_cache", lambda: kept)


def _verdicts(outcome: Verification) -> dict[str, str]:
    return {one.name: one.verdict for one in outcome.checks}


def test_a_good_bundle(small_bundle: Path) -> None:
    """The one verification here that really uses no cache at all."""
    before = {p: p.read_bytes() for p in small_bundle.rglob("*") if p.is_file()}
    outcome = verify(small_bundle, random=20)
    assert outcome.passed, outcome
    outcome.check()
    verdicts = _verdicts(outcome)
    assert verdicts.pop("evidence") == "none"
    assert set(verdicts.values()) == {"verified"} and "proof" in verdicts
    proof = next(check for check in outcome.checks if check.name == "proof")
    assert "optimised = rtl" in proof.said[0]
    assert {p: p.read_bytes() for p in small_bundle.rglob("*") if p.is_file()} == before
    assert json.loads(json.dumps(outcome.to_json()))["passed"]


@pytest.mark.usefixtures("_quick")
def test_a_changed_byte_is_named_whatever_the_file(small_bundle: Path) -> None:
    files = sorted(p for p in small_bundle.rglob("*") if p.is_file())
    assert len(files) > 10
    for file in files:
        data = file.read_bytes()
        at = len(data) // 2
        file.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        name = str(file.relative_to(small_bundle))
        try:
            outcome = verify(small_bundle)
        except InputError as error:
            assert name == "interface.json" and name in str(error)
        else:
            assert not outcome.passed
            assert any(name in line for one in outcome.checks for line in one.said), name
            with pytest.raises((MismatchError, InputError)):
                outcome.check()
        file.write_bytes(data)
    verify(small_bundle).check()


@pytest.mark.usefixtures("_quick")
def test_missing_and_extra_files_are_named(small_bundle: Path) -> None:
    (small_bundle / "LICENSE.txt").unlink()
    (small_bundle / "rtl" / "other.v").touch()
    files = verify(small_bundle).checks[0]
    assert files.said == ("LICENSE.txt is missing", "rtl/other.v is not part of the bundle")
    with pytest.raises(MismatchError, match=r"files: LICENSE\.txt is missing"):
        verify(small_bundle).check()
    (small_bundle / "manifest.json").unlink()
    with pytest.raises(MismatchError, match="there is no manifest"):
        verify(small_bundle).check()


@pytest.mark.usefixtures("_kept_objects")
def test_another_layout_ends_nothing(small_bundle: Path) -> None:
    rtl = small_bundle / "rtl" / "top.v"
    rtl.write_text(rtl.read_text().replace("  assign", "\n   assign", 1))
    outcome = verify(small_bundle, random=20)
    verdicts = _verdicts(outcome)
    assert (verdicts["files"], verdicts["rebuild"]) == ("failed", "failed")
    assert (verdicts["lint"], verdicts["simulation"], verdicts["proof"]) == ("verified",) * 3
    with pytest.raises(MismatchError, match=r"rtl/top\.v was changed"):
        outcome.check()


@pytest.mark.usefixtures("_kept_objects")
def test_a_wrong_circuit_with_a_manifest_that_fits(small_bundle: Path) -> None:
    """Whoever can write files can write the manifest, too: the other checks find it."""
    rtl = small_bundle / "rtl" / "top.v"
    edited = rtl.read_text().replace(" > ", " >= ")
    assert edited != rtl.read_text()
    rtl.write_text(edited)
    listed = manifest.read(small_bundle)
    assert listed is not None
    files = {**listed.files, "rtl/top.v": manifest.entry(edited.encode())}
    (small_bundle / "manifest.json").write_bytes(replace(listed, files=files).to_bytes())
    outcome = verify(small_bundle, random=20)
    verdicts = _verdicts(outcome)
    assert verdicts["files"] == "verified"
    assert verdicts["rebuild"] == verdicts["simulation"] == verdicts["proof"] == "failed"
    with pytest.raises(MismatchError):
        outcome.check()


@pytest.mark.usefixtures("_quick")
def test_evidence_that_is_stale_or_changed(small_bundle: Path) -> None:
    evidence.write(small_bundle, "sim", {"passed": True})
    assert _verdicts(verify(small_bundle))["evidence"] == "verified"
    listed = manifest.read(small_bundle)
    assert listed is not None
    old = (small_bundle / "manifest.json").read_bytes()
    (small_bundle / "manifest.json").write_bytes(replace(listed, model_hash="0" * 64).to_bytes())
    with pytest.raises(
        MismatchError, match=r"sim\.json is stale.*; do that check again, or remove"
    ):
        verify(small_bundle).check()
    (small_bundle / "manifest.json").write_bytes(old)
    (small_bundle / "evidence" / "sim.json").write_text('{"passed": 1}')
    with pytest.raises(MismatchError, match=r"evidence/sim\.json is changed"):
        verify(small_bundle).check()


@pytest.mark.usefixtures("_quick")
def test_a_foreign_model_is_named(small_bundle: Path, small_model: Model, tmp_path: Path) -> None:
    hard = replace(small_model.hard, classes=("good", "bad"))
    other = export(replace(small_model, hard=hard), tmp_path / "other", scores=True)
    shutil.copyfile(other / "model.dbnet", small_bundle / "model.dbnet")
    said = {one.name: one.said[0] for one in verify(small_bundle).checks}
    assert said["files"] == "model.dbnet was changed since the export"
    assert said["model"].startswith("model.dbnet is not the model of interface.json")


@pytest.mark.usefixtures("_quick")
@pytest.mark.parametrize("options", [{"top": "other"}, {"no": True}, {"top": "top", "scores": 3}])
def test_options_that_are_wrong(small_bundle: Path, options: dict[str, str | int]) -> None:
    listed = manifest.read(small_bundle)
    assert listed is not None
    (small_bundle / "manifest.json").write_bytes(replace(listed, options=options).to_bytes())
    assert _verdicts(verify(small_bundle))["rebuild"] == "failed"


@pytest.mark.usefixtures("_quick")
def test_malicious_verilog_starts_no_tool(
    small_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*a: object, **k: object) -> None:
        raise AssertionError("a tool was started")

    for name in ("lint", "simulate"):
        monkeypatch.setattr(circuit, name, never)
    rtl = small_bundle / "rtl" / "top.v"
    rtl.write_text('`include "/etc/passwd"\n' + rtl.read_text())
    outcome = verify(small_bundle)
    assert _verdicts(outcome)["proof"] == "not done"
    with pytest.raises(InputError, match="refused"):
        outcome.check()


@pytest.mark.usefixtures("_quick")
@pytest.mark.parametrize(
    ("broken", "error", "kind"),
    [
        ("simulate", ToolError("no Verilator"), ToolError),
        ("simulate", MismatchError("3 vectors differ"), MismatchError),
        ("lint", ToolError("no Verilator"), ToolError),
    ],
)
def test_what_a_check_raises_decides(
    small_bundle: Path,
    monkeypatch: pytest.MonkeyPatch,
    broken: str,
    error: Exception,
    kind: type[Exception],
) -> None:
    monkeypatch.setattr(circuit, broken, _raising(error))
    outcome = verify(small_bundle)
    assert not outcome.passed
    with pytest.raises(kind, match=str(error)):
        outcome.check()


@pytest.mark.usefixtures("_quick")
def test_a_proof_that_is_not_done_or_not_finished(
    small_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db2hdl.prove.prove", _raising(NotProvedError("out of time")))
    with pytest.raises(NotProvedError, match="proof: out of time"):
        verify(small_bundle).check()
    monkeypatch.setattr("db2hdl.prove.prove", _raising(ToolError("no solver")))
    with pytest.raises(ToolError, match="proof: no solver"):
        verify(small_bundle).check()
    empty = SimpleNamespace(links=[])
    monkeypatch.setattr("db2hdl.prove.prove", lambda *a, **k: empty)
    with pytest.raises(NotProvedError, match="nothing to prove"):
        verify(small_bundle).check()


@pytest.mark.usefixtures("_quick")
def test_lint_findings(small_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(circuit, "lint", lambda *a: ["%Warning-UNUSEDSIGNAL: top.v:1"])
    with pytest.raises(MismatchError, match="lint: %Warning-UNUSEDSIGNAL"):
        verify(small_bundle).check()


def test_links_are_refused(small_bundle: Path) -> None:
    rtl = small_bundle / "rtl" / "top.v"
    rtl.rename(small_bundle.parent / "top.v")
    rtl.symlink_to(small_bundle.parent / "top.v")
    with pytest.raises(InputError, match=r"top\.v is a link"):
        verify(small_bundle)


def _raising(error: Exception) -> Callable[..., None]:
    def fail(*a: object, **k: object) -> None:
        raise error

    return fail


@pytest.mark.usefixtures("_quick")
def test_a_rebuild_that_cannot_be_done_is_no_pass(
    small_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "db2hdl.verify.rebuild.bundle_parts", _raising(ToolError("Yosys failed with exit code 1"))
    )
    outcome = verify(small_bundle)
    assert _verdicts(outcome)["rebuild"] == "not done" and not outcome.passed
    assert outcome.first() == ["NOT DONE: rebuild: Yosys failed with exit code 1"]
    with pytest.raises(ToolError, match="rebuild: Yosys failed"):
        outcome.check()


def test_no_cache_is_used_in_any_check(small_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = list[bool]()
    for step in ("check_lint", "check_simulation", "check_proof"):
        monkeypatch.setattr(circuit, step, lambda *a: (seen.append(enabled()), GOOD)[1])
    assert verify(small_bundle).passed
    assert seen == [False] * 3 and enabled()


def test_a_verdict_that_was_kept_is_not_believed(
    small_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even one that is sealed: here a prover that was fooled has written "proved"."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(circuit, "check_simulation", lambda *a: GOOD)
    monkeypatch.setattr(circuit, "lint", lambda *a: [])
    rtl = small_bundle / "rtl" / "top.v"
    rtl.write_text(rtl.read_text().replace(" > ", " >= "))

    def fooled(tasks, jobs, done):
        for one in tasks:
            done(one, LinkResult(one.name, "proved"))

    with monkeypatch.context() as patch:
        patch.setattr(chain, "run_tasks", fooled)
        assert prove(small_bundle, targets=()).verdict == "proved"
    again = prove(small_bundle, targets=())
    assert again.verdict == "proved" and all(link.cached for link in again.links)
    assert _verdicts(verify(small_bundle))["proof"] == "failed"
