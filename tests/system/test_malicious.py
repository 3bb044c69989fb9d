"""Verilog that reaches outside the bundle: whatever reads it refuses, and starts no tool."""

import subprocess

import pytest

TEXTS = [
    '`include "/etc/passwd"\n',
    '`include "../../secret.v"\n',
    'module spy; initial $readmemh("/etc/passwd", m); endmodule\n',
    'module spy; initial $system("touch /tmp/was_here"); endmodule\n',
    'import"DPI-C" function void f();\n',
]
COMMANDS = [
    ("sim",),
    ("sim", "--simulator", "icarus"),
    ("synth", "--target", "ice40", "--no-route"),
    ("prove", "--target", "ice40"),
    ("mutate", "--faults", "3"),
    ("verify",),
]


@pytest.fixture
def _no_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*args: object, **options: object) -> None:
        raise AssertionError(f"a tool was started: {args}")

    monkeypatch.setattr("db2hdl.simulate.check_simulators", lambda names: None)
    monkeypatch.setattr("db2hdl.verify.rebuild.bundle_parts", lambda *a, **k: {})
    monkeypatch.setattr(subprocess, "Popen", never)


@pytest.mark.usefixtures("_no_tool")
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_malicious_verilog_is_refused_by_whatever_reads_it(
    small_bundle, db2hdl, command, text
) -> None:
    rtl = small_bundle / "rtl" / "top.v"
    rtl.write_text(text + rtl.read_text())
    done = db2hdl(command[0], small_bundle, *command[1:])
    assert done.code == 2, done.err
    assert "rtl/top.v, line 1: " in done.err and "is refused" in done.err


@pytest.mark.usefixtures("_no_tool")
def test_build_refuses_it_as_well(small_bundle, db2hdl, tmp_path) -> None:
    rtl = small_bundle / "rtl" / "top.v"
    rtl.write_text(TEXTS[0] + rtl.read_text())
    done = db2hdl("build", small_bundle, "--board", "icebreaker", "-o", tmp_path / "d")
    assert done.code == 2 and "`include' is refused" in done.err
    assert not (tmp_path / "d").exists()
