import json

import pytest

from db2hdl.model_file import save


@pytest.fixture
def model(small_model, tmp_path):
    path = tmp_path / "m.dbnet"
    save(path, small_model)
    return path


def test_a_bundle_is_written_and_described(db2hdl, model, tmp_path):
    outcome = db2hdl("export", model, "-o", tmp_path / "b", "--top", "parts", "--scores")
    assert (outcome.code, outcome.err) == (0, "")
    assert (tmp_path / "b" / "rtl" / "parts.v").is_file()
    assert "class_index" in outcome.out and "scores" in outcome.out


def test_json_tells_ports_with_original_names(db2hdl, model, tmp_path):
    result = db2hdl("export", model, "-o", tmp_path / "b", "--class-bits", "--json").json
    interface = json.loads((tmp_path / "b" / "interface.json").read_text())
    assert result["model_hash"] == interface["model_hash"]
    assert [port["name"] for port in result["ports"]][-2:] == ["class_index", "class_bits"]
    assert result["ports"][0]["features"] == ["[red]ok?", "clk"]
    assert "rtl/top.v" in result["files"]


def test_an_existing_folder_needs_force(db2hdl, model, tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "interface.json").write_text("{}")
    (tmp_path / "b" / "mine.txt").write_text("keep me")
    refused = db2hdl("export", model, "-o", tmp_path / "b")
    assert refused.code == 2
    assert "--force" in refused.err
    assert (tmp_path / "b" / "mine.txt").read_text() == "keep me"
    forced = db2hdl("export", model, "-o", tmp_path / "b", "--force")
    assert forced.code == 2 and "b is not a bundle" in forced.err
    assert (tmp_path / "b" / "mine.txt").read_text() == "keep me"


@pytest.mark.parametrize("top", ["1st", "two words", "a;b", ""])
def test_a_top_that_is_no_identifier_is_refused(db2hdl, model, tmp_path, top):
    outcome = db2hdl("export", model, "-o", tmp_path / "b", "--top", top)
    assert outcome.code == 2
    assert not (tmp_path / "b").exists()


def test_no_folder_to_write_into(db2hdl, model, tmp_path):
    outcome = db2hdl("export", model, "-o", tmp_path / "no" / "b")
    assert outcome.code == 2
    assert "does not exist" in outcome.err


def test_what_is_read_is_never_replaced(db2hdl, model, tmp_path):
    for output in (model, tmp_path):
        outcome = db2hdl("export", model, "-o", output, "--force")
        assert (outcome.code, outcome.err.count("\n")) == (2, 1)
        assert model.is_file()


def test_a_bundles_own_model_makes_it_anew(db2hdl, small_bundle):
    model = small_bundle / "model.dbnet"
    assert db2hdl("export", model, "-o", small_bundle, "--force", "--top", "other").code == 0
    assert (small_bundle / "rtl" / "other.v").is_file()


@pytest.mark.parametrize("top", ["x", "class_index", "Grosse_in_mm"])
def test_a_top_called_like_a_port_is_refused(db2hdl, model, tmp_path, top):
    outcome = db2hdl("export", model, "-o", tmp_path / "b", "--top", top)
    assert (outcome.code, "name of a port" in outcome.err) == (2, True)


def test_registers_on_demand(db2hdl, model, tmp_path):
    options = ("--pipeline", 2, "--register-input", "--register-output")
    outcome = db2hdl("export", model, "-o", tmp_path / "b", *options)
    assert outcome.code == 0
    assert "latency 4: clk, rst, in_valid, out_valid besides" in outcome.err + outcome.out
    assert json.loads((tmp_path / "b" / "interface.json").read_text())["latency"] == 4
    told = db2hdl("export", model, "-o", tmp_path / "c", "--pipeline", 1, "--json").json
    assert told["latency"] == 1


def test_too_many_stages(db2hdl, model, tmp_path):
    refused = db2hdl("export", model, "-o", tmp_path / "b", "--pipeline", 999)
    assert refused.code == 2 and "0..256 stages, not 999" in refused.err
