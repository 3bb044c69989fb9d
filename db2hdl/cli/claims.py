"""``db2hdl prove --property``: what the user claims of a model, proved or refuted by a row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from db2hdl.cli.output import Output, table


def prove_claims(out: Output, path: Path, claims: Sequence[str], timeout: float | None) -> None:
    """Prove properties of a model file or of a bundle's model, and print the verdicts.

    Raises
    ------
    InputError
        On a text that is no property, or one of no input at all.
    MismatchError
        If one is refuted; it names the row.
    NotProvedError
        If time ran out on one, and none is refuted.
    """
    from db2hdl.model_file import load
    from db2hdl.properties import prove_property
    from db2hdl_hw.emit.bundle import Bundle
    from db2hdl_hw.errors import MismatchError, NotProvedError

    model = load(Bundle.open(path).model if path.is_dir() else path)
    with out.steps() as step:
        found = []
        for claim in claims:
            step(f"proving {claim}")
            found.append(prove_property(model, claim, timeout))
    out.answer({"properties": [one.as_json() for one in found]})
    rows = [[one.text, one.verdict, _row(one.row, one.answer, one.note)] for one in found]
    out.show(table(["property", "verdict", ""], rows))
    refuted = [one for one in found if one.verdict == "refuted"]
    if refuted:
        shown = _row(refuted[0].row, refuted[0].answer, refuted[0].note)
        raise MismatchError(f"refuted: {refuted[0].text}: {shown}")
    left = [one for one in found if one.verdict == "not proved"]
    if left:
        raise NotProvedError(f"not proved within {timeout:g} s: {left[0].text}")


def _row(row: dict[str, float] | None, answer: str, note: str) -> str:
    if row is None:
        return note
    shown = ", ".join(f"{name} = {value:.6g}" for name, value in row.items())
    return f"{shown} is {answer}" + (f"; {note}" if note else "")
