"""The command under test, its inputs, and runs of it that are looked at afterwards."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .checks import COUNTS, HUNG, PARTIAL, STATUS, TEMPORARY, UNFINISHED, Broken, Problems
from .job import LIMIT_S, Job, Outcome
from .trees import Tree, item_of, temporaries, tree

WRITERS = ("write", "write_small")
GRAPH = """imagemill: 1
name: faults
nodes:
  read: {type: read, concurrency: 2}
  decode: {type: decode, in: read}
  large: {type: resize, in: decode, width: 240}
  jpeg: {type: encode, in: large, format: jpeg}
  write: {type: write, in: jpeg, path: "{dir}/{stem}.{ext}"}
  small: {type: resize, in: decode, width: 64}
  png: {type: encode, in: small, format: png}
  write_small: {type: write, in: png, path: "{dir}/{stem}-small.{ext}"}
run: {input: none, output: none, workers: 2, memory: 256MiB}
"""
def durable(how: str) -> list[str]:
    return [word for node in WRITERS for word in ("--set", f"{node}.durability={how}")]


def remove(folder: Path) -> None:
    """Removes a tree, also one too deep for Python's own functions."""
    subprocess.run(["rm", "-rf", folder], check=True)


class Lab:
    def __init__(self, command: Path, scratch: Path, quick: bool, seed: int) -> None:
        self.command = command
        self.scratch = scratch
        self.quick = quick
        self.random = random.Random(seed)
        self.environment = {**os.environ, "TMPDIR": str(scratch / "tmp"), "LC_ALL": "C.UTF-8"}
        self._numbers = itertools.count()
        self._references: dict[tuple[Path, Path], Tree] = {}
        (scratch / "tmp").mkdir(mode=0o777)
        self.graph = scratch / "graph.yaml"
        self.graph.write_text(GRAPH)

    def times(self, usual: int, quick: int) -> int:
        return quick if self.quick else usual

    def pause(self, most_s: float) -> None:
        time.sleep(self.random.uniform(0, most_s))

    def folder(self, name: str) -> Path:
        """A new, empty folder."""
        made = self.scratch / f"{name}-{next(self._numbers)}"
        made.mkdir()
        return made

    def photos(self, count: int, size: str = "320x240") -> Path:
        """Sample photos, shared by all callers that ask for the same: not to be changed."""
        folder = self.scratch / f"photos-{count}-{size}"
        if not folder.exists():
            self.make_photos(folder, count, size)
        return folder

    def own_photos(self, count: int, size: str = "320x240") -> Path:
        folder = self.folder("own")
        shutil.copytree(self.photos(count, size), folder, dirs_exist_ok=True)
        return folder

    def make_photos(self, folder: Path, count: int, size: str) -> None:
        subprocess.run([self.command, "synth", "--count", str(count), "--size", size, folder],
                       check=True, capture_output=True)

    def reference(self, graph: Path, source: Path) -> Tree:
        """The outputs of an uninterrupted run."""
        if (graph, source) not in self._references:
            task = Task(self, source, self.folder("reference"), graph, {})
            done = task.run("--executor", "serial")
            if done.status != 0:
                raise Broken(f"a run without any fault: {done.said()}")
            self._references[graph, source] = tree(task.output)
        return self._references[graph, source]

    def task(self, source: Path, output: Path | None = None, graph: Path | None = None) -> Task:
        graph = graph or self.graph
        return Task(self, source, output or self.folder("out"), graph,
                    self.reference(graph, source))

    def small_task(self) -> Task:
        """A small task, for sweeps over every system call."""
        return self.task(self.photos(self.times(6, 3)))


