"""How an attempt of a shard ended, and what follows."""

import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import distributed

from .command import INCOMPLETE, summary_of
from .text import printable

_LINES_SHOWN = 5


class Verdict(Enum):
    DONE = auto()
    AGAIN = auto()
    NEVER = auto()  # no shard would fare better


@dataclass(frozen=True)
class Outcome:
    """The end of an attempt. `summary`: of a finished shard. `said`: the last lines of its stderr."""

    verdict: Verdict
    cause: str = ""
    said: Sequence[str] = ()
    summary: dict[str, Any] | None = None


def of_process(process: subprocess.CompletedProcess[bytes]) -> Outcome:
    status = process.returncode
    summary = summary_of(process.stdout)
    said = process.stderr.decode(errors="replace").strip().splitlines()[-_LINES_SHOWN:]
    lines = [printable(line) for line in said]
    if status in (0, 1) and summary is not None:
        if summary["ending"] == "complete":
            return Outcome(Verdict.DONE, summary=summary)
        # The graph's own on_error or max_failures stopped the shard.
        return Outcome(Verdict.NEVER, printable(f"stopped: {summary['cause']}"), lines)
    if status in (0, 1):
        return Outcome(Verdict.AGAIN, "it ended without a summary", lines)
    if status == INCOMPLETE:
        cause = printable(str(summary["cause"])) if summary and summary.get("cause") else ""
        return Outcome(Verdict.AGAIN, cause or "stopped by something outside", lines)
    if status < 0 or status >= 128:
        return Outcome(Verdict.AGAIN, _killed(status), lines)
    return Outcome(Verdict.NEVER, f"exit status {status}", lines)


def of_error(error: BaseException) -> Outcome:
    """Outcome of an attempt without a process: the worker died, or could not start one."""
    if isinstance(error, distributed.KilledWorker):
        return Outcome(Verdict.AGAIN, "each worker that it ran on died")
    return Outcome(Verdict.AGAIN, printable(f"{type(error).__name__}: {error}".rstrip(": ")))


def _killed(status: int) -> str:
    number = -status if status < 0 else status - 128
    try:
        return f"killed by {signal.Signals(number).name}"
    except ValueError:
        return f"exit status {status}"
