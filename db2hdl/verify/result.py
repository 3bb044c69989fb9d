"""What a verification says: one check each, and all of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from db2hdl_hw.errors import (
    Db2hdlError,
    InputError,
    MismatchError,
    NotProvedError,
    ToolError,
)
from db2hdl_hw.system.sandbox import NONE as NO_SANDBOX

FORMAT, VERSION = "db2hdl-verify", 2

VERIFIED, FAILED, NOT_DONE, NONE = "verified", "failed", "not done", "none"

DAMAGED = MismatchError.exit_code


@dataclass(frozen=True)
class Check:
    """One check and how it ended.

    Attributes
    ----------
    name : str
    verdict : str
        ``verified``, ``failed``, ``not done``, or ``none``: there is nothing to check.
    said : tuple of str
        What was verified, what is wrong, or why it was not done.
    exit_code : int
        Of the command, if this decides; 0 only of what is verified, or where there is nothing.
    """

    name: str
    verdict: str
    said: tuple[str, ...]
    exit_code: int = 0

    @property
    def passed(self) -> bool:
        """Whether it was done and found nothing wrong, or there is nothing to check."""
        return self.verdict in (VERIFIED, NONE) and self.exit_code == 0


@dataclass(frozen=True)
class Verification:
    """All checks of a bundle.

    Attributes
    ----------
    path : Path
    checks : tuple of Check
    covered, left : tuple of str
        The Verilog files that simulation and proof are about, and those that they are not.
    isolation : str
        What kept the tools that read them from network and files: ``bubblewrap`` or ``none``.
    """

    path: Path
    checks: tuple[Check, ...]
    covered: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    isolation: str = NO_SANDBOX

    @property
    def passed(self) -> bool:
        """Whether every check was done and passed."""
        return bool(self.checks) and all(check.passed for check in self.checks)

    def first(self) -> list[str]:
        """Return what must be said before anything that passed: a line for each other check."""
        wrong = [one for one in self.checks if not one.passed]
        wrong.sort(key=lambda one: one.verdict != NOT_DONE)
        lines = [f"{one.verdict.upper()}: {one.name}: {one.said[0]}" for one in wrong]
        if self.left:
            lines.append(f"NOT COVERED by simulation and proof: {', '.join(self.left)}")
        return lines

    def check(self) -> None:
        """Raise the error of the check that weighs most, unless all passed.

        Raises
        ------
        InputError
            If the Verilog is malicious or cannot be read.
        MismatchError
            If a file was changed, or the circuit is wrong.
        ToolError
            If a tool is missing.
        NotProvedError
            If a check was not done or not finished.
        """
        kinds: dict[int, type[Db2hdlError]] = {
            2: InputError,
            4: MismatchError,
            3: ToolError,
            6: NotProvedError,
        }
        wrong = [one for one in self.checks if not one.passed]
        for code, kind in kinds.items():
            for one in wrong:
                if (one.exit_code or NotProvedError.exit_code) == code:
                    raise kind(f"{self.path} is not verified: {one.name}: {one.said[0]}")
        if not self.checks:
            raise NotProvedError(f"{self.path} is not verified: nothing was checked")

    def to_json(self) -> dict[str, Any]:
        """Return plain values; what does not pass comes first."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "bundle": str(self.path),
            "passed": self.passed,
            "not_done": [one.name for one in self.checks if one.verdict == NOT_DONE],
            "failed": [one.name for one in self.checks if one.verdict == FAILED],
            "covered": list(self.covered),
            "not_covered": list(self.left),
            "isolation": self.isolation,
            "checks": [
                {"name": one.name, "verdict": one.verdict, "said": list(one.said)}
                for one in self.checks
            ],
        }
