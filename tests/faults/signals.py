"""Signals, and output streams that are closed or full."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from .checks import COUNTS, STANDARD, TEMPORARY, UNFINISHED, Family, Problems, Tally, demand
from .job import Job, Outcome
from .lab import Lab, Task
from .machine import unanswered
from .trees import tree

FAMILY = Family("signals")
SLOW = "took more than two seconds"
LOST = "left another tree"
LEFT = "left a temporary record"


def stopped_by(task: Task, number: int, job: Job) -> Problems | None:
    """Problems after a signal; None if the run had ended before, or had not begun."""
    if job.process.poll() is not None:
        job.wait()
        return None
    job.send(number)
    sent = time.monotonic()
    outcome = job.wait()
    if outcome.status in (0, -number):
        return None if outcome.status == 0 else task.problems(outcome, (-number,))
    problems = task.problems(outcome, (128 + number,))
    if (took := time.monotonic() - sent) > 2:
        problems[SLOW] = f"{took:.1f} s"
    known = {"stats.json", "failures.jsonl", "manifest"}
    if left := {path.name for path in outcome.records.iterdir()} - known:
        problems[LEFT] = min(left)
    return problems


def interrupted(lab: Lab, number: int) -> str:
    task = lab.task(lab.photos(60))
    count = lab.times(60, 8)
    tally = Tally("signals", (*STANDARD, SLOW, LEFT, UNFINISHED))
    for job in task.midway(3 * count):
        problems = stopped_by(task, number, job)
        if problems is None:
            continue
        tally.add(f"signal {tally.count + 1}", problems | task.resume())
        if tally.count == count:
            break
    return tally.figure()


ENDS_MUST = ("status {}, within two seconds, nothing partial or temporary, each item counted "
             "once; `--resume` completes")


@FAMILY.check("interrupt", "SIGINT at random moments", ENDS_MUST.format(130))
def interrupt(lab: Lab) -> str:
    return interrupted(lab, signal.SIGINT)


@FAMILY.check("terminate", "SIGTERM at random moments", ENDS_MUST.format(143))
def terminate(lab: Lab) -> str:
    return interrupted(lab, signal.SIGTERM)


def stuck_outputs(task: Task) -> AbstractContextManager[None]:
    """Makes opening an output hang, without an error."""
    folder = task.output / "studio"
    folder.mkdir()
    return unanswered(folder)


def stuck_input(task: Task) -> AbstractContextManager[None]:
    return unanswered(next(task.source.rglob("studio-0003*.jpg")))


def ending(task: Task, outcome: Outcome, took: float, limit: float,
           statuses: Sequence[int], may_leave: Sequence[str] = ()) -> str:
    problems = task.problems(outcome, statuses)
    for what in may_leave:
        problems.pop(what, None)
    problems |= task.resume()
    return demand(took < limit and not problems,
                  f"{outcome.said()}; ended after {took:.2f} s"
                  + "".join(f"; {problem}" for problem in problems.values()))


def stuck_and_stopped(lab: Lab, stuck: Callable[[Task], AbstractContextManager[None]],
                      signals: int, limit: float, may_leave: Sequence[str] = ()) -> str:
    task = lab.task(lab.photos(12))
    with stuck(task):
        job = task.start()
        time.sleep(0.5)
        for _ in range(signals):
            sent = time.monotonic()
            job.send(signal.SIGINT)
            job.await_receipt(signal.SIGINT)
        outcome = job.wait()
        took = time.monotonic() - sent
    return ending(task, outcome, took, limit, (130,), may_leave)


@FAMILY.check("stuck-input", "a signal while an input cannot be opened, nor fails (fanotify)",
              "the end within two seconds, status 130, records; `--resume` completes")
def stuck_and_stopped_input(lab: Lab) -> str:
    return stuck_and_stopped(lab, stuck_input, signals=1, limit=2)


@FAMILY.check("stuck-outputs", "the same of outputs",
              "the end within two seconds, status 130, records; `--resume` completes")
def stuck_and_stopped_outputs(lab: Lab) -> str:
    return stuck_and_stopped(lab, stuck_outputs, signals=1, limit=2)


@FAMILY.check("second", "a second signal while outputs cannot be opened, nor fail",
              "the end within half a second, status 130; `--resume` completes, and cleans up")
def second(lab: Lab) -> str:
    return stuck_and_stopped(lab, stuck_outputs, signals=2, limit=0.5,
                             may_leave=(TEMPORARY, COUNTS))


@FAMILY.check("timeout", "`--item-timeout 1s` while outputs cannot be opened, nor fail",
              "those images fail (timeout); status 75, for nothing can go on; `--resume` completes")
def timeout(lab: Lab) -> str:
    task = lab.task(lab.photos(12))
    with stuck_outputs(task):
        outcome = task.run("--item-timeout", "1s", limit_s=10)
    codes = {failure["code"] for failure in outcome.failures()}
    figure = ending(task, outcome, outcome.seconds, 4, (75,))
    return demand(codes == {"timeout"}, f"{figure}; {', '.join(codes)}")


@FAMILY.check("paused", "SIGSTOP and SIGCONT at random moments",
              "status 0 and the tree of an uninterrupted run")
def paused(lab: Lab) -> str:
    task = lab.task(lab.photos(60))
    tally = Tally("pauses", (*STANDARD, LOST))
    for number, job in enumerate(task.midway(lab.times(40, 6))):
        job.stop()
        time.sleep(0.05)
        job.send(signal.SIGCONT)
        problems = task.problems(job.wait(), (0,))
        if tree(task.output) != task.want:
            problems[LOST] = "though the status was 0"
        tally.add(f"pause {number + 1}", problems)
    return tally.figure()


def closing(descriptors: str) -> list[str]:
    return ["sh", "-c", f'exec "$0" "$@" {descriptors}']


@FAMILY.check("streams", "standard output or error is closed, full or a pipe that nobody reads",
              "the tree of an uninterrupted run; status 0, or 1 where the summary is lost")
def streams(lab: Lab) -> str:
    task = lab.task(lab.photos(12))
    tally = Tally("ways", (*STANDARD, LOST))
    for redirection in (">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-", ">/dev/full", "2>/dev/full",
                        ">/dev/full 2>/dev/full"):
        task.clear()
        outcome = task.run(before=closing(redirection))
        lossless = ">" not in redirection.replace("2>", "")
        add_stream(tally, task, outcome, redirection, (0,) if lossless else (1,))
    reader, writer = os.pipe()
    os.close(reader)
    task.clear()
    outcome = task.run(stdout=writer)
    os.close(writer)
    add_stream(tally, task, outcome, "a pipe without a reader", (0, 1))
    return tally.figure()


def add_stream(tally: Tally, task: Task, outcome: Outcome, where: str,
               allowed: tuple[int, ...]) -> None:
    problems = task.problems(outcome, allowed)
    if tree(task.output) != task.want:
        problems[LOST] = f"{len(task.partial())} files differ"
    tally.add(where, problems)


@FAMILY.check("error-stream", "standard error is closed or full, and an item fails",
              "status 1, all other items written, each counted once")
def error_stream(lab: Lab) -> str:
    task = lab.task(lab.photos(12))
    source = lab.own_photos(12)
    (source / "broken.jpg").write_bytes(b"\xff\xd8\xff no more")
    task.source = source
    tally = Tally("ways", (*STANDARD, LOST))
    for redirection in ("2>&-", "2>/dev/full", ">/dev/full 2>/dev/full"):
        task.clear()
        add_stream(tally, task, task.run(before=closing(redirection)), redirection, (1,))
    return tally.figure()
