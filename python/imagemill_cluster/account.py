"""Where the time of a run went: by shard, by node, and what was not work."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from .runs import Attempt, Run, Worker


@dataclass(frozen=True)
class ShardRun:
    """An attempt with known place and times, in seconds since the run began."""

    attempt: Attempt
    worker: Worker
    submitted_s: float
    begun_s: float
    ended_s: float

    @property
    def busy_s(self) -> float:
        return self.ended_s - self.begun_s


@dataclass(frozen=True)
class NodeAccount:
    """A node's part in the run. `share`: of all images. `busy`: of the time from the first shard to
    the last one's end."""

    worker: Worker
    shards: int
    images: int
    busy_s: float
    share: float
    busy: float


@dataclass(frozen=True)
class Overhead:
    """Seconds of a mean worker, beside the work.

    `scheduling_s`: between the shards of a worker. `process_s`: beginning and ending processes.
    `straggler_s`: after a worker's last shard, until the last of all had ended.
    """

    start_up_s: float
    scheduling_s: float
    process_s: float
    straggler_s: float
    merge_s: float


def shard_runs(run: Run) -> list[ShardRun]:
    """Attempts in the order in which they began."""
    known = [
        (attempt, worker, run.spans[key])
        for key, attempt in run.attempts.items()
        if (worker := run.worker(key)) is not None
    ]
    # The scheduler's clock is not this machine's: no end was heard of before it was.
    ahead = min((attempt.heard - span.ended for attempt, _, span in known), default=0)
    shift = ahead - run.begun
    return sorted(
        (
            ShardRun(
                attempt,
                worker,
                attempt.submitted - run.begun,
                span.begun + shift,
                span.ended + shift,
            )
            for attempt, worker, span in known
        ),
        key=lambda each: each.begun_s,
    )


def nodes(run: Run, all_runs: Sequence[ShardRun]) -> list[NodeAccount]:
    """Accounts of the nodes, by name."""
    images = sum(each.attempt.images for each in all_runs)
    wall = max((each.ended_s for each in all_runs), default=0) - (run.ready - run.begun)
    accounts = []
    for worker, runs in sorted(_by_worker(all_runs).items(), key=lambda each: str(each[0])):
        own = sum(each.attempt.images for each in runs)
        busy = sum(each.busy_s for each in runs)
        shards = len({each.attempt.shard for each in runs if each.attempt.summary})
        accounts.append(
            NodeAccount(
                worker=worker,
                shards=shards,
                images=own,
                busy_s=busy,
                share=own / images if images else 0,
                busy=busy / wall if wall > 0 else 0,
            )
        )
    return accounts


def overhead(run: Run, all_runs: Sequence[ShardRun]) -> Overhead:
    workers = list(_by_worker(all_runs).values())
    last = max((each.ended_s for each in all_runs), default=0)
    done = [each for each in all_runs if each.attempt.summary]
    process = sum(max(0, each.busy_s - each.attempt.work_s) for each in done)
    return Overhead(
        start_up_s=run.ready - run.begun,
        scheduling_s=sum(map(_gaps, workers)) / max(1, len(workers)),
        process_s=process / max(1, len(workers)),
        straggler_s=fmean(last - max(each.ended_s for each in runs) for runs in workers)
        if workers
        else 0,
        merge_s=run.merge_s,
    )


def _by_worker(all_runs: Sequence[ShardRun]) -> dict[Worker, list[ShardRun]]:
    by_worker: dict[Worker, list[ShardRun]] = {}
    for each in all_runs:
        by_worker.setdefault(each.worker, []).append(each)
    return by_worker


def _gaps(runs: Sequence[ShardRun]) -> float:
    return sum(max(0, after.begun_s - before.ended_s) for before, after in pairwise(runs))
