"""Certificates: what the second engine proved, as formulas and proofs that others can check.

A folder has, for each obligation, ``N.cnf`` (DIMACS) and ``N.drat`` (the solver's proof that the
formula has no solution), for any DRAT checker, such as drat-trim.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from db2hdl_hw.errors import InputError
from db2hdl_hw.files import check_target
from db2hdl_hw.prove.certificate import check, to_dimacs
from db2hdl_hw.prove.cnf import Clauses


def check_folder(folder: Path) -> None:
    """Refuse a folder for certificates in which there is anything: none of it may be overwritten.

    Raises
    ------
    InputError
        If it is no empty folder, or cannot be made.
    """
    if os.path.lexists(folder):
        check_target(folder, force=True, folder=True)
        if any(folder.iterdir()):
            raise InputError(f"{folder} is not empty; certificates need a folder of their own")


class Certificates:
    """Writes certificates of one link into a folder, and checks each before."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self._checked = 0

    def keep(self, number: int, clauses: Clauses, proof: list[str]) -> None:
        """Write a certificate."""
        if not self._count:
            self._folder.mkdir(parents=True, exist_ok=True)
        name = f"{self._count:06d}"
        (self._folder / f"{name}.cnf").write_text(to_dimacs(clauses), encoding="ascii")
        text = "".join(f"{line}\n" for line in proof)
        (self._folder / f"{name}.drat").write_text(text, encoding="ascii")
        self._checked += check(clauses, proof)
        self._count += 1

    def close(self) -> dict[str, Any]:
        """Return how many were written, and how many our own checker follows."""
        return {"written": self._count, "checked": self._checked}
