"""Results on disk: a file a run, so that an interrupted ``make paper`` goes on where it was."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from db2hdl_hw.files import whole_file


def digest(value: Any) -> str:
    """Return a short hash of what can be written as JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Key:
    """Which run of which method on which rows.

    ``settings`` is the digest of all settings, of the data and of the versions of packages: when
    one of them changes, it is another run.
    """

    experiment: str
    method: str
    settings: str
    seed: int

    @property
    def name(self) -> str:
        """The file's name."""
        return f"{self.experiment}-{self.seed}-{digest(asdict(self))}.json"


@dataclass(frozen=True)
class Run:
    """Accuracies on test rows and on the rows it was chosen by, and CPU seconds."""

    test: float
    chosen_by: float
    cpu: float


class Store:
    """A folder of finished runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, key: Key) -> Run | None:
        """Return a finished run, or None; a damaged file counts as not finished."""
        try:
            data = json.loads((self._folder / key.name).read_text(encoding="utf-8"))
            return Run(**data["run"]) if data["key"] == asdict(key) else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, key: Key, run: Run) -> None:
        """Keep a finished run."""
        with whole_file(self._folder / key.name) as temporary:
            temporary.write_text(json.dumps({"key": asdict(key), "run": asdict(run)}))
