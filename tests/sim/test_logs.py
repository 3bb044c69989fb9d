"""Logs are read for the one line that explains a failure."""

from pathlib import Path

import pytest

from db2hdl_sim.logs import last_line, loop, mention, refusal

RTL = Path("/b/rtl/net.v")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "%Error: /b/rtl/net.v:3:5: syntax error\n%Error: Exiting due to 1",
            "/b/rtl/net.v:3:5: sy",
        ),
        ("%Error-MODMISSING: /b/rtl/net.v:3:5: Cannot find", "/b/rtl/net.v:3:5: Cannot find"),
        ("/b/rtl/net.v:3: syntax error\nI give up.", "/b/rtl/net.v:3: syntax error"),
        ("error: Unable to find the root module", "error: Unable"),
        ("%Error: Internal Error: bug", ""),
        ("%Error: Verilator threw signal 9", ""),
        ("/b/rtl/net.v:3: warning: implicit", ""),
        ("c++: fatal error: Killed signal terminated program cc1plus", ""),
        ("", ""),
    ],
)
def test_refusals_are_told_from_crashes(tmp_path: Path, text: str, says: str) -> None:
    log = tmp_path / "log"
    log.write_text(text)
    found = refusal(log, [RTL])
    assert found.startswith(says) if says else found == ""


def test_last_line(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert last_line(log) == refusal(log, [RTL]) == ""
    log.write_bytes(b"one\n  two \xff \n\n \n")
    assert last_line(log).startswith("two")


@pytest.mark.parametrize(
    "line",
    [
        "%Warning-WIDTHTRUNC: /b/around.v:9:6: Input port connection 'level' expects 3 bits",
        "/b/around.v:9: warning: Port 2 (level) of net expects 3 bits, got 2.",
    ],
)
def test_mentions_of_a_file(tmp_path: Path, line: str) -> None:
    log = tmp_path / "log"
    log.write_text(f"verilator /b/net.v /b/around.v\n{line}\n")
    assert mention(log, Path("/b/around.v")) == line
    assert mention(log, RTL) == ""


def test_a_loop_is_named(tmp_path: Path) -> None:
    log = tmp_path / "build.log"
    assert loop(log) == ""
    log.write_text("%Warning-UNUSED: /b/rtl/net.v:1: 'x'\n")
    assert loop(log) == ""
    log.write_text("%Warning-UNOPTFLAT: net.v:3: Circular combinational logic: 'TOP.n.y'\n")
    assert loop(log) == "n.y"
