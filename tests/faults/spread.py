"""A job that is spread over hosts: Dask on them, the command that hands out the shards, and what
must have come of it in the end."""

from __future__ import annotations

import functools
import math
import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .checks import HUNG, PARTIAL, STATUS, TEMPORARY, NotPossible, Problems
from .hosts import Host, Network, await_that, children, inner, network, words_of
from .job import Job, Outcome
from .lab import Lab
from .machine import need
from .trees import OWN_PREFIX, Tree, temporaries, tree

PYTHON = "/usr/bin/python3"
PORT = 8786
GRAPH = """imagemill: 1
name: cluster
nodes:
  read: {type: read}
  decode: {type: decode, in: read}
  huge: {type: resize, in: decode, width: 6000}
  large: {type: resize, in: huge, width: 240}
  jpeg: {type: encode, in: large, format: jpeg}
  write: {type: write, in: jpeg, path: "{dir}/{stem}.{ext}"}
  small: {type: resize, in: decode, width: 64}
  png: {type: encode, in: small, format: png}
  write_small: {type: write, in: png, path: "{dir}/{stem}-small.{ext}"}
run: {workers: 1, memory: 256MiB}
"""
# So that what is lost is missed within seconds.
SETTINGS = {
    "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "5s",
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "10",
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s",
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "12s",
}
# The command on the workers: says that a shard begins, and where.
SHARD = """#!/bin/sh
for word; do [ "$before" = --shard ] && shard=$word; before=$word; done
shard=${shard%/*}
echo "$(date +%s.%N) $(hostname) $shard" >>"{STARTS}"
{FAULT}
exec "{COMMAND}" "$@"
"""
LOST = "left another tree"
RECORDS = "recorded something else"
PROCESSES = "left a process"
TRACEBACK = "said it with a traceback"
KINDS = (LOST, RECORDS, TEMPORARY, PROCESSES, STATUS, TRACEBACK, HUNG)
LIMIT_S = 180.0


@dataclass(frozen=True)
class Work:
    """A job, and the result of a serial run on one host."""

    graph: Path
    source: Path
    status: int
    want: Tree
    manifest: bytes
    failures: list[bytes]
    items: dict[str, int]


@functools.cache
def work(command: Path, folder: Path, count: int) -> Work:
    """A job of photos, other files, and pairs whose outputs would share a path."""
    base = folder / f"cluster-{count}"
    source = base / "photos"
    source.mkdir(parents=True, exist_ok=True)
    subprocess.run([command, "synth", "--count", str(count), "--size", "320x240", source],
                   check=True, capture_output=True)
    photos = sorted(source.rglob("*.jpg"))
    for number in range(4):
        (source / f"none-{number}.jpg").write_bytes(b"no photo")
        for photo, name in zip(photos[2 * number:], ("jpg", "jpeg")):
            shutil.copy(photo, source / f"pair-{number}.{name}")
    graph = base / "graph.yaml"
    graph.write_text(GRAPH)
    done = Job([command, "run", graph, "--input", source, "--output", base / "out", "--executor",
                "serial", "--progress", "none", *_records(base)], base).wait(LIMIT_S)
    return Work(graph, source, done.status or 0, tree(base / "out"),
                (base / "manifest").read_bytes(), _sorted_failures(base), done.items() or {})


def _records(folder: Path) -> list[str | Path]:
    return ["--stats", folder / "stats.json", "--manifest", folder / "manifest",
            "--failures", folder / "failures.jsonl"]


def _sorted_failures(folder: Path) -> list[bytes]:
    file = folder / "failures.jsonl"
    return sorted(file.read_bytes().splitlines()) if file.exists() else []


def _counts(items: dict[str, int] | None) -> dict[str, int]:
    """Counts without those skipped, which an interrupted attempt had done."""
    counts = dict(items or {"skipped": 0})
    counts["ok"] = counts.get("ok", 0) + counts.pop("skipped")
    return counts


@dataclass(frozen=True)
class Start:
    """Start of a shard's process."""

    when: float
    host: str
    shard: int


