"""db2hdl explain and prove --property on the small model, good and bad input."""

import xml.etree.ElementTree as ET

import pytest

from db2hdl.model_file import save


@pytest.fixture
def model(small_model, tmp_path):
    path = tmp_path / "small.dbnet"
    save(path, small_model)
    return path


def test_rules_in_text_markdown_and_json(db2hdl, model):
    text = db2hdl("explain", model)
    assert text.code == 0 and "Proved equal to the net" in text.out
    assert "## no" in db2hdl("explain", model, "--markdown").out
    found = db2hdl("explain", model, "--json").json
    assert found["complete"] and found["outputs"] == ["no", "yes"]
    rows = sum(term["alone"] for terms in found["rules"] for term in terms)
    assert rows <= 40


def test_a_bundle_is_explained_by_its_model(db2hdl, model, small_bundle):
    assert db2hdl("explain", small_bundle).out == db2hdl("explain", model).out


def test_a_row_by_number_and_by_values(db2hdl, model):
    by_number = db2hdl("explain", model, "--row", 3, "--json").json["reason"]
    assert by_number["smallest"] and by_number["class"] in ("no", "yes")
    values = "[red]ok?=1, clk=0, Größe in mm=2.5"
    outcome = db2hdl("explain", model, "--values", values)
    assert outcome.code == 0 and "This row is" in outcome.out


def test_a_value_outside_the_coded_range_is_said_to_be_clipped(db2hdl, model):
    values = "[red]ok?=1, clk=0, Größe in mm=99"
    assert (
        "outside the coded range and taken for 6.25"
        in db2hdl("explain", model, "--values", values).out
    )


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--row", "40"], "the model keeps rows 0 to 39"),
        (["--row", "1", "--values", "clk=1"], "not both"),
        (["--values", "clk=1"], "is missing"),
        (["--values", "clc=1"], "did you mean 'clk'"),
        (["--values", "clk=x, [red]ok?=1, Größe in mm=1"], "is not a number"),
        (["--values", "clk=1, clk=1"], "is there twice"),
        (["--values", "clk"], "comes '= value'"),
        (["--values", "clk=2, [red]ok?=1, Größe in mm=1"], "must be 0 or 1"),
    ],
)
def test_bad_rows(db2hdl, model, argv, words):
    outcome = db2hdl("explain", model, *argv)
    assert outcome.code == 2 and words in outcome.err and outcome.err.count("\n") == 1


def test_the_schematic_is_an_svg_with_every_cell(db2hdl, model, tmp_path):
    picture = tmp_path / "small.svg"
    assert db2hdl("explain", model, "--schematic", picture).code == 0
    names = {title.text for title in ET.parse(picture).iter("{http://www.w3.org/2000/svg}title")}
    assert {"clk", "Größe in mm"} <= names
    assert db2hdl("explain", model, "--schematic", picture).code == 2
    assert db2hdl("explain", model, "--schematic", picture, "--force").code == 0


def test_properties(db2hdl, model):
    outcome = db2hdl("prove", model, "--property", 'class "no" is reachable', "--json")
    assert outcome.code == 0, outcome.err
    assert outcome.json["properties"][0]["verdict"] == "proved"
    outcome = db2hdl("prove", model, "--property", "for all rows: class is yes")
    assert outcome.code == 4 and "refuted" in outcome.err and "is no" in outcome.err
    outcome = db2hdl("prove", model, "--property", "for all clk: class is yess")
    assert outcome.code == 2 and "did you mean 'yes'" in outcome.err


def test_properties_of_a_bundle(db2hdl, small_bundle):
    outcome = db2hdl("prove", small_bundle, "--property", "class yes is reachable", "--json")
    assert outcome.code == 0 and outcome.json["properties"][0]["class"] == "yes"
