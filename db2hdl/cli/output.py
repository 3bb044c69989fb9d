"""What commands print: results on stdout (tables or one JSON object), progress on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from db2hdl_hw.system.text import escaped_json, shown

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import Progress


@dataclass
class Output:
    """The three switches every command understands, and the ways to print that obey them.

    Attributes
    ----------
    json : bool
        Print one JSON object on stdout, nothing else.
    quiet : bool
        Print errors only (and the JSON object if asked for).
    debug : bool
        Show the traceback of an error.
    """

    json: bool = False
    quiet: bool = False
    debug: bool = False
    result: dict[str, Any] = field(default_factory=dict, init=False)

    def switch(self, *, json: bool, quiet: bool, debug: bool) -> None:
        """Turn on what was given, before or after the subcommand."""
        self.json, self.quiet, self.debug = (
            self.json or json,
            self.quiet or quiet,
            self.debug or debug,
        )

    @property
    def human(self) -> bool:
        """Whether text for people is wanted on stdout."""
        return not (self.json or self.quiet)

    def say(self, text: str) -> None:
        """Print a line of the result for people."""
        if self.human:
            _print(shown(text))

    def page(self, text: str) -> None:
        """Print several lines of the result for people; names in it must be one line each."""
        if self.human:
            _print(text)

    def show(self, *blocks: RenderableType) -> None:
        """Print tables of the result for people."""
        if self.human:
            for block in blocks:
                _print(block)

    def answer(self, result: dict[str, Any]) -> None:
        """Keep the result; ``--json`` prints it when the command has ended."""
        self.result.update(result)

    def finish(self) -> None:
        """Print the one JSON object, if it was asked for and there is something to say."""
        if self.json and self.result:
            text = json.dumps(self.result, indent=2, ensure_ascii=False)
            _write(sys.stdout, escaped_json(text) + "\n")
        sys.stdout.flush()

    def note(self, line: str) -> None:
        """Print one line beside the answer, on stderr; not if quiet."""
        if not self.quiet:
            _write(sys.stderr, f"note: {line}\n")

    def error(self, line: str, code: int) -> None:
        """Print one line on stderr; with ``--json`` it is part of the object on stdout, too."""
        _write(sys.stderr, f"error: {shown(line)}\n")
        self.answer({"error": line, "exit_code": code})

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """Yield a progress display on stderr; it stays dark unless stderr is a terminal."""
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn

        from db2hdl.cli.progress import Progress

        console = _console(sys.stderr)
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        dark = self.quiet or not console.is_terminal
        with Progress(*columns, console=console, transient=True, disable=dark) as progress:
            yield progress

    @contextmanager
    def steps(self) -> Iterator[Callable[[str], None]]:
        """Yield a function that says on stderr what is being done now."""
        with self.progress() as progress:
            task = progress.add_task("", total=None)
            yield lambda step: progress.update(task, description=step)


def table(
    headings: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None
) -> RenderableType:
    """Return a table; numbers stand right, and long words fold rather than vanish."""
    from rich import box
    from rich.table import Table

    cells = [list(row) for row in rows]
    made = Table(
        title=None if title is None else shown(title),
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        show_header=any(headings),
    )
    for column, heading in enumerate(headings):
        numeric = all(row[column] == "" or not isinstance(row[column], str) for row in cells)
        made.add_column(shown(heading), justify="right" if numeric else "left", overflow="fold")
    for row in cells:
        made.add_row(*(shown(cell) for cell in row))
    return made


def percent(fraction: float | None) -> str:
    """Return a fraction as a percentage with two decimals."""
    return "-" if fraction is None else f"{100 * fraction:.2f} %"


def confusion_table(classes: Sequence[str], confusion: Sequence[Sequence[int]]) -> RenderableType:
    """Return the confusion matrix: a row per true class, a column per predicted class."""
    headings = ["true \\ predicted", *classes]
    return table(headings, [[name, *row] for name, row in zip(classes, confusion, strict=True)])


def _console(stream: IO[str]) -> Console:
    from db2hdl.cli.console import SafeConsole

    # Names come from the user's data: nothing in them is markup.
    return SafeConsole(file=stream, markup=False, highlight=False, emoji=False)


def _print(block: RenderableType) -> None:
    console = _console(sys.stdout)
    soft_wrap = isinstance(block, str)
    with console.capture() as captured:
        console.print(block, soft_wrap=soft_wrap)
    _write(sys.stdout, captured.get())


def _write(stream: IO[str], text: str) -> None:
    """Write and flush; a reader that went away (``| head``) is not an error."""
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        silence(stream)


def check_output(output: Path, inputs: Sequence[Path | None], *, force: bool, folder: bool) -> None:
    """Refuse an output that is in the way, cannot be written, or would replace an input.

    Raises
    ------
    InputError
        As ``check_target`` or ``check_bundle_target``; and if an input is the output.
    """
    from db2hdl_hw.emit.bundle import check_bundle_target
    from db2hdl_hw.errors import InputError
    from db2hdl_hw.files import check_target

    if folder:
        check_bundle_target(output, force=force)
        return
    check_target(output, force=force)
    for path in inputs:
        if path is not None and path.resolve() == output.resolve():
            raise InputError(f"{output} would replace {path}, which is read; choose another output")


def silence(stream: IO[str]) -> None:
    """Send what is still buffered nowhere, so that closing the stream cannot fail."""
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())
