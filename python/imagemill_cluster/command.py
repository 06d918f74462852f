"""Calls of the imagemill command: here before and after the run, on workers for each shard."""

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOME_FAILED = 1
NOTHING_RUN = 2
INCOMPLETE = 75

# Dask sets it for its own sake, and what its workers start would inherit it.
_ENVIRONMENT = ("env", "-u", "MALLOC_TRIM_THRESHOLD_")
# Where a graph names files by relative paths, they are found as here, if the worker has the folder.
_IN_FOLDER = ("sh", "-c", 'cd "$0" 2>/dev/null; exec "$@"')


class RunError(Exception):
    """The reason for an early end, in words for a person, and the exit status."""

    def __init__(self, cause: str, status: int = NOTHING_RUN) -> None:
        super().__init__(cause)
        self.status = status


@dataclass(frozen=True)
class Job:
    """A graph over a folder of images. Paths are absolute, and the same on all workers."""

    here: str
    on_workers: str
    graph: str
    input: str
    output: str
    sets: Sequence[str]
    flags: Sequence[str]

    @contextlib.contextmanager
    def listing(self) -> Iterator["Listing"]:
        """Writes the list that all shards read, while the block runs."""
        words = [self.here, "list", *self._graph(), "--output", self.output, *self._sets()]
        with _started(words) as process:
            listing = Listing(process)
            try:
                yield listing
            except RunError:
                listing.check()
                raise

    def earlier_shards(self, list_file: str, least: int) -> int | None:
        """In how many the last run over the same input was cut; else, if they are enough, the last
        one of all into the output folder: what was done in so many is found at the least cost.
        """
        jobs = []
        for file in Path(self.output, ".imagemill", "jobs").glob("*/job.json"):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                said = json.loads(file.read_text())
                same = said["input"] == Path(list_file).stem
                shards = int(said["shards"])
                if same or shards >= least:
                    jobs.append((same, file.stat().st_mtime, shards))
        return max(jobs)[-1] if jobs else None

    def shard(self, index: int, count: int, list_file: str) -> list[str]:
        return [
            *(*_IN_FOLDER, os.getcwd()),
            *_ENVIRONMENT,
            *(self.on_workers, "run", *self._graph(), "--list", list_file),
            *("--output", self.output, *self._sets(), "--shard", f"{index}/{count}"),
            *("--summary", "json", "--die-with-parent", "--progress", "none", *self.flags),
        ]

    def merge(self, digest: str, records: Sequence[str]) -> tuple[dict[str, Any], int]:
        """Merges the records of the shards. Returns the summary, and 1 if items failed, else 0."""
        words = [self.here, "merge", self.output, "--job", digest, *records, "--summary", "json"]
        with _started(words) as process:
            said, _ = process.communicate()
        summary = summary_of(said)
        if process.returncode not in (0, SOME_FAILED) or summary is None:
            raise RunError("the records of the shards were not merged", _status(process.returncode))
        return summary, process.returncode

    def _graph(self) -> list[str]:
        return [self.graph, "--input", self.input]

    def _sets(self) -> list[str]:
        return [word for each in self.sets for word in ("--set", each)]


class Listing:
    """A list that another process is writing. That process reports its own errors."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def check(self) -> None:
        """Raises RunError if the process is known to have failed."""
        if self._process.poll():
            raise RunError("nothing was run", _status(self._process.returncode))

    def path(self) -> str:
        """Path of the list; waits until it is written."""
        said, _ = self._process.communicate()
        self.check()
        return os.path.abspath(os.fsdecode(said.rstrip(b"\n")))


def summary_of(output: bytes) -> dict[str, Any] | None:
    """The JSON of the last line; None if the line is no JSON."""
    try:
        summary = json.loads(output.rstrip().rpartition(b"\n")[2])
    except ValueError:
        return None
    return summary if isinstance(summary, dict) and "items" in summary else None


@contextlib.contextmanager
def _started(words: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Starts a process that ends with the block at the latest."""
    try:
        process = subprocess.Popen(words, stdout=subprocess.PIPE)
    except OSError as error:
        raise RunError(f"cannot start {words[0]}: {error.strerror}") from error
    with process:
        try:
            yield process
        finally:
            process.terminate()


def _status(returned: int) -> int:
    return returned if returned in (NOTHING_RUN, INCOMPLETE) else INCOMPLETE
