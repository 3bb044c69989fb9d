"""Conditions on inputs, as literals of the encoded net."""

from __future__ import annotations

from typing import Any

from db2hdl.explain.encode import TRUE, Encoding
from db2hdl.features import Feature
from db2hdl.properties.grammar import Node
from db2hdl_hw.errors import InputError, unknown


class Conditions:
    """Turns conditions into literals; thresholds that the net does not have become atoms, too.

    A real value is what the coding makes of it: ``temperature >= 90`` holds for codes from that of
    90 on, so that a value and the code it gets are never told apart.
    """

    def __init__(self, net: Encoding) -> None:
        self._net = net
        self._features = {feature.name: i for i, feature in enumerate(net.hard.features)}

    def literal(self, node: Node) -> int:
        """Return the literal of a condition.

        Raises
        ------
        InputError
            On an unknown feature, or a comparison that does not fit its kind.
        """
        if node.kind == "condition":
            return self._net.any_([self.literal(part) for part in node.parts])
        if node.kind == "conjunction":
            return self._net.all_([self.literal(part) for part in node.parts])
        if node.kind == "negated":
            return -self.literal(node.parts[0])
        if node.kind == "anything":
            return TRUE
        return getattr(self, f"_{node.kind}")(*node.parts)  # type: ignore[no-any-return]

    def feature(self, name: str) -> int:
        """Return the index of a feature; suggest the nearest name."""
        if name not in self._features:
            raise unknown("feature", name, self._features)
        return self._features[name]

    def at_least(self, feature: int, threshold: int) -> int:
        """Return the literal of "the code is at least the threshold"."""
        top = self._net.hard.features[feature].top
        if threshold <= 0 or threshold > top:
            return TRUE if threshold <= 0 else -TRUE
        atoms = self._net.atoms
        if (feature, threshold) not in atoms:
            new = self._net.new()
            for (other, cut), literal in list(atoms.items()):
                if other == feature:
                    order = [-literal, new] if cut > threshold else [-new, literal]
                    self._net.clauses.append(order)
            atoms[feature, threshold] = new
        return atoms[feature, threshold]

    def _flag(self, name: str) -> int:
        index = self.feature(name)
        if self._net.hard.features[index].kind != "bit":
            raise InputError(f"{name!r} is a real feature: compare it, as in {name!r} >= 1.5")
        return self.at_least(index, 1)

    def _compared(self, name: str, operator: str, value: float) -> int:
        index = self.feature(name)
        feature = self._net.hard.features[index]
        if feature.kind == "bit":
            if operator != "==" or value not in (0, 1):
                raise InputError(
                    f"{name!r} is boolean: write {name!r}, not {name!r}, or == 0 or 1, "
                    f"instead of {operator} {value:g}"
                )
            return self.at_least(index, 1) if value else -self.at_least(index, 1)
        return self._real(index, feature, operator, value)

    def _real(self, index: int, feature: Feature, operator: str, value: float) -> int:
        code = feature.step(value)
        above, from_here = self.at_least(index, code + 1), self.at_least(index, code)
        found: dict[str, int] = {">=": from_here, ">": above, "<": -from_here, "<=": -above}
        if operator == "==":
            return self._net.all_([from_here, -above])
        return found[operator]

    def _between(self, low: float, first: str, name: str, second: str, high: float) -> int:
        if first not in ("<", "<=") or second not in ("<", "<="):
            raise InputError(f"a range is written {low:g} <= {name} < {high:g}")
        mirrored = {"<": ">", "<=": ">="}[first]
        return self._net.all_(
            [self._compared(name, mirrored, low), self._compared(name, second, high)]
        )


def class_index(classes: tuple[str, ...], name: Any) -> int:
    """Return the index of a class; suggest the nearest name."""
    if name not in classes:
        raise unknown("class", str(name), classes)
    return classes.index(name)