@dataclass
class Task:
    """A graph over an input, into an output folder, and what must be there in the end."""

    lab: Lab
    source: Path
    output: Path
    graph: Path
    want: Tree
    flags: list[str] = field(default_factory=list)
    progress: str = "none"

    def start(self, *flags: str | Path, before: Sequence[str | Path] = (), **streams: Any) -> Job:
        records = self.lab.folder("records")
        records.chmod(0o777)
        command = [
            *before, self.lab.command, "run", self.graph, "--input", self.source,
            "--output", self.output, "--progress", self.progress, "--workers", "2",
            "--stats", records / "stats.json", "--failures", records / "failures.jsonl",
            "--manifest", records / "manifest", *self.flags, *flags,
        ]
        streams = {"cwd": self.lab.scratch, "env": self.lab.environment, **streams}
        return Job(command, records, **streams)

    def run(self, *flags: str | Path, before: Sequence[str | Path] = (),
            limit_s: float = LIMIT_S, **streams: Any) -> Outcome:
        return self.start(*flags, before=before, **streams).wait(limit_s)

    def typical_seconds(self) -> float:
        """Time of a run from nothing."""
        seconds = []
        for _ in range(3):
            self.clear()
            seconds.append(self.run().seconds)
        self.clear()
        return statistics.median(seconds)

    def midway(self, count: int) -> Iterator[Job]:
        """Jobs begun from nothing, each yielded at a random moment of its time."""
        seconds = self.typical_seconds()
        for _ in range(count):
            self.clear()
            job = self.start()
            self.lab.pause(seconds)
            yield job

    def clear(self) -> None:
        remove(self.output)
        self.output.mkdir()

    def partial(self) -> list[str]:
        """Files at final names that differ from those of an uninterrupted run."""
        return [path for path, digest in tree(self.output).items()
                if self.want.get(path) != digest]

    def complete_items(self) -> set[str]:
        have = tree(self.output)
        items = {item_of(path) for path in self.want}
        return items - {item_of(path) for path, digest in self.want.items()
                        if have.get(path) != digest}

    def problems(self, outcome: Outcome, allowed: Sequence[int] = (0, 1, 2, 75)) -> Problems:
        """Broken promises after a run, whatever fault it met."""
        found: Problems = {}
        if outcome.status is None:
            return {HUNG: f"after {outcome.seconds:.0f} s"}
        if partial := self.partial():
            found[PARTIAL] = f"{partial[0]!r} ({outcome.said()})"
        if outcome.killed:
            return found
        if left := temporaries(self.output):
            found[TEMPORARY] = f"{left[0]!r} ({outcome.said()})"
        if wrong := self._wrong_status(outcome, allowed):
            found[STATUS] = f"{wrong} ({outcome.said()})"
        if wrong := self._miscounted(outcome):
            found[COUNTS] = f"{wrong} ({outcome.said()})"
        return found

    def _wrong_status(self, outcome: Outcome, allowed: Sequence[int]) -> str:
        if outcome.status not in allowed:
            return f"expected {' or '.join(map(str, allowed))}"
        have = tree(self.output)
        if outcome.status == 0 and (missing := self.want.keys() - have.keys()):
            return f"0 though {len(missing)} of {len(self.want)} files are missing"
        if outcome.status == 2 and have:
            return f"2 though {len(have)} files were written"
        return ""

    def _miscounted(self, outcome: Outcome) -> str:
        items = outcome.items()
        if items is None:
            unreported = outcome.status in (0, 1, 75) and b"stats.json" not in outcome.stderr
            return "no statistics, and no word of it" if unreported else ""
        ended = sum(items[kind] for kind in ("ok", "skipped", "failed", "cancelled"))
        if items["admitted"] != ended:
            return f"the counts do not add up: {items}"
        complete = len(self.complete_items())
        if items["ok"] + items["skipped"] > complete:
            return f"{complete} items are complete: {items}"
        named = {failure["item"] for failure in outcome.failures()}
        if len(named) != items["failed"] and b"failures.jsonl" not in outcome.stderr:
            return f"{len(named)} failed items are named: {items}"
        if outcome.status == 0 and items["failed"] + items["cancelled"] > 0:
            return f"status 0: {items}"
        return ""

    def resume(self, *flags: str, flag: str = "--resume") -> Problems:
        """Completes an interrupted run; returns any trace of the fault that is left."""
        outcome = self.run(flag, *flags)
        have = tree(self.output)
        if outcome.status != 0 or have != self.want:
            same = sum(have.get(path) == digest for path, digest in self.want.items())
            return {UNFINISHED: f"{same} of {len(self.want)} files are right ({outcome.said()})"}
        return self.problems(outcome)
