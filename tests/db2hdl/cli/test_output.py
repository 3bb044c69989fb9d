"""What is printed: only our own styles control the terminal."""

import ast
import io
from pathlib import Path

import pytest

import db2hdl
import db2hdl_hw
from db2hdl.cli.console import SafeConsole
from db2hdl.cli.output import Output, table

HOSTILE = "a\x1b[2J\n[red]b[/red]\u202e[link=http://x]c"


def test_a_table_a_line_and_an_error_are_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    out = Output()
    out.show(table([HOSTILE], [[HOSTILE]], title=HOSTILE))
    out.say(HOSTILE)
    out.page(HOSTILE)
    out.error(HOSTILE, 2)
    captured = capsys.readouterr()
    text = captured.out + captured.err
    assert all(line.isprintable() for line in text.split("\n"))
    assert captured.out.count("[red]b[/red]") == 5 and captured.err.count("\n") == 1
    assert captured.out.rstrip("\n").count(r"a\x1b[2J\n[red]") == 4


def test_json_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    out = Output(json=True)
    out.answer({"name": HOSTILE + "\x7f\ud800Größe"})
    out.finish()
    text = capsys.readouterr().out
    assert all(line.isprintable() for line in text.split("\n"))
    assert r"\u001b[2J\n" in text and r"\u202e" in text and r"\u007f\ud800Größe" in text


def test_nothing_goes_past_the_console() -> None:
    from rich.text import Text

    stream = io.StringIO()
    console = SafeConsole(file=stream, force_terminal=True, markup=False, width=80)
    console.print(Text(HOSTILE, style="bold"), HOSTILE)
    assert "\x1b[2J" not in stream.getvalue() and "\u202e" not in stream.getvalue()
    assert "\x1b[1m" in stream.getvalue()  # the style is ours


WRITERS = {
    "cli/__init__.py": "interrupted, and tracebacks with --debug",
    "cli/console.py": "the console itself",
    "cli/output.py": "all other output",
    "cli/streams.py": "opens them",
    "nn/compiled.py": "that it builds, once",
    "system/supervisor.py": "into the log of a tool, not a terminal",
}
"""The files that may write to a terminal; each makes what it writes harmless."""


def writes(tree: ast.AST) -> bool:
    """Return whether a module prints, or has a console or a standard stream in its hand."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    attributes = {
        (node.value.id, node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    streams = {("sys", "stdout"), ("sys", "stderr"), ("sys", "__stdout__"), ("os", "write")}
    return bool(names & {"print", "Console"} or attributes & streams)


def test_the_check_finds_a_print_and_a_stream() -> None:
    assert writes(ast.parse("print(1)")) and writes(ast.parse("sys.stdout.write(x)"))
    assert not writes(ast.parse("out.say(x)"))


def test_nobody_else_writes_to_the_terminal() -> None:
    found = set()
    for package in (db2hdl, db2hdl_hw):
        root = Path(package.__file__).parent
        for file in root.rglob("*.py"):
            if writes(ast.parse(file.read_text(encoding="utf-8"))):
                found.add(file.relative_to(root).as_posix())
    assert found == set(WRITERS)
