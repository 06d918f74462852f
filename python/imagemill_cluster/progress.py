"""How far the shards are, for a person who watches."""

import os
import sys
import time
from dataclasses import dataclass

from .text import clock, counted, cut_to, width_of

STYLES = ("auto", "plain", "none")

_REDRAW_S = 0.1
_LINE_S = 3.0
_BAR = 40


@dataclass
class Standing:
    """Shards that are `done`, and `new` ones and images that this run has done in `seconds`."""

    shards: int
    done: int = 0
    new: int = 0
    images: int = 0
    failed: int = 0
    retries: int = 0
    workers: int = 0
    seconds: float = 0

    def words(self) -> list[str]:
        parts = [
            f"{self.done}/{counted(self.shards, 'shard')}",
            counted(self.images, "image"),
            f"{self.images / self.seconds if self.seconds else 0:.1f} images/s",
        ]
        if self.new and self.done < self.shards:
            parts.append(f"ETA {clock(self.seconds / self.new * (self.shards - self.done))}")
        if self.failed:
            parts.append(f"{self.failed} failed")
        if self.retries:
            parts.append(counted(self.retries, "retry", "retries"))
        parts.append(counted(self.workers, "worker") if self.workers else "waiting for workers")
        return parts


class Progress:
    """Progress on stderr: a line redrawn on a terminal (auto), lines (plain), or nothing."""

    def __init__(self, style: str) -> None:
        self._drawn = style == "auto" and sys.stderr.isatty()
        self._every = _REDRAW_S if self._drawn else _LINE_S if style == "plain" else None
        self._next = time.monotonic()

    def wait_for(self, what: str) -> None:
        """Shows what the run waits for, before there is a standing."""
        if self._due():
            self._write(f"waiting for {what}")

    def show(self, standing: Standing) -> None:
        """Shows a standing; skips some if it is called often."""
        if self._due():
            self._write(self._line(standing))

    def end(self, standing: Standing) -> None:
        """Prints the last line and clears the drawing, to make room for the summary."""
        if self._drawn:
            self.clear()
        elif self._every:
            self._write(self._line(standing))

    def say(self, line: str) -> None:
        """Prints a line that stays, whatever the style."""
        self.clear()
        print(line, file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self._drawn:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def _due(self) -> bool:
        if self._every is None or time.monotonic() < self._next:
            return False
        self._next = time.monotonic() + self._every
        return True

    def _line(self, standing: Standing) -> str:
        if not self._drawn:
            return ", ".join(standing.words())
        text = " " + "  ".join(standing.words())
        room = max(0, min(_BAR, os.get_terminal_size(sys.stderr.fileno()).columns - width_of(text) - 2))
        filled = room * standing.done // standing.shards
        return "█" * filled + "░" * (room - filled) + text

    def _write(self, text: str) -> None:
        if self._drawn:
            # A line that wraps would stay behind.
            text = cut_to(text, os.get_terminal_size(sys.stderr.fileno()).columns - 1)
            print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)
        else:
            print(text, file=sys.stderr, flush=True)
