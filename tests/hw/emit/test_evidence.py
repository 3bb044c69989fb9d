"""Evidence belongs to the bundle that it was made from, and to no other."""

import json
import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

from db2hdl_hw.emit import evidence, manifest
from db2hdl_hw.emit.evidence import Case
from db2hdl_hw.errors import InputError


def _bundle(folder: Path, rtl: bytes = b"module a; endmodule\n") -> Path:
    parts = {"rtl/a.v": rtl}
    made = manifest.make(parts, model_hash="ab", options={})
    for name, data in {**parts, "manifest.json": made}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def test_written_bound_and_fresh(tmp_path: Path) -> None:
    bundle = _bundle(tmp_path / "B")
    path = evidence.write(bundle, "sim", {"passed": True, "seconds": 0.5}, [Case("test")])
    assert path == bundle / "evidence" / "sim.json"
    assert json.loads(path.read_text()) == {"passed": True, "seconds": 0.5}
    assert evidence.states(bundle) == {"sim.json": "fresh", "sim.xml": "fresh"}
    evidence.write(bundle, "prove", {"passed": True})
    assert set(evidence.states(bundle)) == {"sim.json", "sim.xml", "prove.json"}
    assert not manifest.changes(bundle)
    data = (bundle / "evidence" / "manifest.json").read_bytes()
    assert manifest.canonical(json.loads(data)) == data


def test_stale_evidence_is_recognised(tmp_path: Path) -> None:
    bundle = _bundle(tmp_path / "B")
    evidence.write(bundle, "sim", {})
    _bundle(bundle, b"module a; wire b; endmodule\n")
    assert evidence.states(bundle)["sim.json"].startswith("stale: made from another")
    evidence.write(bundle, "prove", {})
    states = evidence.states(bundle)
    assert states["prove.json"] == "fresh" and states["sim.json"].startswith("stale")
    (bundle / "rtl" / "a.v").write_text("edited")
    evidence.write(bundle, "sim", {})
    assert evidence.states(bundle)["sim.json"] == (
        "stale: made while rtl/a.v differed from the manifest"
    )


def test_changed_missing_and_unlisted_evidence(tmp_path: Path) -> None:
    bundle = _bundle(tmp_path / "B")
    assert evidence.states(bundle) == {}
    for name in ("a", "b", "c"):
        evidence.write(bundle, name, {"name": name})
    (bundle / "evidence" / "a.json").write_text('{"name": "A"}')
    (bundle / "evidence" / "b.json").unlink()
    (bundle / "evidence" / "d.json").touch()
    # Renewing for another file must not make these look right.
    evidence.write(bundle, "c", {"name": "c"})
    assert evidence.states(bundle) == {
        "a.json": "changed since it was written",
        "b.json": "missing",
        "c.json": "fresh",
        "d.json": "not listed in its manifest",
    }
    evidence.remove(bundle / "evidence", ["a.json", "gone.json"])
    assert "a.json" not in evidence.states(bundle)


def test_without_a_bundle_manifest_nothing_is_fresh(tmp_path: Path) -> None:
    bundle = _bundle(tmp_path / "B")
    (bundle / "manifest.json").unlink()
    evidence.write(bundle, "sim", {})
    assert evidence.states(bundle)["sim.json"].startswith("stale")


def test_a_damaged_manifest_is_an_error_and_then_replaced(tmp_path: Path) -> None:
    bundle = _bundle(tmp_path / "B")
    evidence.write(bundle, "sim", {})
    (bundle / "evidence" / "manifest.json").write_text("{}")
    with pytest.raises(InputError, match=r"evidence/manifest\.json is not canonical"):
        evidence.states(bundle)
    evidence.write(bundle, "prove", {})
    states = evidence.states(bundle)
    assert states == {"prove.json": "fresh", "sim.json": "not listed in its manifest"}


def test_a_folder_elsewhere(tmp_path: Path) -> None:
    bundle = _bundle(tmp_path / "B")
    (tmp_path / "E").mkdir()
    (tmp_path / "E" / "waves.vcd").touch()
    evidence.write(bundle, "sim", {}, folder=tmp_path / "E", files=["waves.vcd"])
    assert set(evidence.read(tmp_path / "E")) == {"sim.json", "waves.vcd"}
    assert not (bundle / "evidence").exists()
    with pytest.raises(InputError, match="cannot write evidence"):
        evidence.write(bundle, "sim", {}, folder=tmp_path / "B" / "manifest.json")


@pytest.mark.parametrize("name", ["sim.json", "sim.xml", "manifest.json"])
def test_a_users_file_in_a_folder_of_theirs_stays(tmp_path: Path, name: str) -> None:
    bundle = _bundle(tmp_path / "B")
    (tmp_path / "E").mkdir()
    (tmp_path / "E" / name).write_text('{"mine": true}')
    with pytest.raises(InputError, match=name):
        evidence.write(bundle, "sim", {}, [], folder=tmp_path / "E")
    assert [p.name for p in (tmp_path / "E").iterdir()] == [name]
    assert (tmp_path / "E" / name).read_text() == '{"mine": true}'


@pytest.mark.parametrize("kind", ["link", "fifo", "file"])
def test_evidence_goes_into_folders_only(tmp_path: Path, kind: str) -> None:
    bundle, place = _bundle(tmp_path / "B"), tmp_path / "E"
    if kind == "link":
        (tmp_path / "elsewhere").mkdir()
        place.symlink_to("elsewhere")
    elif kind == "fifo":
        os.mkfifo(place)
    else:
        place.write_text("text")
    with pytest.raises(InputError, match=r"E is a|E: it is a file"):
        evidence.write(bundle, "sim", {}, folder=place)
    assert kind != "link" or list((tmp_path / "elsewhere").iterdir()) == []


def test_junit() -> None:
    cases = [
        Case("good", seconds=0.25),
        Case("bad", "other", "failure", "3 differ", "1\x00\n2"),
        Case("unknown", "other", "error", "out of time"),
        Case("left", "other", "skipped", "not asked for"),
    ]
    root = ElementTree.fromstring(evidence.to_junit("sim", cases))
    first, second = root.findall("testsuite")
    assert (first.get("name"), first.get("tests"), first.get("time")) == ("sim", "1", "0.250")
    assert [second.get(k) for k in ("tests", "failures", "errors", "skipped")] == list("3111")
    failure = second.find("testcase/failure")
    assert failure is not None and failure.get("message") == "3 differ"
    assert failure.text == "1\\x00\n2"
