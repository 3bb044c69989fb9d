import numpy as np
import pytest

from db2hdl.features import Feature
from db2hdl.hardnet import HardLayer, HardNet
from db2hdl.model_file import Model, model_hash, save


@pytest.fixture
def model(tmp_path):
    """A small model with a boolean and a real input."""
    features = (Feature("[red]ok?"), Feature("Größe in mm", "real", 8, -1.5, 0.25))
    encoder = {"feature": np.array([0, 1, 1]), "threshold": np.array([1, 7, 200])}
    weight = np.array([[1, 1, 0], [0, 1, 1]], dtype=bool)
    layers = (
        HardLayer("encoder", "encoder", (-1,), {}, encoder),
        HardLayer("l0_and", "and", (0,), {}, {"weight": weight}),
        HardLayer("l1_class_head", "class_head", (1,), {"classes": 2}),
    )
    hard = HardNet(features, layers, ("no", "yes"))
    codes = np.array([[0, 3], [1, 250]], dtype=np.uint16)
    path = tmp_path / "m.dbnet"
    provenance = {"seed": 3, "problem": {"name": "made up"}}
    save(path, Model(hard, codes, np.array([0, 1], np.int32), provenance))
    return path, hard


def test_tables_name_everything(db2hdl, model):
    path, hard = model
    outcome = db2hdl("info", path)
    assert (outcome.code, outcome.err) == (0, "")
    for words in ("l0_and", "encoder", "[red]ok?", "Größe in mm", "yes", "problem.name", "made up"):
        assert words in outcome.out
    assert model_hash(hard) in outcome.out


def test_json_has_shapes_and_codings(db2hdl, model):
    path, hard = model
    result = db2hdl("info", path, "--json").json
    assert result["model_hash"] == model_hash(hard)
    assert result["classes"] == ["no", "yes"]
    assert result["features"][1] == {
        "name": "Größe in mm", "kind": "real", "bits": 8, "offset": -1.5, "scale": 0.25
    }  # fmt: skip
    (and_layer,) = [layer for layer in result["layers"] if layer["name"] == "l0_and"]
    assert (and_layer["shape"], and_layer["weights"], and_layer["high"]) == ([2], 6, 4)
    assert (result["test_rows"], result["provenance"]["seed"]) == (2, 3)


def test_quiet_prints_nothing(db2hdl, model):
    assert db2hdl("info", model[0], "--quiet").out == ""


@pytest.mark.parametrize("content", [b"", b"plain text, no model", b"PK\x03\x04" + bytes(100)])
def test_a_file_that_is_no_model_is_one_line(db2hdl, tmp_path, content):
    path = tmp_path / "bad.dbnet"
    path.write_bytes(content)
    outcome = db2hdl("info", path)
    assert outcome.code == 2
    assert outcome.err.startswith(f"error: {path}") and outcome.err.count("\n") == 1


def test_a_folder_is_no_model(db2hdl, tmp_path):
    assert db2hdl("info", tmp_path).code == 2
