"""What is printed: only our own styles control the terminal."""

import io

import pytest

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
