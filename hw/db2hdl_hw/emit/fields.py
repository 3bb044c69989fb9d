"""Reading the fields of a JSON object that somebody else may have written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from db2hdl_hw.errors import InputError

_KINDS: dict[type, str] = {
    bool: "a boolean",
    int: "an integer",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


@dataclass(frozen=True)
class Reader:
    """A JSON object, and where it is; every getter raises ``InputError`` with that place."""

    data: object
    where: str

    def __post_init__(self) -> None:
        if not isinstance(self.data, dict):
            raise InputError(f"{self.where} must be an object, not {_kind(self.data)}")

    def get(self, key: str, *types: type) -> Any:
        """Return the value of a key; it must be of one of the types."""
        if not isinstance(self.data, dict) or key not in self.data:
            raise InputError(f"{self.where} has no {key!r}")
        value = self.data[key]
        # A bool is an int to Python, but not to JSON.
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise InputError(
                f"{self.where}: {key!r} must be {_KINDS[types[0]]}, not {_kind(value)}"
            )
        return value

    def text(self, key: str) -> str:
        """Return a text."""
        return str(self.get(key, str))

    def identifier(self, key: str) -> str:
        """Return a text that is a plain identifier of Verilog."""
        text = self.text(key)
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
            raise InputError(f"{self.where}: {key!r} must be an identifier, not {text!r}")
        return text

    def hexadecimal(self, key: str) -> str:
        """Return a text of at most 64 hexadecimal digits, as hashes are."""
        text = self.text(key)
        if not re.fullmatch(r"[0-9a-f]{0,64}", text):
            raise InputError(f"{self.where}: {key!r} must be a hash, not {text[:80]!r}")
        return text

    def integer(self, key: str) -> int:
        """Return an integer."""
        return int(self.get(key, int))

    def number(self, key: str) -> float:
        """Return a number; an integer that float64 cannot hold stays one."""
        value = self.get(key, float, int)
        try:
            return (
                value if isinstance(value, int) and 53 < value.bit_length() <= 64 else float(value)
            )
        except OverflowError as error:
            raise InputError(f"{self.where}: {key!r} is too large") from error

    def one_of(self, key: str, choices: Sequence[str]) -> str:
        """Return a text that is one of the choices."""
        text = self.text(key)
        if text not in choices:
            raise InputError(f"{self.where}: {key!r} must be one of {choices}, not {text!r}")
        return text

    def must_be(self, key: str, value: object) -> None:
        """Check that a value is this one."""
        got = self.get(key, type(value))
        if got != value:
            raise InputError(f"{self.where}: {key!r} must be {value!r}, not {got!r}")

    def object(self, key: str) -> Reader:
        """Return an object."""
        return Reader(self.get(key, dict), f"{self.where}: {key}")

    def objects(self, key: str) -> list[Reader]:
        """Return a list of objects."""
        values = self.get(key, list)
        return [Reader(v, f"{self.where}: {key}[{i}]") for i, v in enumerate(values)]

    def texts(self, key: str) -> list[str]:
        """Return a list of texts."""
        values: list[object] = self.get(key, list)
        for index, value in enumerate(values):
            if not isinstance(value, str):
                raise InputError(f"{self.where}: {key}[{index}] must be a text, not {_kind(value)}")
        return [str(value) for value in values]


def _kind(value: object) -> str:
    return _KINDS.get(type(value), type(value).__name__)
