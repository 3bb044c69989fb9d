"""Proves a property of a model for all inputs, or finds an input that breaks it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from db2hdl.exact_numbers import text
from db2hdl.explain.encode import Encoding
from db2hdl.explain.reason import solver
from db2hdl.hardnet import HardNet
from db2hdl.model_file import Model, as_model
from db2hdl.properties.conditions import Conditions, class_index
from db2hdl.properties.grammar import Node, parse
from db2hdl_hw.errors import Db2hdlError, InputError

PROVED, REFUTED, OPEN = "proved", "refuted", "not proved"


@dataclass(frozen=True)
class PropertyResult:
    """A verdict on a property.

    Attributes
    ----------
    text : str
    verdict : str
        "proved", "refuted", or "not proved" (out of time).
    row : dict of feature name to value, or None
        An input that breaks it, or for "reachable" and "some" one that shows it.
    answer : str
        The class that the reference gives this row.
    note : str
        What else there is to say.
    """

    text: str
    verdict: str
    row: dict[str, float] | None = None
    answer: str = ""
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the record for reports."""
        return {
            "property": self.text,
            "verdict": self.verdict,
            "row": self.row,
            "class": self.answer,
            "note": self.note,
        }


def prove_property(
    model: Model | HardNet, text: str, timeout: float | None = None
) -> PropertyResult:
    """Prove or refute a property of a model; the language is in docs/reference/properties.md.

    A row that refutes is replayed in the boolean reference before it is told.

    Parameters
    ----------
    model : Model or HardNet
    text : str
    timeout : float, optional
        Seconds; then the verdict is "not proved".

    Raises
    ------
    InputError
        On a text that is no property, unknown names, comparisons that do not fit, or a condition
        that nothing satisfies: a property of no input at all would hold whatever the net does.
    ToolError
        If python-sat or lark is missing.
    """
    known = as_model(model)
    if not known.hard.classes:
        raise InputError("this net has no classes to state a property of")
    node = parse(text)
    return _Case(known, text, timeout).decide(node)


