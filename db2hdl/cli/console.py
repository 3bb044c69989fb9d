"""The console that all output for people goes through: only our styles control the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from db2hdl_hw.system.text import shown_lines


class SafeConsole(Console):
    """A console that prints no control character of a text, whoever made it.

    Styles and the moves of a progress display are no text, and stay.
    """

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Yield the segments of a renderable, their texts made harmless."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else shown_lines(text), style, control)
