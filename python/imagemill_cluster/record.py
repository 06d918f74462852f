"""The JSON record of a run: imagemill-cluster 1."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from imagemill_files import write_whole

from . import account
from .runs import Run

_SCHEMA = "imagemill-cluster 1"


def write(run: Run, file: Path) -> None:
    """Writes the record whole or not at all."""
    write_whole(file, (json.dumps(_record(run), indent=2) + "\n").encode())


def _record(run: Run) -> dict[str, Any]:
    runs = account.shard_runs(run)
    done = run.done()
    overhead = account.overhead(run, runs)
    wall = run.ended - run.begun
    return {
        "schema": _SCHEMA,
        "wall_s": wall,
        "start_up_s": overhead.start_up_s,
        "merge_s": overhead.merge_s,
        "shards": run.shards,
        "done_before": sum(attempt.was_done for attempt in done),
        "not_done": [{"shard": shard, "cause": cause} for shard, cause in run.not_done().items()],
        "retries": [_retry(run, key) for key in run.retries],
        "items": run.items(),
        "images_per_s": sum(attempt.images for attempt in done) / wall,
        "nodes": [_node(each) for each in account.nodes(run, runs)],
        "shard_runs": [_shard_run(each) for each in runs],
        "overhead": asdict(overhead),
    }


def _retry(run: Run, key: str) -> dict[str, Any]:
    attempt, worker = run.attempts[key], run.worker(key)
    return {
        "shard": attempt.shard,
        "attempt": attempt.number,
        "cause": attempt.cause,
        "node": str(worker) if worker else None,
    }


def _node(each: account.NodeAccount) -> dict[str, Any]:
    return {
        "node": str(each.worker),
        "host": each.worker.host,
        "worker": each.worker.name,
        "shards": each.shards,
        "images": each.images,
        "busy_s": each.busy_s,
        "share": each.share,
        "busy": each.busy,
    }


def _shard_run(each: account.ShardRun) -> dict[str, Any]:
    attempt = each.attempt
    return {
        "shard": attempt.shard,
        "attempt": attempt.number,
        "node": str(each.worker),
        "submitted_s": each.submitted_s,
        "begun_s": each.begun_s,
        "ended_s": each.ended_s,
        "work_s": attempt.work_s,
        "images": attempt.images,
    }
