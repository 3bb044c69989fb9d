"""Bundles: the same model gives the same bytes, and nothing half-written is left behind."""

import json
from dataclasses import replace

import numpy as np
import pytest

from db2hdl.bundle import arguments, bundle_parts, describe, export, output_values
from db2hdl.features import Feature
from db2hdl.hardnet import HardLayer, HardNet
from db2hdl.lower import lower
from db2hdl.model_file import Model, load, model_hash
from db2hdl_hw.emit import evidence, manifest
from db2hdl_hw.emit.interface import Clocking, Interface
from db2hdl_hw.emit.vectors import read_hex
from db2hdl_hw.emit.words import pack_codes, unpack_outputs
from db2hdl_hw.errors import InputError
from db2hdl_hw.passes.stages import Pipeline


@pytest.fixture(scope="module")
def model() -> Model:
    rng = np.random.default_rng(0)
    features = (
        Feature("wire"),
        Feature("Größe (mm)", "real", 5, 1.5, 0.25),
        Feature("x"),
        Feature("class_index", "real", 4),
    )
    encoder = {"feature": np.array([0, 1, 1, 2, 3, 3]), "threshold": np.array([1, 7, 20, 1, 3, 16])}
    layers = (
        HardLayer("encoder", "encoder", (-1,), {}, encoder),
        HardLayer("l0_literals", "literals", (0,)),
        HardLayer("l1_and", "and", (1,), {}, {"weight": rng.random((9, 12)) < 0.2}),
        HardLayer("l2_class_head", "class_head", (2,), {"classes": 3}),
    )
    net = HardNet(features, layers, ("low", "mid", "high"))
    codes = np.stack([rng.integers(0, f.top + 1, 30) for f in features], axis=1)
    return Model(net, codes.astype(np.uint16), net.predict(codes).astype(np.int32), {"seed": 1})


def test_export_is_complete_and_reproducible(model, tmp_path):
    one = export(model, tmp_path / "one", top="parts", scores=True, class_bits=True)
    two = export(model, tmp_path / "two", top="parts", scores=True, class_bits=True)
    files = sorted(str(p.relative_to(one)) for p in one.rglob("*") if p.is_file())
    assert {"rtl/parts.v", "rtl/nets.json", "model.dbnet", "interface.json"} <= set(files)
    assert all((one / name).read_bytes() == (two / name).read_bytes() for name in files)
    assert model_hash(load(one / "model.dbnet").hard) == model_hash(model.hard)


def test_vectors_are_the_reference_s(model, tmp_path):
    bundle = export(model, tmp_path / "b", scores=True, class_bits=True)
    interface = describe(model.hard, lower(model.hard, scores=True, class_bits=True))
    names = [f.name for f in model.hard.features]
    inputs = read_hex(bundle / "vectors/test_inputs.hex", interface.input_width)
    np.testing.assert_array_equal(inputs, pack_codes(interface, model.test_codes, names))
    words = read_hex(bundle / "vectors/test_expected.hex", interface.output_width)
    got = unpack_outputs(interface, words)
    np.testing.assert_array_equal(got["class_index"], model.hard.predict(model.test_codes))
    np.testing.assert_array_equal(got["scores"], model.hard.scores(model.test_codes))
    np.testing.assert_array_equal(got["class_bits"], model.hard.bits(model.test_codes))
    labels = [int(line) for line in (bundle / "vectors/test_labels.txt").read_text().split()]
    assert labels == model.test_labels.tolist()


def test_interface_keeps_original_names(model, tmp_path):
    bundle = export(model, tmp_path / "b")
    inputs = json.loads((bundle / "interface.json").read_text())["inputs"]
    assert [bit["feature"] for bit in inputs[0]["bits"]] == ["wire", "x"]
    assert [port["feature"] for port in inputs[1:]] == ["Größe (mm)", "class_index"]
    names = {port["name"] for port in inputs[1:]}
    assert len(names) == 2
    assert not names & {"x", "class_index", "wire"}
    assert inputs[1]["coding"]["scale"] == 0.25


def test_without_test_rows_there_are_no_vectors(model):
    bare = Model(model.hard, model.test_codes[:0], model.test_labels[:0])
    parts = bundle_parts(bare, top="top")
    assert not [name for name in parts if name.startswith("vectors/")]


def test_net_without_a_head_has_the_port_y(model):
    hard = HardNet(model.hard.features, model.hard.layers_[:3])
    interface = describe(hard, lower(hard))
    assert [(p.name, p.width, p.kind) for p in interface.outputs] == [("y", 9, "bits")]
    words = output_values(hard, model.test_codes, interface)
    np.testing.assert_array_equal(words, hard.bits(model.test_codes))


def test_an_existing_bundle_is_replaced_with_force_only(model, tmp_path):
    export(model, tmp_path / "b")
    (tmp_path / "b" / "evidence").mkdir()
    with pytest.raises(InputError, match="--force"):
        export(model, tmp_path / "b")
    assert (tmp_path / "b" / "evidence").is_dir()
    export(model, tmp_path / "b", force=True)
    assert not (tmp_path / "b" / "evidence").exists()


