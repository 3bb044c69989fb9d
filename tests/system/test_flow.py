"""From a table to Verilog on both simulators, and what a wrong gate does."""

import json
import re

import pytest


def test_a_table_with_awkward_columns_goes_through_verilator(command, parts_csv, parts_bundle):
    done = command("sim", parts_bundle, "--data", parts_csv, "--random", 200, "--seed", 3, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert (result["passed"], result["mismatches"]) == (True, 0)
    counts = {s["name"]: s["vectors"] for s in result["runs"][0]["sources"]}
    assert counts["parts.csv"] == 400
    assert counts["random (seed 3)"] == 200
    assert counts["test"] == 80
    assert result["hard_accuracy"] == result["verilog_accuracy"] > 0.5


def test_and_through_icarus(command, icarus, parts_bundle):
    done = command("sim", parts_bundle, "--simulator", "icarus", "--random", 100, "--waves")
    assert (done.returncode, done.stderr) == (0, "")
    assert (parts_bundle / "evidence" / "waves-icarus.fst").stat().st_size > 100
    assert json.loads((parts_bundle / "evidence" / "sim.json").read_text())["passed"]


def test_original_names_are_kept_and_ports_are_unique_identifiers(parts_csv, parts_bundle):
    header = parts_csv.read_text(encoding="utf-8").splitlines()[0].split(",")
    interface = json.loads((parts_bundle / "interface.json").read_text(encoding="utf-8"))
    named = [p["feature"] for p in interface["inputs"] if p["kind"] == "uint"]
    named += [b["feature"] for p in interface["inputs"] if p["kind"] == "bits" for b in p["bits"]]
    assert sorted(named) == sorted(header[:-1])
    ports = [port["name"] for port in interface["inputs"] + interface["outputs"]]
    assert len({port.lower() for port in ports}) == len(ports)
    assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", port) for port in ports)
    assert not {"clk", "module"} & set(ports)
    assert interface["classes"] == ["ja", "nein"]


def test_info_names_the_columns(command, parts_csv, parts_model):
    done = command("info", parts_model, "--json")
    header = parts_csv.read_text(encoding="utf-8").splitlines()[0].split(",")
    assert [f["name"] for f in json.loads(done.stdout)["features"]] == header[:-1]


def test_the_same_model_gives_the_same_bytes(command, parts_model, parts_bundle, tmp_path):
    again = tmp_path / "again"
    assert (
        command("export", parts_model, "-o", again, "--top", "parts", "--class-bits").returncode
        == 0
    )
    for file in sorted(parts_bundle.rglob("*")):
        if file.is_file():
            assert file.read_bytes() == (again / file.relative_to(parts_bundle)).read_bytes()


def flip_a_gate(verilog):
    """Turn the first AND of a layer's module into an OR; return that layer's name."""
    text = verilog.read_text()
    gate = re.search(r"assign (l\d+_and)_\d+ = [^;|]*?(&)[^;]*;", text)
    assert gate, "the circuit has no AND"
    verilog.write_text(text[: gate.start(2)] + "|" + text[gate.end(2) :])
    return gate[1]


@pytest.mark.parametrize("simulator", ["verilator", "icarus"])
def test_a_flipped_gate_is_found_and_its_layer_named(command, parts_bundle, simulator, request):
    if simulator == "icarus":
        request.getfixturevalue("icarus")
    layer = flip_a_gate(parts_bundle / "rtl" / "parts.v")
    done = command("sim", parts_bundle, "--simulator", simulator, "--random", 100)
    assert done.returncode == 4
    assert done.stderr.count("\n") == 1
    assert f"first difference in layer {layer}, bit " in done.stderr
    recorded = json.loads((parts_bundle / "evidence" / "sim.json").read_text(encoding="utf-8"))
    assert recorded["runs"][0]["first"]["layer"] == layer
    features = recorded["runs"][0]["described"][0]["features"]
    assert {"Länge (mm)", "[bold]ok?", "class_index"} <= set(features)


def test_explain_speaks_of_columns_by_their_own_names(command, parts_csv, parts_model):
    """A table with boolean and real columns; whatever is printed was proved, or it would fail."""
    done = command("explain", parts_model, "--row", 0, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    header = parts_csv.read_text(encoding="utf-8").splitlines()[0].split(",")
    assert set(found["reason"]["inputs"]) <= set(header[:-1])
    assert found["reason"]["class"] in ("ja", "nein")
    assert found["complete"] or found["facts"]["features"] == len(header) - 1


@pytest.mark.parametrize("problem", ["iris", "breast-cancer"])
def test_explain_a_page_of_facts(command, problem, tmp_path):
    model = tmp_path / "m.dbnet"
    assert command("train", problem, "-o", model, "--epochs", 5).returncode == 0
    done = command("explain", model)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) < 60
    assert "roved" in done.stdout
