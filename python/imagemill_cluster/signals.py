"""SIGINT and SIGTERM: the first one ends a run in order, a second one the process at once."""

import os
import signal
from collections.abc import Callable
from types import FrameType


class Stopped(Exception):
    """A signal came while there was nobody whom it could be told."""


class Signals:
    """Catches both from its construction on."""

    def __init__(self) -> None:
        self.first = 0
        self._tell: Callable[[int], None] | None = None
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._caught)

    def tell(self, listener: Callable[[int], None] | None) -> None:
        """Whom the first signal is told, in the main thread; with nobody it raises Stopped."""
        self._tell = listener

    @property
    def status(self) -> int:
        return 128 + self.first

    def _caught(self, number: int, _frame: FrameType | None) -> None:
        if self.first:
            os._exit(128 + number)
        self.first = number
        if self._tell is None:
            raise Stopped
        self._tell(number)
