import pytest

from db2hdl.model_file import model_hash, save


@pytest.fixture
def model(small_model, tmp_path):
    path = tmp_path / "m.dbnet"
    save(path, small_model)
    return path


def test_tables_name_everything(db2hdl, model, small_model):
    outcome = db2hdl("info", model)
    assert (outcome.code, outcome.err) == (0, "")
    for words in (
        "l0_and",
        "encoder",
        "[red]ok?",
        "Größe in mm",
        "yes",
        "problem.name",
        "made up",
        "0.125, 3.375",
    ):
        assert words in outcome.out
    assert model_hash(small_model.hard) in outcome.out


def test_json_has_shapes_and_codings(db2hdl, model, small_model):
    result = db2hdl("info", model, "--json").json
    assert result["model_hash"] == model_hash(small_model.hard)
    assert result["classes"] == ["no", "yes"]
    assert result["features"][1] == {"name": "clk", "kind": "bit", "bits": 1}
    assert result["features"][2] == {
        "name": "Größe in mm", "kind": "real", "bits": 5, "offset": -1.5, "scale": 0.25,
        "thresholds": [7, 20],
    }  # fmt: skip
    (and_layer,) = [layer for layer in result["layers"] if layer["name"] == "l0_and"]
    assert (and_layer["shape"], and_layer["weights"], and_layer["high"]) == ([4], 16, 8)
    assert (result["test_rows"], result["provenance"]["seed"]) == (40, 3)


def test_quiet_prints_nothing(db2hdl, model, small_model):
    assert db2hdl("info", model, "--quiet").out == ""


@pytest.mark.parametrize("content", [b"", b"plain text, no model", b"PK\x03\x04" + bytes(100)])
def test_a_file_that_is_no_model_is_one_line(db2hdl, tmp_path, content):
    path = tmp_path / "bad.dbnet"
    path.write_bytes(content)
    outcome = db2hdl("info", path)
    assert outcome.code == 2
    assert outcome.err.startswith(f"error: {path}") and outcome.err.count("\n") == 1


def test_a_folder_is_no_model(db2hdl, tmp_path):
    assert db2hdl("info", tmp_path).code == 2
