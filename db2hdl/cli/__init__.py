"""The command line: one thin file per command; see ``db2hdl --help``."""

from __future__ import annotations

import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from db2hdl.cli import streams


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and exit with its exit code (docs/reference/exit-codes.md).

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments after the program's name; ``sys.argv[1:]`` by default.

    Raises
    ------
    SystemExit
        Always: 0, or the exit code of the error that was printed.
    """
    streams.prepare()
    try:
        code = _run(list(sys.argv[1:] if argv is None else argv))
    except KeyboardInterrupt:  # before or after the command itself: while importing, printing
        sys.stderr.write("error: interrupted\n")
        code = 130
    # CPython kills itself with SIGINT at the end, instead of exiting with our code, if the
    # interruption passed an exec of a string (dataclasses have one); the next such exec forgets it.
    exec("")
    sys.exit(code)


def _run(argv: list[str]) -> int:
    from db2hdl.cli.app import app
    from db2hdl.cli.failure import INTERRUPTED, explain
    from db2hdl.cli.output import Output, silence
    from db2hdl_hw.system.home import settle
    from db2hdl_hw.system.text import shown_lines

    settle()
    out = Output(json="--json" in argv, debug="--debug" in argv)
    try:
        with _calm(out.debug):
            # typer turns Ctrl-C into this exit code instead of letting KeyboardInterrupt through.
            code = app(argv or ["--help"], prog_name="db2hdl", standalone_mode=False, obj=out) or 0
        if code == INTERRUPTED:
            raise KeyboardInterrupt
        out.finish()
    except SystemExit as stopped:
        # typer ends so when it printed help for completion, or for a reader that went away
        return 0 if isinstance(stopped.__context__, BrokenPipeError) else int(stopped.code or 0)
    except BaseException as error:  # the outermost frame: whatever it was, one line and a code
        if out.debug:
            sys.stderr.write(shown_lines(traceback.format_exc()))
        line, code = explain(error)
        out.error(line, code)
        try:
            out.finish()
        except OSError:  # standard output is what failed; its error has just been printed
            silence(sys.stdout)
    return int(code)


@contextmanager
def _calm(debug: bool) -> Iterator[None]:
    """Let the signals that mean "stop" stop the command; keep libraries' warnings for --debug."""
    from db2hdl.cli import interrupts

    with interrupts.caught(), warnings.catch_warnings():
        if not debug:
            warnings.simplefilter("ignore")
        yield
