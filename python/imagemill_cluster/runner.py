"""Hands the shards to the workers, does again what was lost, and collects what they report."""

import heapq
import time
import uuid
from collections.abc import Collection, Sequence
from itertools import count
from queue import Empty, SimpleQueue

import distributed

from .command import Job, RunError
from .outcome import Outcome, Verdict
from .progress import Progress, Standing
from .runs import Attempt, Run, Worker
from .signals import Signals
from .text import counted
from .workers import Cluster

_TICK_S = 0.1
_LOOK_S = 1.0
_STOP_S = 10.0
_TELL_S = 0.5


class Runner:
    """One run: `go` returns when all shards have ended, or it was stopped, and never raises for
    what happens to shards or to the scheduler.
    """

    def __init__(
        self,
        cluster: Cluster,
        job: Job,
        list_file: str,
        attempts: int,
        run: Run,
        progress: Progress,
        signals: Signals,
    ) -> None:
        self._cluster = cluster
        self._job = job
        self._list = list_file
        self._most = attempts
        self._run = run
        self._progress = progress
        self._signals = signals
        self._events: SimpleQueue[distributed.Future | int] = SimpleQueue()
        self._flying: dict[str, tuple[Attempt, distributed.Future]] = {}
        self._resting: list[tuple[float, int, int]] = []  # until when, shard, number of attempt
        self._failed_on: dict[int, set[str]] = {}  # shard: hosts
        self._only: dict[str, set[str]] = {}  # key: addresses, where not all may have it
        self._standing = Standing(run.shards)
        self._alive: dict[str, Worker] = {}
        self._serial = count()
        self._next_look = 0.0
        # All that share the first word wait at the scheduler and not at workers, as long as a
        # digit begins the second; nobody else's may have the same one.
        self._prefix = f"imagemill-0{uuid.uuid4().hex}"

    def go(self) -> None:
        self._signals.tell(self._events.put)
        try:
            self._look()
            self._submit(range(self._run.shards), number=1)
            while (self._flying or self._resting) and not self._over():
                self._step()
            if self._over():
                self._stop()
            self._look()
        except RunError as error:
            self._run.lost = str(error)
        self._signals.tell(None)
        self._run.ended = time.time()
        self._progress.end(self._standing)

    def _over(self) -> bool:
        return bool(self._signals.first or self._run.refused)

    def _submit(self, shards: Sequence[int], number: int, only: Collection[str] = ()) -> None:
        now = time.time()
        keys = [f"{self._prefix}-{shard:06}-{next(self._serial)}" for shard in shards]
        commands = [self._job.shard(shard, self._run.shards, self._list) for shard in shards]
        # A repeated shard must not be the one that all wait for at the end.
        futures = self._cluster.submit(commands, keys, priority=number, only=only)
        for shard, key, future in zip(shards, keys, futures):
            self._flying[key] = Attempt(shard, number, now), future
            if only:
                self._only[key] = set(only)
            future.add_done_callback(self._events.put)

    def _submit_again(self, shard: int, number: int) -> None:
        """Submits to hosts where the shard has not failed, while there are any.

        A host with a full disk is idle before all others, and would get each attempt.
        """
        avoided = self._failed_on.get(shard, set())
        others = [each for each, worker in self._alive.items() if worker.host not in avoided]
        self._submit([shard], number, others if len(others) < len(self._alive) else ())

    def _step(self) -> None:
        """Waits for the next event, but not long, and does what is due."""
        try:
            event = self._events.get(timeout=_TICK_S)
            if isinstance(event, distributed.Future):
                self._collect(event)
        except Empty:
            pass
        now = time.time()
        while self._resting and self._resting[0][0] <= now and not self._over():
            _, shard, number = heapq.heappop(self._resting)
            self._submit_again(shard, number)
        if now >= self._next_look:
            self._look()
        self._standing.seconds = now - self._run.ready
        self._progress.show(self._standing)

    def _look(self) -> None:
        """Looks which workers are there, and which process ran where."""
        self._next_look = time.time() + _LOOK_S
        workers = self._cluster.workers()
        self._run.workers.update(workers)
        self._run.spans.update(
            (key, span)
            for key, span in self._cluster.spans().items()
            if key.startswith(self._prefix)
        )
        for address in self._alive.keys() - workers.keys():
            name = self._run.workers[address]
            self._progress.say(f"worker {name} is gone; its work is done again")
        self._alive = workers
        self._standing.workers = len(workers)
        if not self._over():
            self._move_stranded()

    def _move_stranded(self) -> None:
        """Submits shards again that were bound to workers that are gone."""
        stranded = [key for key, only in self._only.items() if only.isdisjoint(self._alive)]
        for key in stranded:
            attempt, _ = self._flying[key]
            self._abandon({key})
            self._submit_again(attempt.shard, attempt.number)

    def _collect(self, future: distributed.Future) -> None:
        if future.key not in self._flying:
            return  # cancelled here
        attempt, _ = self._flying.pop(future.key)
        self._only.pop(future.key, None)
        outcome = self._cluster.outcome(future)
        attempt.heard = time.time()
        attempt.cause = outcome.cause
        attempt.summary = outcome.summary
        self._run.attempts[future.key] = attempt
        if outcome.verdict is Verdict.DONE:
            self._done(attempt)
        elif self._over():
            pass
        elif outcome.verdict is Verdict.NEVER:
            self._look()
            self._run.refused = self._told(future.key, outcome)
        else:
            self._look()
            self._failed(future.key, attempt, outcome)

    def _done(self, attempt: Attempt) -> None:
        assert attempt.summary
        digest = attempt.summary["shard"]["job"]
        self._run.digest = self._run.digest or digest
        if digest != self._run.digest:
            self._run.refused = "the graph, or an input of it, was changed while it ran"
        self._standing.done += 1
        self._standing.new += not attempt.was_done
        self._standing.images += attempt.images
        self._standing.failed += attempt.summary["items"]["failed"]

    def _failed(self, key: str, attempt: Attempt, outcome: Outcome) -> None:
        if worker := self._run.worker(key):
            self._failed_on.setdefault(attempt.shard, set()).add(worker.host)
        if attempt.number < self._most:
            wait = 2 ** (attempt.number - 1)
            heapq.heappush(self._resting, (time.time() + wait, attempt.shard, attempt.number + 1))
            self._run.retries.append(key)
            self._standing.retries += 1
            follows = f"again in {wait} s"
        else:
            self._run.given_up[attempt.shard] = outcome.cause
            follows = f"given up after {counted(attempt.number, 'attempt')}"
        self._progress.say(self._told(key, outcome, f"; {follows}"))

    def _told(self, key: str, outcome: Outcome, follows: str = "") -> str:
        """A line on which shard ended where and how, and below it the shard's own last words."""
        worker = self._run.worker(key)
        where = f" on {worker}" if worker else ""
        first = f"shard {self._run.attempts[key].shard}{where}: {outcome.cause}{follows}"
        return "\n  ".join([first, *outcome.said])

    def _stop(self) -> None:
        """Lets running shards end in order, and starts no others."""
        deadline = time.time() + _STOP_S
        keys = set(self._flying)
        given = {address: own & keys for address, own in self._cluster.given().items()}
        busy = [address for address, own in given.items() if own]
        self._abandon(keys.difference(*given.values()))
        told = self._cluster.terminate(busy, self._list, [])
        self._abandon({key for key in self._flying if self._name(key) not in told})
        # One that began meanwhile is told in the second round.
        next_round, rounds = time.time() + _TELL_S, 1
        while (self._flying or rounds < 2) and time.time() < deadline:
            self._step()
            if time.time() >= next_round:
                told |= self._cluster.terminate(busy, self._list, told)
                next_round, rounds = time.time() + _TELL_S, rounds + 1
        self._abandon(set(self._flying))

    def _name(self, key: str) -> str:
        """The shard as I/N, as on its process's command line."""
        return f"{self._flying[key][0].shard}/{self._run.shards}"

    def _abandon(self, keys: set[str]) -> None:
        for key in keys:
            self._only.pop(key, None)
        if keys:
            self._cluster.cancel([self._flying.pop(key)[1] for key in keys])
