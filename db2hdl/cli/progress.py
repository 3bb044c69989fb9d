"""The progress display; whatever reports to it hears of an interruption that was lost."""

from __future__ import annotations

from typing import Any

from rich import progress

from db2hdl.cli import interrupts


class Progress(progress.Progress):
    """A display that ends the command at its next step if a library swallowed Ctrl-C."""

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Show what is being done now, unless the command was asked to stop.

        Raises
        ------
        KeyboardInterrupt
            As ``db2hdl.cli.interrupts.check``.
        """
        interrupts.check()
        super().update(*args, **kwargs)
