"""The result of a run, as text."""

from . import account
from .runs import Run
from .text import counted, duration, percent, printable, table

_ENDS = ("ok", "skipped", "failed", "cancelled")


def summary(run: Run) -> str:
    """Totals, and the work of each node if known to the end."""
    runs = account.shard_runs(run)
    nodes = account.nodes(run, runs)
    rows = [["node", "shards", "images", "share", "busy", "of the time"]]
    for node in nodes:
        rows.append(
            [
                printable(str(node.worker)),
                str(node.shards),
                str(node.images),
                percent(node.share),
                duration(node.busy_s),
                percent(node.busy),
            ]
        )
    lines = _totals(run, account.overhead(run, runs), len(nodes))
    return "\n".join([*lines, "", table(rows)] if nodes and not run.lost else lines)


def _totals(run: Run, overhead: account.Overhead, nodes: int) -> list[str]:
    done = run.done()
    before = sum(attempt.was_done for attempt in done)
    items = run.items()
    kinds = [f"{items[kind]} {kind}" for kind in _ENDS if items[kind] or kind == "ok"]
    if run.done_before():
        kinds.append(f"{run.done_before()} of them done before")
    images = sum(attempt.images for attempt in done)
    wall = run.ended - run.begun
    shards = f"{len(done)} of {counted(run.shards, 'shard')} done"
    if before:
        shards += f", {before} of them before"
    if run.retries:
        shards += f", {counted(len(run.retries), 'retry', 'retries')}"
    ended = counted(sum(items[kind] for kind in _ENDS), "image")
    return [
        f"{shards}: {ended} ({', '.join(kinds)})",
        f"{counted(images, 'image')} in {duration(wall)} on {counted(nodes, 'worker')}: "
        f"{images / wall:.1f} images/s (before the first shard {duration(overhead.start_up_s)}, "
        f"after the last {duration(overhead.merge_s)})",
    ]
