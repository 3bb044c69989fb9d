"""The one strict reader of JSON that somebody else may have written.

Size, depth and number of values are bounded before anything is parsed; what two readers of JSON
could understand differently (a key twice, NaN, half of a surrogate pair) is refused.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import Any

import numpy as np

from db2hdl_hw.errors import InputError

MAX_BYTES = 1 << 25
"""Of a text, unless the caller says less."""

MAX_VALUES = 1 << 21
"""Values in one text; each may cost some hundred bytes of memory."""

MAX_OBJECTS = 1 << 18
"""Objects and lists in one text; they cost most."""

MAX_DEPTH = 64
MAX_DIGITS = 20
"""Of an integer; 64 bits have at most 20."""

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def read_json(
    data: bytes,
    where: str,
    *,
    max_bytes: int = MAX_BYTES,
    max_objects: int = MAX_OBJECTS,
    floats: bool = True,
) -> Any:
    """Return the value that a JSON text holds.

    Parameters
    ----------
    data : bytes
        UTF-8.
    where : str
        What it is, for messages.
    max_bytes, max_objects : int
        Longer texts, and texts of more objects and lists, are refused unparsed.
    floats : bool
        Whether numbers may have a point or an exponent.

    Raises
    ------
    InputError
        If it is too large, nested too deeply, not UTF-8, no JSON, has a key twice in an object,
        a number that is not finite or too long, or half of a surrogate pair.
    """
    if len(data) > max_bytes:
        raise InputError(f"{where} has {len(data)} bytes of JSON; at most {max_bytes} are read")
    _check_structure(data, where, max_objects)
    try:
        value = json.loads(
            data.decode(),
            object_pairs_hook=_object,
            parse_constant=_no_constant,
            parse_float=_number if floats else _no_float,
            parse_int=_integer,
        )
        if _SURROGATE.search(data):
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise InputError(f"{where} is not JSON that is read: half of a surrogate pair") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{where} is not UTF-8 text (byte {error.start})") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where} is not JSON that is read: {error}") from None
    return value


def _check_structure(data: bytes, where: str, max_objects: int) -> None:
    """Bound depth and number of values by the marks outside of texts, without parsing."""
    bare = data.replace(rb"\\", b"").replace(rb"\"", b"")  # only quotes at the ends of texts
    chars = np.frombuffer(bare, np.uint8)
    outside = np.bitwise_xor.accumulate((chars == ord('"')).view(np.uint8)) == 0
    opening = ((chars == ord("[")) | (chars == ord("{"))) & outside
    closing = ((chars == ord("]")) | (chars == ord("}"))) & outside
    opened, commas = np.count_nonzero(opening), np.count_nonzero((chars == ord(",")) & outside)
    if opened > max_objects or opened + commas > MAX_VALUES:
        raise InputError(f"{where} holds too many values; it was not made by db2hdl")
    if np.count_nonzero(closing) > opened:
        raise InputError(f"{where} is not JSON that is read: more brackets are closed than opened")
    steps = opening[opening | closing].astype(np.int32) * 2 - 1
    deepest = int(np.cumsum(steps).max(initial=0))
    if deepest > MAX_DEPTH:
        raise InputError(f"{where} is nested {deepest} deep; at most {MAX_DEPTH} is read")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        (twice, _), *_ = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f"the key {twice!r} is there twice")
    return value


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_DIGITS:
        raise ValueError(f"an integer of {len(digits)} digits")
    return int(digits)


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:20]} is too large")
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _no_float(text: str) -> float:
    raise ValueError(f"{text[:20]} is not an integer")
