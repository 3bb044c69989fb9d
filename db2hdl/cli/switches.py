"""``--json``, ``--quiet`` and ``--debug``: understood before or after the subcommand."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer

from db2hdl_hw.system.tempdir import check_working_folder, use_safe_tempdir

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]

_SWITCHES = {"json": Json, "quiet": Quiet, "debug": Debug}


def with_switches(command: Callable[..., None]) -> Callable[..., None]:
    """Return the command with the three switches added.

    The command's first parameter is the Output they set; typer sees the others.
    """
    signature = inspect.signature(command, eval_str=True)
    own = list(signature.parameters.values())[1:]
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter("context", inspect.Parameter.POSITIONAL_ONLY, annotation=typer.Context),
        *(parameter.replace(kind=keyword) for parameter in own),
        *(
            inspect.Parameter(name, keyword, default=False, annotation=annotation)
            for name, annotation in _SWITCHES.items()
        ),
    ]

    @wraps(command)
    def switched(context: typer.Context, **arguments: Any) -> None:
        given = {name: arguments.pop(name) for name in _SWITCHES}
        context.obj.switch(**given)
        check_working_folder()
        use_safe_tempdir()
        command(context.obj, **arguments)

    vars(switched)["__signature__"] = signature.replace(parameters=parameters)
    switched.__annotations__ = {p.name: p.annotation for p in parameters}
    return switched
