"""Results on disk: a file a run, so that an interrupted ``make paper`` goes on where it was."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from db2hdl_hw.files import whole_file


@dataclass(frozen=True)
class Key:
    """Which run: the settings are in ``about``, so that other settings are another run."""

    experiment: str
    method: str
    about: str
    seed: int

    @property
    def name(self) -> str:
        """The file's name."""
        digest = hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()
        return f"{self.experiment}-{self.seed}-{digest[:16]}.json"


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
