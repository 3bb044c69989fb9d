"""A row as the user types it: ``width = 3.2, ok = 1``."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from db2hdl.exact_numbers import number, text
from db2hdl.features import Feature
from db2hdl_hw.errors import InputError, unknown


def parse_values(features: Sequence[Feature], text: str) -> list[float]:
    """Return the value of each feature in ``name=value, …``; every feature must be there once.

    Names that have a comma or an equals sign in them are found as the longest name that fits.

    Raises
    ------
    InputError
        On an unknown name (the nearest is suggested), a missing or repeated one, or no number.
    """
    known = {feature.name: i for i, feature in enumerate(features)}
    found: dict[int, float] = {}
    for name, value in _pairs(text, sorted(known, key=len, reverse=True)):
        if name not in known:
            raise unknown("feature", name, known)
        if known[name] in found:
            raise InputError(f"--values: {name!r} is there twice")
        found[known[name]] = _number(name, value)
    missing = [feature.name for i, feature in enumerate(features) if i not in found]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise InputError(f"--values: {missing[0]!r}{more} is missing")
    return [found[i] for i in range(len(features))]


def clipped(features: Sequence[Feature], values: Sequence[float]) -> Iterator[str]:
    """Say for each real value outside the coded range what it is taken for."""
    for feature, value in zip(features, values, strict=True):
        step = feature.step(value)
        if feature.kind == "real" and not 0 <= step <= feature.top:
            end = text(feature.code_value(0 if step < 0 else feature.top))
            yield f"{feature.name} = {text(value)} is outside the coded range and taken for {end}"


def _pairs(text: str, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    rest = text.strip()
    while rest:
        name = next((n for n in names if _starts(rest, n)), None)
        if name is None:
            name = rest.partition("=")[0].strip()
        rest = rest[len(name) :].lstrip()
        if not rest.startswith("="):
            raise InputError(f"--values: after {name!r} comes '= value'")
        value, _, rest = rest[1:].partition(",")
        yield name, value.strip()
        rest = rest.strip()


def _starts(text: str, name: str) -> bool:
    return text.startswith(name) and text[len(name) :].lstrip().startswith("=")


def _number(name: str, said: str) -> float:
    try:
        value = number(said)
    except ValueError:
        raise InputError(f"--values: {name} = {said!r} is not a number of up to 64 bits") from None
    if not math.isfinite(value):
        raise InputError(f"--values: {name} = {said} is not finite")
    return value
