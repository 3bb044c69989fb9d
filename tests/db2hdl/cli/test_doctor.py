from db2hdl import checkup
from db2hdl.checkup import Finding

GOOD = Finding("numpy", ">=1", "2.0", "all", True)
OPTIONAL = Finding("iverilog", ">=11.0", "", "sim", False, False, "apt-get install iverilog")
MISSING = Finding("g++", "", "", "sim", False, True, "apt-get install g++")


def test_all_well_although_icarus_is_missing(db2hdl, monkeypatch):
    monkeypatch.setattr(checkup, "examine", lambda commands: [GOOD, OPTIONAL])
    outcome = db2hdl("doctor")
    assert (outcome.code, outcome.err) == (0, "")
    assert "apt-get install iverilog" in outcome.out


def test_a_missing_tool_is_exit_3_and_says_what_to_install(db2hdl, monkeypatch):
    monkeypatch.setattr(checkup, "examine", lambda commands: [GOOD, MISSING])
    outcome = db2hdl("doctor")
    assert outcome.code == 3
    assert outcome.err == "error: missing or too old: g++; apt-get install g++\n"


def test_json_has_every_finding(db2hdl, monkeypatch):
    monkeypatch.setattr(checkup, "examine", lambda commands: [GOOD, MISSING])
    result = db2hdl("doctor", "--json").json
    assert result["ok"] is False
    assert result["exit_code"] == 3
    assert [finding["name"] for finding in result["findings"]] == ["numpy", "g++"]


def test_the_commands_to_check_are_passed_on(db2hdl, monkeypatch):
    asked = []
    monkeypatch.setattr(checkup, "examine", lambda commands: asked.append(list(commands)) or [])
    db2hdl("doctor", "sim", "export")
    assert asked == [["sim", "export"]]
