"""SIGINT and SIGTERM: the first one ends a run in order, a second one the process at once."""

import os
import signal
from collections.abc import Callable
from types import FrameType


class Stopped(Exception):
    """A signal came while there was no listener."""


class Signals:
    """Catches both signals from construction on."""

    def __init__(self) -> None:
        self.first = 0
        self._tell: Callable[[int], None] | None = None
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._caught)

    def tell(self, listener: Callable[[int], None] | None) -> None:
        """Sets the listener of the first signal, called in the main thread; None raises Stopped."""
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