class Spread:
    """Distributed runs of one job into one output folder."""

    def __init__(self, lab: Lab, net: Network, shards: int) -> None:
        self.lab = lab
        self.net = net
        self.shards = shards
        self.work = work(lab.command, lab.scratch.parent, lab.times(360, 160))
        self.output = lab.folder("out")
        self.log = lab.folder("log")
        self.starts_file = self.log / "starts"
        self.shard_command = self.log / "shard"
        self.environment = {**lab.environment, **SETTINGS}
        self.protocol = "tcp"
        self.security: list[str | Path] = []
        self.faulted = 0.0
        self.arm("")

    def address(self, protocol: str = "") -> str:
        """Address of the scheduler."""
        return f"{protocol or self.protocol}://{self.net.hosts[0].address}:{PORT}"

    def arm(self, fault: str) -> None:
        """Sets shell words that go before the process of each shard."""
        text = SHARD
        for name, value in (("STARTS", self.starts_file), ("COMMAND", self.lab.command),
                            ("FAULT", fault)):
            text = text.replace("{" + name + "}", str(value))
        new = self.log / "shard.new"
        new.write_text(text)
        new.chmod(0o755)
        new.rename(self.shard_command)

    def scheduler(self) -> int:
        first = self.net.hosts[0]
        return first.start(
            ["dask", "scheduler", "--host", self.address(), "--no-dashboard", *self.security],
            self.log / "scheduler.log", self.environment)

    def worker(self, host: Host, wait: bool = True) -> int:
        """Starts a worker; returns its nanny, whose child the worker is."""
        log = self.lab.folder(host.name) / "log"
        nanny = host.start(
            ["dask", "worker", self.address(), "--nthreads", "1", "--nworkers", "1",
             "--name", host.name, "--local-directory", log.parent, "--no-dashboard",
             "--memory-limit", "0", *self.security], log, self.environment)
        if wait:
            await_that(lambda: b"Registered to" in log.read_bytes(), f"a worker on {host.name}")
        return nanny

    def start(self, *flags: str | Path, where: Sequence[str | Path] = ()) -> Job:
        """Starts the command on the first host."""
        records = self.lab.folder("records")
        return Job(
            self.net.hosts[0].words(
                self.lab.command, "cluster", "run", self.work.graph, "--input", self.work.source,
                "--output", self.output, "--shards", str(self.shards),
                "--command", self.shard_command, "--workers", "1",
                "--progress", "none", *_records(records), "--json", records / "cluster.json",
                *(where or ("--scheduler", self.address(), *self.security)), *flags),
            records, cwd=self.log, env=self.environment)

    def interrupt(self, job: Job) -> None:
        os.kill(inner(job.process), signal.SIGINT)

    def starts(self) -> list[Start]:
        if not self.starts_file.exists():
            return []
        lines = [line.split() for line in self.starts_file.read_text().splitlines()]
        return [Start(float(when), host, int(shard)) for when, host, shard in lines]

    def done(self) -> dict[str, int]:
        """Marks of finished shards, each with the time of its last change."""
        return {file.name: file.stat().st_mtime_ns
                for file in self.output.glob(f"{OWN_PREFIX}/jobs/*/*.done.json")}

    def shard_processes(self, host: Host) -> list[int]:
        return [pid for pid in host.processes() if "--shard" in words_of(pid)]

    def await_midway(self, host: Host) -> None:
        """Waits until some shards are done and this host is in the midst of one."""
        await_that(lambda: len(self.done()) >= self.shards // 4 and self._in_midst(host),
                   f"a shard on {host.name}", 90)
        self.lab.pause(0.2)

    def _in_midst(self, host: Host) -> bool:
        begun = [start.when for start in self.starts() if start.host == host.name]
        return bool(self.shard_processes(host)) and max(begun, default=math.inf) < time.time() - 0.2

    def fault(self) -> None:
        """Notes that the fault is about to happen."""
        self.faulted = time.time()

    def missed_after(self) -> float | None:
        """Seconds from the fault until a shard that had begun before it began anew."""
        before = {start.shard for start in self.starts() if start.when < self.faulted}
        again = [start.when - self.faulted for start in self.starts()
                 if start.when >= self.faulted and start.shard in before]
        return min(again, default=None)

    def missed(self) -> str:
        after = self.missed_after()
        return "missed by nobody" if after is None else f"missed after {after:.1f} s"

    def again(self) -> int:
        """Number of repeated starts of shards."""
        return len(self.starts()) - len({start.shard for start in self.starts()})

    def by_host(self) -> str:
        counts = Counter(start.host for start in self.starts())
        return ", ".join(f"{host} {count}" for host, count in sorted(counts.items()))

    def problems(self, outcome: Outcome, status: int | None = None) -> Problems:
        """What must hold after a run: of one to its end, all; of another, with its `status`, that
        nothing is wrong so far."""
        if outcome.status is None:
            return {HUNG: f"after {outcome.seconds:.0f} s; {outcome.said()}"}
        found: Problems = {}
        if outcome.status != (self.work.status if status is None else status):
            found[STATUS] = outcome.stderr.decode(errors="replace")[-1500:]
        if b"Traceback" in outcome.stderr:
            found[TRACEBACK] = outcome.said()
        if left := self._left_processes():
            found[PROCESSES] = " ".join(left[0])
        have = tree(self.output)
        if status is None:
            found |= self._incomplete(have, outcome)
        elif wrong := [path for path, digest in have.items()
                       if self.work.want.get(path) != digest]:
            found[PARTIAL] = wrong[0]
        if left_files := self.temporaries():
            found[TEMPORARY] = f"{len(left_files)}, such as {left_files[0]}"
        return found

    def _incomplete(self, have: Tree, outcome: Outcome) -> Problems:
        found: Problems = {}
        if have != self.work.want:
            same = sum(have.get(path) == digest for path, digest in self.work.want.items())
            found[LOST] = f"{same} of {len(self.work.want)} files are right, {len(have)} are there"
        manifest = outcome.records / "manifest"
        if not manifest.exists() or manifest.read_bytes() != self.work.manifest:
            found[RECORDS] = "the manifest"
        if _sorted_failures(outcome.records) != self.work.failures:
            found[RECORDS] = "the failures"
        if _counts(outcome.items()) != _counts(self.work.items):
            found[RECORDS] = f"{outcome.items()} for {self.work.items}"
        return found

    def temporaries(self) -> list[str]:
        own = self.output / OWN_PREFIX
        return temporaries(self.output) + [
            str(path.relative_to(self.output)) for path in own.rglob("*")
            if path.name.startswith(OWN_PREFIX) or path.suffix in (".tmp", ".part", ".new")
            or path.parent.name == "work"]

    def _left_processes(self, limit_s: float = 5) -> list[list[str]]:
        """Processes of shards that still run some seconds after the end."""
        until = time.monotonic() + limit_s
        while left := [words for host in self.net.hosts for pid in self.shard_processes(host)
                       if (words := words_of(pid))]:
            if time.monotonic() > until:
                return left
            time.sleep(0.1)
        return []


def worker_below(nanny: int) -> int:
    return await_that(lambda: [pid for pid in children(nanny)
                               if "spawn_main" in " ".join(words_of(pid))], "a worker's process")[0]


def need_module(name: str) -> None:
    if subprocess.run([PYTHON, "-c", f"import {name}"], capture_output=True).returncode != 0:
        raise NotPossible(f"no {name} for {PYTHON}")


@contextmanager
def spread(lab: Lab, hosts: int = 3, shards: int = 16) -> Iterator[Spread]:
    need("dask")
    need_module("distributed")
    with network(hosts) as net:
        yield Spread(lab, net, shards)


@contextmanager
def spread_and_up(lab: Lab, shards: int = 16) -> Iterator[tuple[Spread, dict[str, int]]]:
    """A scheduler on the first host and a worker on each other; yields the nannies by host."""
    with spread(lab, shards=shards) as made:
        made.scheduler()
        yield made, {host.name: made.worker(host) for host in made.net.hosts[1:]}
