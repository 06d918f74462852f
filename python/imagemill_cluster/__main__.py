"""The command: lists the input, runs the shards, merges what they recorded, and tells of it."""

import argparse
import contextlib
import io
import os
import sys
import time
from collections.abc import Sequence

from . import record
from .arguments import PROGRAM, parse, record_flags
from .command import INCOMPLETE, NOTHING_RUN, SOME_FAILED, Job, RunError
from .progress import Progress
from .runs import Run
from .signals import Signals, Stopped
from .summary import summary

_SHARDS_A_WORKER = 8
_GOES_ON = "the same command goes on from there"


def main(arguments: Sequence[str]) -> int:
    begun = time.time()
    _write_utf8()
    options = parse(arguments)
    progress = Progress(options.progress)
    signals = Signals()
    try:
        return _run(options, begun, progress, signals)
    except Stopped:
        cause, status = f"stopped; {_GOES_ON}", signals.status
    except RunError as error:
        cause, status = str(error), error.status
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("dask", "distributed"):
            raise
        cause, status = "needs Dask: apt-get install python3-distributed", NOTHING_RUN
    progress.say(f"{PROGRAM}: {cause}")
    return status


def _run(options: argparse.Namespace, begun: float, progress: Progress, signals: Signals) -> int:
    # Not above: without Dask there is a message, not a traceback.
    from .runner import Runner
    from .workers import cluster

    job = _job(options)
    with contextlib.ExitStack() as stack:
        # While it connects: neither a long list nor an address that nobody answers at is told of
        # only after the other.
        listing = None if options.list else stack.enter_context(job.listing())

        def wait() -> None:
            progress.wait_for("a first worker")
            if listing:
                listing.check()

        workers = stack.enter_context(cluster(options, wait))
        list_file = listing.path() if listing else options.list
        usual = _SHARDS_A_WORKER * len(workers.workers())
        shards = options.shards or job.earlier_shards(list_file, least=usual // 2) or usual
        run = Run(shards, begun, ready=time.time())
        Runner(workers, job, list_file, options.attempts, run, progress, signals).go()
        cause, status = _end(run, signals)
        if not status:
            merging = time.time()
            run.merged, status = job.merge(run.digest, record_flags(options))
            run.ended = time.time()
            run.merge_s = run.ended - merging
    if run.done():
        status = max(status, _print(summary(run)))
    if cause:
        progress.say(f"{PROGRAM}: {cause}")
    if options.json:
        try:
            record.write(run, options.json)
        except OSError as error:
            raise RunError(f"{options.json}: {error.strerror}", status or SOME_FAILED) from error
    return status


def _print(text: str) -> int:
    """Prints `text` on standard output; 1 if that cannot be written, else 0."""
    try:
        print(text, flush=True)
        return 0
    except OSError:
        # The unwritten rest must not be tried again at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return SOME_FAILED


def _job(options: argparse.Namespace) -> Job:
    given = {
        "--workers": options.workers,
        "--memory": options.memory,
        "--item-timeout": options.item_timeout,
    }
    return Job(
        here=os.environ.get("IMAGEMILL_COMMAND", options.command),
        on_workers=options.command,
        graph=options.graph,
        input=options.input,
        output=options.output,
        sets=options.set,
        flags=[
            "--retry-failed" if options.retry_failed else f"--resume={options.resume}",
            *(word for name, value in given.items() if value for word in (name, value)),
        ],
    )


def _end(run: Run, signals: Signals) -> tuple[str, int]:
    """The reason why shards were left undone, and its exit status; empty and 0 if all were done."""
    if run.refused:
        return run.refused, NOTHING_RUN
    if run.lost:
        return f"{run.lost}; {_GOES_ON}", INCOMPLETE
    if signals.first:
        return f"stopped; {_GOES_ON}", signals.status
    if causes := run.not_done():
        lines = [f"shard {shard} was not done: {cause}" for shard, cause in causes.items()]
        return "\n".join([*lines, _GOES_ON]), INCOMPLETE
    return "", 0


def _write_utf8() -> None:
    """Writes UTF-8 whatever the locale, as the command does."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a closed stream is None
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