class _Case:
    def __init__(self, model: Model, text: str, timeout: float | None) -> None:
        self._model, self._text, self._timeout = model, text, timeout
        self._hard = model.hard
        self._net = Encoding(self._hard)
        self._conditions = Conditions(self._net)

    def decide(self, node: Node) -> PropertyResult:
        return getattr(self, f"_{node.kind}")(*node.parts)  # type: ignore[no-any-return]

    def _forall(self, condition: Node, outcome: Node) -> PropertyResult:
        holds, wanted = self._conditions.literal(condition), self._outcome(outcome)
        self._not_empty(holds)
        found = self._solve([holds, -wanted])
        if found is None:
            return PropertyResult(self._text, OPEN, note="out of time")
        if found is False:
            return PropertyResult(self._text, PROVED, note="for all inputs, by SAT")
        return self._shown(REFUTED, found)

    def _exists(self, condition: Node, outcome: Node) -> PropertyResult:
        holds = self._conditions.literal(condition)
        self._not_empty(holds)
        return self._some([holds, self._outcome(outcome)])

    def _reachable(self, outcome: Node) -> PropertyResult:
        index = class_index(self._hard.classes, outcome.parts[0])
        return self._some([self._net.class_is(index)])

    def _some(self, assumptions: Sequence[int]) -> PropertyResult:
        found = self._solve(assumptions)
        if found is None:
            return PropertyResult(self._text, OPEN, note="out of time")
        if found is False:
            return PropertyResult(self._text, REFUTED, note="no input does that, by SAT")
        return self._shown(PROVED, found)

    def _monotonic(self, feature: str, name: str) -> PropertyResult:
        """As the feature rises and nothing else changes, the class is never lost once it is had."""
        index, wanted = self._conditions.feature(feature), class_index(self._hard.classes, name)
        had = self._net.class_is(wanted)  # before the twin, whose variables come after these
        both = _Twins(self._net, index)
        lost = [had, -both.class_is(wanted)]
        found = self._solve(lost)
        if found is None:
            return PropertyResult(self._text, OPEN, note="out of time")
        if found is False:
            return PropertyResult(self._text, PROVED, note="for all inputs, by SAT")
        low = self._codes(found)
        high = low.copy()
        high[index] = both.code(found)
        self._check_replay(int(self._hard.predict(low[None])[0]) == wanted)
        self._check_replay(int(self._hard.predict(high[None])[0]) != wanted)
        value = self._values(high)[feature]
        result = self._shown(REFUTED, found)
        note = f"with {feature} = {text(value)} instead, the class is not {name} any more"
        return PropertyResult(result.text, result.verdict, result.row, result.answer, note)

    def _robust(self, flips: float, first: float, last: float | None) -> PropertyResult:
        """No input word that differs from a row in so many bits or fewer has another class."""
        rows = range(int(first), int(first if last is None else last) + 1)
        kept = len(self._model.test_codes)
        if not rows or rows[-1] >= kept:
            raise InputError(
                f"rows {rows.start}..{rows.stop - 1}: the model keeps {kept} test rows"
            )
        if flips != 1:
            raise InputError("robustness is decided for 1 flipped input bit")
        for row in rows:
            codes = self._model.test_codes[row].astype(np.int64)
            wanted = int(self._hard.predict(codes[None])[0])
            near = _neighbours(self._hard, codes)
            different = np.flatnonzero(self._hard.predict(near) != wanted)
            if len(different):
                return self._replayed(near[different[0]], f"a neighbour of test row {row}")
        checked = f"all neighbours of {len(rows)} rows were asked for their class"
        return PropertyResult(self._text, PROVED, note=checked)

    def _replayed(self, codes: np.ndarray, note: str) -> PropertyResult:
        answer = self._hard.classes[int(self._hard.predict(codes[None])[0])]
        return PropertyResult(self._text, REFUTED, self._values(codes), answer, note)

    def _outcome(self, node: Node) -> int:
        index = class_index(self._hard.classes, node.parts[0])
        literal = self._net.class_is(index)
        return literal if node.kind == "class_is" else -literal

    def _not_empty(self, holds: int) -> None:
        if self._solve([holds]) is False:
            raise InputError(
                f"property {self._text!r}: nothing satisfies its condition, so it says nothing "
                "about the net"
            )

    def _solve(self, assumptions: Sequence[int]) -> set[int] | bool | None:
        """Return a model, False if there is none, None if time ran out."""
        sat = solver(self._net.clauses)
        timer = None
        if self._timeout is not None:
            timer = threading.Timer(self._timeout, sat.interrupt)
            timer.start()
        try:
            answer = sat.solve_limited(assumptions=list(assumptions), expect_interrupt=True)
            return set(sat.get_model()) if answer else answer
        finally:
            if timer is not None:
                timer.cancel()
            sat.delete()

    def _shown(self, verdict: str, model: Any) -> PropertyResult:
        codes = self._codes(model)
        answer = self._hard.classes[int(self._hard.predict(codes[None])[0])]
        index = self._hard.classes.index(answer)
        self._check_replay(self._holds(self._net.class_is(index), codes))
        return PropertyResult(self._text, verdict, self._values(codes), answer)

    def _holds(self, literal: int, codes: np.ndarray) -> bool:
        """Return whether a literal is true for codes, by the encoding."""
        atoms = [x if codes[f] >= t else -x for (f, t), x in self._net.atoms.items()]
        sat = solver(self._net.clauses)
        try:
            return bool(sat.solve(assumptions=[*atoms, literal]))
        finally:
            sat.delete()

    def _check_replay(self, agrees: bool) -> None:
        if not agrees:
            raise Db2hdlError(
                "the reference does not confirm what the solver found; please report this"
            )

    def _codes(self, model: Any) -> np.ndarray:
        codes = np.zeros(len(self._hard.features), np.int64)
        for (feature, threshold), literal in self._net.atoms.items():
            if literal in model:
                codes[feature] = max(codes[feature], threshold)
        return codes

    def _values(self, codes: np.ndarray) -> dict[str, float]:
        """Return real values with these codes."""
        return {
            feature.name: float(code) if feature.kind == "bit" else feature.code_value(int(code))
            for feature, code in zip(self._hard.features, codes, strict=True)
        }


class _Twins:
    """A second copy of a net with the same inputs but for one feature, which is not less."""

    def __init__(self, net: Encoding, feature: int) -> None:
        self._second = Encoding(net.hard, start=net.variables)
        self._feature = feature
        for (index, threshold), literal in net.atoms.items():
            twin = self._second.atoms[index, threshold]
            net.clauses.append([-literal, twin])
            if index != feature:
                net.clauses.append([literal, -twin])
        self._net = net

    def class_is(self, wanted: int) -> int:
        """Return the literal of the second copy's class."""
        literal = self._second.class_is(wanted)
        self._net.clauses += self._second.clauses
        self._net.variables = self._second.variables
        return literal

    def code(self, model: Any) -> int:
        """Return the feature's code in the second copy."""
        cuts = [t for (f, t), x in self._second.atoms.items() if f == self._feature and x in model]
        return max(cuts, default=0)


def _neighbours(hard: HardNet, codes: np.ndarray) -> np.ndarray:
    """Return the codes with each bit of the input word flipped in turn."""
    rows = []
    for index, feature in enumerate(hard.features):
        for bit in range(feature.bits):
            row = codes.copy()
            row[index] ^= 1 << bit
            rows.append(row)
    return np.array(rows)
