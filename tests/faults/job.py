"""A run of the command: while it goes on, and what came of it."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .checks import Broken

LIMIT_S = 60.0
# Ended by something outside, with or without a handler of the command.
KILLED = (-signal.SIGKILL, 128 + signal.SIGKILL)


def parsed(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Broken(f"a record is no JSON: {error}: {text[:200]!r}") from error


@dataclass
class Outcome:
    status: int | None
    """None if the process hung and had to be ended."""
    stdout: bytes
    stderr: bytes
    seconds: float
    records: Path

    @property
    def killed(self) -> bool:
        return self.status in KILLED

    def items(self) -> dict[str, int] | None:
        file = self.records / "stats.json"
        return parsed(file.read_bytes())["items"] if file.exists() else None

    def failures(self) -> list[dict[str, Any]]:
        file = self.records / "failures.jsonl"
        lines = file.read_bytes().splitlines() if file.exists() else []
        return [parsed(line) for line in lines[1:]]

    def said(self) -> str:
        lines = self.stderr.decode(errors="replace").strip().splitlines()
        return f"status {self.status}" + (f", {lines[-1][:300]!r}" if lines else "")


def is_stopped(pid: int) -> bool:
    try:
        states = [(thread / "stat").read_text().rpartition(")")[2].split()[0]
                  for thread in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return False
    return all(state in "TtZX" for state in states)


def is_pending(pid: int, number: int) -> bool:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return False
    masks = [int(line.split()[1], 16) for line in lines if line.startswith("ShdPnd:")]
    return any(mask >> (number - 1) & 1 for mask in masks)


class Job:
    """A run in progress."""

    def __init__(self, command: Sequence[str | Path], records: Path, **streams: Any) -> None:
        self.records = records
        self.started = time.monotonic()
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                   "stderr": subprocess.PIPE, **streams}
        self.process = subprocess.Popen(
            command, start_new_session=True, **streams)

    def send(self, number: int) -> None:
        """Sends a signal to the command alone, which is a child if it is traced."""
        for pid in self.command_pids():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def await_receipt(self, number: int) -> None:
        """Waits until the signal is no longer pending: equal ones that are arrive once."""
        while self.process.poll() is None and any(is_pending(pid, number)
                                                  for pid in self.command_pids()):
            time.sleep(0.001)

    def stop(self) -> None:
        """Stops the process; waits until none of its threads moves."""
        self.send(signal.SIGSTOP)
        while self.process.poll() is None and not all(map(is_stopped, self.command_pids())):
            time.sleep(0.001)

    def command_pids(self) -> list[int]:
        pid = self.process.pid
        try:
            name = Path(f"/proc/{pid}/comm").read_text().strip()
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except OSError:
            return []
        return [int(child) for child in children] if name == "strace" else [pid]

    def wait(self, limit_s: float = LIMIT_S) -> Outcome:
        try:
            stdout, stderr = self.process.communicate(timeout=limit_s)
            status: int | None = self.process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            stdout, stderr = self.process.communicate()
            status = None
        seconds = time.monotonic() - self.started
        return Outcome(status, stdout or b"", stderr or b"", seconds, self.records)
