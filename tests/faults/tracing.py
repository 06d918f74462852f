"""System calls that fail, kill or wait: strace, and sweeps over the N-th call for each N."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .job import Job, Outcome
from .lab import Task
from .machine import need

# Start of a call in a log, finished in that line or not.
_CALL = re.compile(r"^(\d+) +\w+\(")


def strace(log: Path, *expressions: str, paths: list[Path] | None = None) -> list[str | Path]:
    need("strace")
    words: list[str | Path] = ["strace", "-f", "-y", "-o", log]
    for path in paths or []:
        words += ["-P", path]
    for expression in expressions:
        words += ["-e", expression]
    return words


def injection(task: Task, call: str, fault: str,
              paths: list[Path] | None = None) -> tuple[Path, list[str | Path]]:
    """A log, and the words before a command that inject `fault` into `call`."""
    log = task.lab.folder("trace") / "log"
    return log, strace(log, f"trace={call}", f"inject={call}:{fault}", paths=paths)


@dataclass(frozen=True)
class Hit:
    number: int
    outcome: Outcome
    line: str
    """The call that was hit, if the fault did not kill."""


def _first_of_interest(task: Task, call: str, flags: list[str]) -> int:
    """The number of the first `call` of the main thread that touches the suite's files: what the
    loader does before is no matter of the command."""
    log = task.lab.folder("trace") / "log"
    task.clear()
    task.run(*flags, before=strace(log, f"trace={call}"))
    task.clear()
    number, main = 0, ""
    for line in log.read_text(errors="replace").splitlines():
        found = _CALL.match(line)
        if not found:
            continue
        main = main or found[1]
        number += found[1] == main
        if str(task.lab.scratch) in line:
            return max(number, 1)
    return number + 1


def sweep(task: Task, call: str, fault: str, flags: list[str], stride: int = 1,
          paths: list[Path] | None = None, from_first: bool = False) -> Iterator[Hit]:
    """Into the N-th `call` of a thread, one run for each N, until there is none that is so far.
    strace counts by thread, so that the loader's calls on the main thread hide as many of the
    others: with the serial executor all calls are the main thread's."""
    number = 1 if paths or from_first else _first_of_interest(task, call, flags)
    while True:
        task.clear()
        log, before = injection(task, call, f"{fault}:when={number}", paths)
        outcome = task.run(*flags, before=before)
        lines = [line for line in log.read_text(errors="replace").splitlines()
                 if "(INJECTED)" in line]
        if not lines and not outcome.killed:
            return
        yield Hit(number, outcome, lines[0] if lines else "")
        number += stride


def await_open(job: Job, path: Path, beyond: int = -1, limit_s: float = 10) -> bool:
    """Waits until the job has `path` open and has read more than `beyond` bytes of it."""
    until = time.monotonic() + limit_s
    while time.monotonic() < until and job.process.poll() is None:
        for pid in job.command_pids():
            if _position(pid, path) > beyond:
                return True
        time.sleep(0.002)
    return False


def _position(pid: int, path: Path) -> int:
    try:
        descriptors = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return -1
    for descriptor in descriptors:
        try:
            if os.readlink(f"/proc/{pid}/fd/{descriptor}") == str(path):
                info = Path(f"/proc/{pid}/fdinfo/{descriptor}").read_text()
                return int(info.split()[1])
        except OSError:
            pass
    return -1
