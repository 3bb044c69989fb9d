"""``db2hdl recipe``: list the recipes, and show one to copy and edit."""

from __future__ import annotations

from typing import Annotated

import typer

from db2hdl.cli.output import Output, table


def recipe(
    out: Output,
    action: Annotated[
        str, typer.Argument(help="list, or show.", show_default=False, metavar="list|show")
    ],
    name: Annotated[
        str | None, typer.Argument(help="The recipe to show.", show_default=False)
    ] = None,
) -> None:
    """List the recipes, or print one: a file to copy, edit and train from."""
    from db2hdl.train.recipes import IMAGES, load, names, text
    from db2hdl_hw.errors import InputError, unknown

    if action not in ("list", "show"):
        raise unknown("action", action, ("list", "show"))
    if action == "show":
        if name is None:
            raise InputError(f"which recipe? one of {', '.join(names())}")
        content = text(name)
        out.answer({"name": name, "text": content})
        out.page(content.rstrip("\n"))
        return
    if name is not None:
        raise InputError(f"list takes no name; db2hdl recipe show {name} prints one")
    recipes = [load(one) for one in names()]
    found = [{"name": one.name, "data": one.data, "about": one.about} for one in recipes]
    out.answer({"recipes": found})
    rows = [
        [one.name, "--data DIR" if one.data == IMAGES else "built in", one.about] for one in recipes
    ]
    out.show(table(["recipe", "data", "about"], rows))
