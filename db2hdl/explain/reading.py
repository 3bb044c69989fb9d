"""Reads a printed formula again, so that what is proved is what stands on the page.

From the weakest to the strongest: ``or``; ``xor``; ``and``; ``not``, comparisons, brackets, and
``at least k of (…, …)``. It shares with the wording how names are quoted, nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from db2hdl.exact_numbers import number, predecessor
from db2hdl.explain.formula import Formula
from db2hdl.explain.regions import named
from db2hdl.features import Feature
from db2hdl_hw.errors import MismatchError

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?")


def read(text: str, features: Sequence[Feature]) -> Formula:
    """Return the formula of a text.

    Raises
    ------
    MismatchError
        If it cannot be read, or a value is not exactly a threshold: an error of db2hdl.
    """
    reader = _Reader(text, features)
    formula = reader.any_()
    if reader.rest:
        reader.fail("there is more after the end")
    return formula


class _Reader:
    def __init__(self, text: str, features: Sequence[Feature]) -> None:
        self.rest = text.strip()
        self._text = text
        self._features = features
        self._names = sorted(
            ((named(feature), i) for i, feature in enumerate(features)), key=lambda n: -len(n[0])
        )

    def fail(self, why: str) -> None:
        raise MismatchError(
            f"the formula {self._text!r} cannot be read again ({why}); this is an error of "
            "db2hdl, please report it"
        )

    def any_(self) -> Formula:
        return self._chain("or", lambda: self._chain("xor", lambda: self._chain("and", self._one)))

    def _chain(self, word: str, part: Callable[[], Formula]) -> Formula:
        parts = [part()]
        while self._take(f"{word} "):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Formula(word, (), tuple(parts))

    def _take(self, token: str) -> bool:
        if not self.rest.startswith(token):
            return False
        self.rest = self.rest[len(token) :].lstrip()
        return True

    def _one(self) -> Formula:
        if self._take("not "):
            return Formula("not", (), (self._one(),))
        if self._take("("):
            return self._closed(self.any_())
        if self._take("at least "):
            return self._at_least()
        if self.rest in ("always", "never"):
            return Formula("and" if self._word() == "always" else "or")
        if _NUMBER.match(self.rest):
            low = self._number()
            self._expect("<= ")
            feature = self._feature()
            self._expect("< ")
            return Formula("and", (), (self._from(feature, low), self._below(feature)))
        feature = self._feature()
        if self._features[feature].kind == "bit":
            return Formula("atom", (feature, 1))
        if self._take(">= "):
            return self._from(feature, self._number())
        self._expect("< ")
        return self._below(feature)

    def _word(self) -> str:
        word, self.rest = self.rest, ""
        return word

    def _closed(self, formula: Formula) -> Formula:
        self._expect(")")
        return formula

    def _at_least(self) -> Formula:
        k = int(self._number())
        self._expect("of (")
        parts = [self.any_()]
        while self._take(","):
            parts.append(self.any_())
        return self._closed(Formula("at_least", (k,), tuple(parts)))

    def _expect(self, token: str) -> None:
        if not self._take(token):
            self.fail(f"{token.strip()!r} is missing before {self.rest!r}")

    def _number(self) -> float:
        found = _NUMBER.match(self.rest)
        if found is None:
            self.fail(f"no number at {self.rest!r}")
            return 0.0
        self._take(found.group())
        return number(found.group())

    def _feature(self) -> int:
        found = self._name()
        if found is None:
            self.fail(f"no name at {self.rest!r}")
            return 0
        return found

    def _name(self) -> int | None:
        for name, index in self._names:
            after = self.rest[len(name) : len(name) + 1]
            if self.rest.startswith(name) and after in ("", " ", ")", ","):
                self._take(name)
                return index
        return None

    def _from(self, feature: int, value: float) -> Formula:
        coding = self._features[feature]
        place = coding.step(value)
        if coding.step(predecessor(value)) >= place:
            self.fail(f"{value!r} is not a threshold of {coding.name}")
        return Formula("atom", (feature, place))

    def _below(self, feature: int) -> Formula:
        return Formula("not", (), (self._from(feature, self._number()),))
