"""Which Verilog files of a bundle a check is about: the core's; a shell around it is another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from db2hdl_hw.emit.bundle import Bundle
from db2hdl_hw.emit.evidence import Case


@dataclass(frozen=True)
class Coverage:
    """What is covered by checks of the core.

    Attributes
    ----------
    files, left : tuple of str
        Verilog files that are, and that are not; paths in the bundle.
    """

    files: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    def as_json(self) -> Mapping[str, Any]:
        """Return what evidence and reports say of it."""
        return {"covered": list(self.files), "not_covered": list(self.left)}

    def cases(self) -> list[Case]:
        """Return a skipped JUnit case for each file that is not covered."""
        said = "a shell around the core, which this check is not about"
        return [Case(file, "not covered", "skipped", said) for file in self.left]

    def __str__(self) -> str:
        """Return one line on what is not covered; nothing if all is."""
        shells = ", ".join(self.left)
        return f"not covered: {shells}, the shell around the core" if self.left else ""


NOTHING = Coverage()


def coverage(bundle: Bundle) -> Coverage:
    """Return what checks of the core of a bundle cover, and what they do not."""
    covered = bundle.interface.rtl
    folder = bundle.path / "rtl"
    there = sorted(f"rtl/{path.name}" for path in folder.glob("*.v")) if folder.is_dir() else []
    return Coverage(tuple(covered), tuple(name for name in there if name not in covered))
