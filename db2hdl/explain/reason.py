"""Why a row has its class: few inputs that force it, whatever the others are; by SAT."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from db2hdl.explain.encode import Encoding
from db2hdl.explain.regions import Box, inside
from db2hdl.hardnet import HardNet
from db2hdl_hw.errors import InputError, ToolError

MOST_SECONDS = 10.0
"""CPU seconds of the search for the smallest set; then none can be left out of what is found."""

MOST_CONFLICTS = 200_000
"""A question that takes the solver longer is left open: the feature stays in the set."""


@dataclass(frozen=True)
class Reason:
    """Inputs that force a class.

    Attributes
    ----------
    wanted : int
        The class.
    box : Box
        Ranges of codes of some features: every input in it gets the class. No range can be left
        out or widened by a threshold of the net without losing that.
    smallest : bool
        Whether no fewer features force the class.
    """

    wanted: int
    box: Box
    smallest: bool


class Questions:
    """A net in a SAT solver, with a literal for "not this class" for each class.

    Raises
    ------
    InputError
        If the net has no classes.
    ToolError
        If python-sat is not installed.
    """

    def __init__(self, hard: HardNet) -> None:
        if not hard.classes:
            raise InputError("this net has no classes, so no row has a reason for one")
        self.hard = hard
        self._net = Encoding(hard)
        self._is = [self._net.class_is(c) for c in range(len(hard.classes))]
        self._solver = solver(self._net.clauses)

    def __enter__(self) -> Questions:
        """Return itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Free the solver."""
        self._solver.delete()

    def forced(self, box: Box, wanted: int) -> bool | None:
        """Return whether all inputs in a box have the class; None if the solver gave up."""
        return self._unsatisfiable([*self._literals(box), -self._is[wanted]])

    @property
    def atoms(self) -> list[tuple[int, int]]:
        """The comparisons of features with thresholds that the net makes."""
        return list(self._net.atoms)

    def excluded(self, box: Box, unwanted: int, conflicts: int = MOST_CONFLICTS) -> bool | None:
        """Return whether no input in a box has the class; None if the solver gave up."""
        return self._unsatisfiable([*self._literals(box), self._is[unwanted]], conflicts)

    def reason(
        self, codes: NDArray[np.integer], *, smallest: bool = True, widest: int | None = None
    ) -> Reason:
        """Return few inputs of a row [features] that force its class.

        Unless ``smallest`` is asked for, none can be left out, but others might be fewer. Ranges of
        more than ``widest`` inputs are not widened.
        """
        wanted = int(self.hard.predict(codes[None])[0])
        whole = self._around(codes)
        features, fewest = self._few_features(whole, wanted, smallest)
        box = {f: whole[f] for f in features}
        if widest is None or len(box) <= widest:
            return Reason(wanted, self._widened(box, wanted), fewest)
        return Reason(wanted, box, fewest)

    def _around(self, codes: NDArray[np.integer]) -> dict[int, tuple[int, int]]:
        """Return the ranges that the row's codes are in, between thresholds of the net."""
        box = {}
        for feature, cuts in self._cuts().items():
            code = int(codes[feature])
            low = max((t for t in cuts if t <= code), default=0)
            top = self.hard.features[feature].top + 1
            box[feature] = (low, min((t for t in cuts if t > code), default=top))
        return box

    def _cuts(self) -> dict[int, list[int]]:
        cuts: dict[int, list[int]] = {}
        for feature, threshold in self._net.atoms:
            cuts.setdefault(feature, []).append(threshold)
        return cuts

    def _literals(self, box: Box) -> list[int]:
        found = []
        for feature, (low, end) in box.items():
            if (feature, low) in self._net.atoms:
                found.append(self._net.atoms[feature, low])
            if (feature, end) in self._net.atoms:
                found.append(-self._net.atoms[feature, end])
        return found

    def _unsatisfiable(
        self, assumptions: Sequence[int], conflicts: int = MOST_CONFLICTS
    ) -> bool | None:
        self._solver.conf_budget(conflicts)
        answer = self._solver.solve_limited(assumptions=list(assumptions))
        return None if answer is None else not answer

    def _few_features(self, whole: Box, wanted: int, search: bool) -> tuple[list[int], bool]:
        """Return features whose ranges force the class, and whether they are the fewest."""
        owner = {x: f for f in whole for x in self._literals({f: whole[f]})}
        if not self._unsatisfiable([*owner, -self._is[wanted]]):
            raise ToolError("the solver gave up on a single row; this net is too hard for it")
        core = self._solver.get_core() or []
        kept = sorted({owner[x] for x in core if x in owner})
        for feature in list(kept):
            fewer = [f for f in kept if f != feature]
            if self.forced({f: whole[f] for f in fewer}, wanted):
                kept = fewer
        if not search or len(kept) <= 1:
            return kept, len(kept) <= 1
        return self._smallest(whole, wanted, kept)

    def _smallest(self, whole: Box, wanted: int, kept: list[int]) -> tuple[list[int], bool]:
        """Return the fewest features, by implicit hitting sets, and whether they are proved so.

        A set of features that does not force the class leaves an input of another class, which
        differs from the row in some of the others: each forcing set has one of those. The least
        set that hits all such findings is tried next; if it forces the class, none is smaller.
        """
        from pysat.examples.hitman import Hitman

        end = time.process_time() + MOST_SECONDS
        with Hitman(solver="m22", htype="sorted") as search:
            while time.process_time() < end:
                tried = search.get() or []
                if len(tried) >= len(kept):
                    return kept, True
                if self.forced({f: whole[f] for f in tried}, wanted):
                    return sorted(tried), True
                model = self._solver.get_model()
                if model is None:
                    break
                search.hit(self._differing(whole, wanted, tried, set(model)))
        return kept, False

    def _differing(
        self, whole: Box, wanted: int, tried: Sequence[int], model: set[int]
    ) -> list[int]:
        """Return few features one of which every forcing set has: those outside a large set."""
        agree = [f for f in whole if all(x in model for x in self._literals({f: whole[f]}))]
        agree = sorted({*agree, *tried})
        for feature in whole:
            if feature not in agree:
                more = {f: whole[f] for f in (*agree, feature)}
                if self.forced(more, wanted) is False:
                    agree.append(feature)
        return [f for f in whole if f not in agree]

    def _widened(self, box: dict[int, tuple[int, int]], wanted: int) -> Box:
        """Return a box with ranges as wide as they can be, one after the other."""
        cuts = self._cuts()
        for feature in box:
            low, end = box[feature]
            top = self.hard.features[feature].top + 1
            for wider in [0, *(t for t in cuts[feature] if t < low)]:
                if wider < low and self.forced({**box, feature: (wider, end)}, wanted):
                    low = wider
                    break
            box[feature] = (low, end)
            for wider in [top, *(t for t in sorted(cuts[feature], reverse=True) if t > end)]:
                if wider > end and self.forced({**box, feature: (low, wider)}, wanted):
                    end = wider
                    break
            box[feature] = (low, end)
        tops = {f: self.hard.features[f].top + 1 for f in box}
        return {f: r for f, r in box.items() if r != (0, tops[f])}


def solver(clauses: Sequence[Sequence[int]]) -> Any:
    """Return a MiniSat with clauses: small, incremental, and it can be given a budget.

    Raises
    ------
    ToolError
        If python-sat is not installed.
    """
    try:
        from pysat.solvers import Minisat22
    except ImportError:
        raise ToolError("python-sat is not installed; pip install 'db2hdl[prove]'") from None
    return Minisat22(bootstrap_with=clauses)


def covered(box: Box, codes: NDArray[np.integer]) -> int:
    """Return how many rows of codes are in a box."""
    return int(inside(box, codes).sum())