def test_not_even_force_replaces_a_folder_that_is_no_bundle(model, tmp_path):
    (tmp_path / "b").mkdir()
    export(model, tmp_path / "b", force=True)  # an empty one may go
    (tmp_path / "b" / "interface.json").unlink()
    export(model, tmp_path / "b", force=True)  # what is left is still ours
    (tmp_path / "b" / "manifest.json").unlink()
    with pytest.raises(InputError, match="is not a bundle"):
        export(model, tmp_path / "b", force=True)
    assert (tmp_path / "b" / "model.dbnet").is_file()


def add(name, text="my own"):
    def change(folder):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)

    return change


FOREIGN = {
    "a file in a new folder": (add("src/wrapper.v"), "src/wrapper.v was not written by db2hdl"),
    "a file beside ours": (add("rtl/wrapper.v"), "rtl/wrapper.v was not written by db2hdl"),
    "a hidden file": (add(".git/config"), ".git/config was not written by db2hdl"),
    "an edited file": (add("rtl/top.v"), "rtl/top.v was changed since db2hdl wrote it"),
    "notes in evidence": (add("evidence/notes.md"), "evidence/notes.md was not written by db2hdl"),
    "edited evidence": (add("evidence/sim.json"), "evidence/sim.json was changed since"),
    "another's manifest": (add("manifest.json", "{}"), "manifest.json is not canonical"),
    "a link": (lambda b: (b / "data").symlink_to("/tmp"), "data is a link"),
    "a by-product elsewhere": (add("src/tb.vvp"), "src/tb.vvp was not written by db2hdl"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_force_names_what_is_not_ours(model, tmp_path, name):
    change, said = FOREIGN[name]
    folder = tmp_path / "b"
    export(model, folder)
    evidence.write(folder, "sim", {"passed": True})
    change(folder)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(InputError) as refused:
        export(model, folder, force=True)
    assert said in str(refused.value)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_force_replaces_evidence_and_what_benches_leave(model, tmp_path):
    folder = tmp_path / "b"
    export(model, folder)
    evidence.write(folder, "sim", {"passed": True})
    for name in ("tb.vvp", "sim_build/top.vvp", "tb/__pycache__/test_top.pyc", "tb/results.xml"):
        add(name)(folder)
    assert not manifest.changes(folder)
    export(model, folder, force=True)
    assert not (folder / "evidence").exists() and not (folder / "sim_build").exists()


def test_a_folder_with_a_file_of_the_same_name_is_not_a_bundle(model, tmp_path):
    folder = tmp_path / "abi"
    folder.mkdir()
    (folder / "interface.json").write_text('{"abi": []}')
    (folder / "thesis.tex").write_text("text")
    with pytest.raises(InputError, match="abi is not a bundle"):
        export(model, folder, force=True)
    assert (folder / "thesis.tex").read_text() == "text"


def test_a_failed_export_leaves_nothing(model, tmp_path):
    with pytest.raises(InputError, match="identifier"):
        export(model, tmp_path / "b", top="not a name")
    assert list(tmp_path.iterdir()) == []


def test_a_pipelined_core_is_the_same_but_for_its_registers(model, tmp_path):
    plain = export(model, tmp_path / "plain")
    bundle = export(model, tmp_path / "b", pipeline=Pipeline(2, register_output=True))
    interface = Interface.loads((bundle / "interface.json").read_text(encoding="utf-8"))
    before = Interface.loads((plain / "interface.json").read_text(encoding="utf-8"))
    assert replace(interface, latency=0, clocking=None) == before
    assert (interface.latency, interface.clocking) == (3, Clocking())
    text = (bundle / "rtl/top.v").read_text()
    assert text.count("always @(posedge clk)") > 3
    assert "always" not in (plain / "rtl/top.v").read_text()
    options = json.loads((bundle / "manifest.json").read_text())["options"]
    again = bundle_parts(model, **arguments(options))
    assert again["rtl/top.v"] == text.encode()
    options = json.loads((plain / "manifest.json").read_text())["options"]
    assert "pipeline" not in options
    assert arguments(options)["pipeline"] == Pipeline()


def test_a_pipelined_top_cannot_be_called_like_its_clock(model):
    with pytest.raises(InputError, match="top name 'in_valid' is the name of a port, too"):
        bundle_parts(model, top="in_valid", pipeline=Pipeline(1))


@pytest.mark.parametrize(
    ("name", "value"),
    [("top", 5), ("scores", 1), ("pipeline", True), ("target", 3), ("progress", "x"), ("model", 1)],
)
def test_options_that_no_export_has_are_refused(name: str, value: object) -> None:
    with pytest.raises(InputError, match=f"option '{name}' is"):
        arguments({"top": "top", name: value})
