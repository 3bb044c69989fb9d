"""The kernel that counts: which literals are digits of which integers.

An integer is held as a *form*: a constant plus a weighted count of nodes. Two facts are used and
nothing else:

- a word of literals d0, d1, … is the integer d0 + 2 d1 + 4 d2 + …, and an inverted literal is
  1 - its node;
- an adder of w digits gives the sum of its operands modulo 2**w, a full adder's digits are the
  count of its three inputs, and in general a *word known to be a form* may be replaced by it.

So any tree of adders, carry-save or ripple, balanced or not, over the same literals has the same
form, and if the form's greatest value fits the digits, the same value. Replacing is linear in the
number of adders, and no search is involved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from db2hdl_hw.prove.graph import FALSE, Form, Graph

WIDEST = 64
"""Digits of the widest word that may be a sum; wider ones are buses."""


@dataclass(frozen=True)
class _Known:
    """A word of literals (of different nodes) and the form that is its value."""

    digits: tuple[int, ...]
    form: Form
    constant: int


class Sums:
    """The forms known of a graph's literals.

    Parameters
    ----------
    graph : Graph
    exact : bool
        True: sums become digit nodes of the graph (``Graph.sum_digits``). False: sums are built
        of full adders in the order in which the circuit has them.
    """

    def __init__(self, graph: Graph, *, exact: bool = True) -> None:
        self.graph = graph
        self.exact = exact
        self._known: dict[int, _Known] = {}

    def count(self, bits: Sequence[int], width: int | None = None) -> list[int]:
        """Return the number of true bits, as a word of ``width`` digits (default: enough)."""
        return self.total([[bit] for bit in bits], width or max(1, len(bits).bit_length()))

    def total(self, words: Sequence[Sequence[int]], width: int) -> list[int]:
        """Return the sum of words, modulo ``2**width``."""
        if not self.exact:
            return _ripple(self.graph, words, width)
        weights: dict[int, int] = {}
        for word in words:
            for place, digit in enumerate(word[:width]):
                weights[digit] = weights.get(digit, 0) + (1 << place)
        full = max(width, sum(weights.values()).bit_length())  # nothing wraps; what is over is cut
        digits = self._value(weights, 0, 1 << (full + 2), full)
        return _ripple(self.graph, words, width) if digits is None else digits[:width]

    def joined(self, word: Sequence[int]) -> list[int]:
        """Return the digits of the count that a word is; the word itself if it is none known."""
        weights: dict[int, int] = {}
        for place, digit in enumerate(word):
            weights[digit] = weights.get(digit, 0) + (1 << place)
        if len(word) > WIDEST or not any(digit >> 1 in self._known for digit in weights):
            return list(word)
        for modulus in (1 << len(word), 1 << (len(word) + 2)):
            digits = self._value(weights, 0, modulus, len(word))
            if digits is not None:
                return digits
        return list(word)

    def weighted(self, form: Form, constant: int) -> list[int]:
        """Return the digits of a constant plus a weighted count of any literals."""
        most = constant + sum(weight for _, weight in form)
        width = max(1, most.bit_length())
        weights: dict[int, int] = {}
        for literal, weight in form:
            weights[literal] = weights.get(literal, 0) + weight
        digits = self._value(weights, constant, 1 << (width + 2), width) if self.exact else None
        return self._tree(form, constant, width) if digits is None else digits

    def _value(
        self, weights: Mapping[int, int], constant: int, modulus: int, width: int
    ) -> list[int] | None:
        """Return the digits of a form modulo a power of two, or None if it may not fit them."""
        form, constant = self._normal(weights, constant, modulus)
        most = constant + sum(weight for _, weight in form)
        if most >= min(modulus, 1 << width):
            return None
        low, form, constant = _peel(form, constant)
        digits = self.graph.sum_digits(form, constant)
        self._register(digits, form, constant)
        return pad([*low, *digits], width)[:width]

    def _tree(self, form: Form, constant: int, width: int) -> list[int]:
        """Return the digits of a form, built of a balanced tree of ripple-carry adders."""
        words = [pad([FALSE] * p + [literal], width) for literal, w in form for p in _places(w)]
        words.append([constant >> place & 1 for place in range(width)])
        while len(words) > 1:
            added = [
                ripple(self.graph, a, b, FALSE)[0]
                for a, b in zip(words[::2], words[1::2], strict=False)
            ]
            words = added + words[len(words) & ~1 :]
        return words[0]

    def full_adder(self, a: int, b: int, c: int) -> tuple[int, int]:
        """Return (sum, carry) of three bits."""
        if self.exact:
            digits = self.total([[a], [b], [c]], 2)
            return digits[0], digits[1]
        differ = self.graph.xor(a, b)
        carry = self.graph.or_(self.graph.and_(a, b), self.graph.and_(differ, c))
        return self.graph.xor(differ, c), carry

    def _register(self, digits: Sequence[int], form: Form, constant: int) -> None:
        """Remember that digits are a form, if they are of different nodes."""
        nodes = {digit >> 1 for digit in digits}
        if len(form) + bool(constant) < 2 or len(nodes) < len(digits) or 0 in nodes:
            return
        known = _Known(tuple(digits), form, constant)
        for node in nodes:
            self._known.setdefault(node, known)

    def _normal(self, weights: Mapping[int, int], constant: int, modulus: int) -> tuple[Form, int]:
        """Return the normal form modulo a power of two, with known words replaced by theirs."""
        by_node: dict[int, int] = {}
        for literal, weight in weights.items():
            constant += _add(by_node, literal, weight, modulus)
        constant += self._expand(by_node, modulus)
        form = []
        by_node.pop(0, None)
        for node, weight in by_node.items():
            if weight > modulus // 2:  # -w n is w (1 - n) - w
                form.append((2 * node + 1, modulus - weight))
                constant -= modulus - weight
            elif weight:
                form.append((2 * node, weight))
        return tuple(sorted(form)), constant % modulus

    def _expand(self, weights: dict[int, int], modulus: int) -> int:
        """Replace known words by their forms, youngest first; return what the constant grows by."""
        constant = 0
        heap = [-node for node in weights]
        heapify(heap)
        while heap:
            node = -heappop(heap)
            known = self._known.get(node)
            if known is None or not weights.get(node):
                continue
            factor = _factor(weights, known.digits, modulus)
            if factor is None:
                continue
            constant += factor * known.constant
            for place, digit in enumerate(known.digits):
                weights.pop(digit >> 1, None)
                constant -= (factor << place) * (digit & 1)
            for leaf, weight in known.form:
                if leaf >> 1 not in weights:
                    heappush(heap, -(leaf >> 1))
                constant += _add(weights, leaf, factor * weight, modulus)
        return constant


def _add(weights: dict[int, int], literal: int, weight: int, modulus: int) -> int:
    """Add a weighted literal to weights of nodes; return what the constant grows by."""
    node = literal >> 1
    if literal & 1:
        weights[node] = (weights.get(node, 0) - weight) % modulus
        return weight
    weights[node] = (weights.get(node, 0) + weight) % modulus
    return 0


def _factor(weights: Mapping[int, int], digits: Sequence[int], modulus: int) -> int | None:
    """Return the factor by which all digits of a word appear in the weights, or None.

    Upper digits whose weight would be a multiple of the modulus need not appear: they add nothing.
    So a circuit may leave out digits that are always low because the whole word is never so great.
    """
    factor = weights.get(digits[0] >> 1, 0)
    if digits[0] & 1:
        factor = -factor % modulus
    for place, digit in enumerate(digits):
        wanted = (factor << place) * (-1 if digit & 1 else 1)
        if weights.get(digit >> 1, 0) != wanted % modulus:
            return None
    return factor or None


def _peel(form: Form, constant: int) -> tuple[list[int], Form, int]:
    """Return the lowest digits that are constants or literals themselves, and what is left.

    If no more than one literal has an odd weight, and no odd constant is there besides, the lowest
    digit is that literal, and the rest is half the form without it.
    """
    low: list[int] = []
    while form:
        odd = [literal for literal, weight in form if weight & 1]
        if len(odd) + (constant & 1) > 1:
            break
        low.append(odd[0] if odd else constant & 1)
        form = tuple((literal, weight >> 1) for literal, weight in form if weight > 1)
        constant >>= 1
    return low, form, constant


def _places(weight: int) -> list[int]:
    return [place for place in range(weight.bit_length()) if weight >> place & 1]


def _ripple(graph: Graph, words: Sequence[Sequence[int]], width: int) -> list[int]:
    """Return the sum of words by ripple-carry adders, one after the other."""
    total = [FALSE] * width
    for index, word in enumerate(words):
        padded = [*word[:width], *[FALSE] * (width - len(word))]
        total = padded if index == 0 else ripple(graph, total, padded, FALSE)[0]
    return total


def ripple(
    graph: Graph, a: Sequence[int], b: Sequence[int], carry: int
) -> tuple[list[int], list[int]]:
    """Return the digits of a + b + carry of equal widths, and the carry out of each place."""
    digits, carries = [], []
    for x, y in zip(a, b, strict=True):
        differ = graph.xor(x, y)
        digits.append(graph.xor(differ, carry))
        carry = graph.or_(graph.and_(x, y), graph.and_(differ, carry))
        carries.append(carry)
    graph.marks.update(literal >> 1 for literal in (*digits, *carries))
    return digits, carries


def at_least(graph: Graph, word: Sequence[int], limit: int) -> int:
    """Return whether an unsigned word is ``>= limit``."""
    if limit <= 0:
        return 1
    if limit >= 1 << len(word):
        return FALSE
    value = 1  # of no digits: 0 >= 0
    for place, digit in enumerate(word):
        value = graph.and_(digit, value) if limit >> place & 1 else graph.or_(digit, value)
    return value


def greater(graph: Graph, a: Sequence[int], b: Sequence[int]) -> int:
    """Return whether the unsigned word ``a`` is greater than ``b``."""
    width = max(len(a), len(b))
    value = FALSE
    for x, y in zip(pad(a, width), pad(b, width), strict=True):
        value = graph.mux(graph.xor(x, y), x, value)
    return value


def pad(word: Sequence[int], width: int) -> list[int]:
    """Return a word with zeros above, ``width`` digits wide or as wide as it is."""
    return [*word, *[FALSE] * (width - len(word))]
