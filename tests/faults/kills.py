"""The command is killed, at random moments and at every system call."""

from .checks import PARTIAL, UNFINISHED, Family, Problems, Tally
from .lab import Lab, Task, durable
from .tracing import sweep

FAMILY = Family("kills")
CALLS = ("openat", "write", "close", "fsync", "fdatasync", "syncfs", "rename", "renameat",
         "renameat2", "link", "unlink", "unlinkat", "mkdir", "mkdirat", "ftruncate")
KINDS = (PARTIAL, UNFINISHED)
MUST = "no partial file at a final name; `--resume` leaves the tree of an uninterrupted run"


def killed_midway(task: Task, seconds: float, *flags: str) -> Problems | None:
    """Problems after a kill at a random moment; None if the run had ended before."""
    job = task.start(*flags)
    task.lab.pause(seconds)
    job.process.kill()
    outcome = job.wait()
    return task.problems(outcome) if outcome.killed else None


def at_random(lab: Lab, kills: int, flags: list[str]) -> str:
    """Every fourth --resume is killed as well, and completed by another."""
    task = lab.task(lab.photos(60))
    task.flags = flags
    seconds = task.typical_seconds()
    tally = Tally("kills", KINDS)
    again = 0
    for _ in range(2 * kills):
        task.clear()
        problems = killed_midway(task, seconds)
        if problems is None:
            continue
        if tally.count % 4 == 0:
            second = killed_midway(task, seconds, "--resume")
            again += second is not None
            problems |= second or {}
        tally.add(f"kill {tally.count + 1}", problems | task.resume())
        if tally.count == kills:
            break
    return tally.figure(f"; {again} of the resumed runs were killed as well")


@FAMILY.check("random", "kill -9 at random moments", MUST)
def random_moments(lab: Lab) -> str:
    return at_random(lab, lab.times(200, 20), [])


@FAMILY.check("random-batch", "the same with `durability: batch`", MUST)
def random_moments_batch(lab: Lab) -> str:
    return at_random(lab, lab.times(60, 6), durable("batch"))


@FAMILY.check("random-file", "the same with `durability: file`", MUST)
def random_moments_file(lab: Lab) -> str:
    return at_random(lab, lab.times(60, 6), durable("file"))


def at_every_call(lab: Lab, executor: str, flags: list[str]) -> str:
    task = lab.small_task()
    tally = Tally("kills", KINDS)
    hit = set()
    for call in CALLS:
        for kill in sweep(task, call, "signal=KILL", [*flags, "--executor", executor],
                          lab.times(1, 9)):
            hit.add(call)
            problems = task.problems(kill.outcome) | task.resume(*flags)
            tally.add(f"{call} {kill.number}", problems)
    return tally.figure(f" ({', '.join(sorted(hit))})")


@FAMILY.check("every-call", "kill -9 at the N-th call of each kind, for every N (strace)", MUST)
def every_call(lab: Lab) -> str:
    return at_every_call(lab, "serial", durable("file"))


@FAMILY.check("every-call-batch", "the same with `durability: batch`", MUST)
def every_call_batch(lab: Lab) -> str:
    return at_every_call(lab, "serial", durable("batch"))


@FAMILY.check("every-call-shard", "the same in a shard, which also leaves a job's folder", MUST)
def every_call_shard(lab: Lab) -> str:
    return at_every_call(lab, "serial", ["--shard", "0/1"])


@FAMILY.check("every-call-flow", "the same in the flow executor, whose threads count calls each "
              "by itself", MUST)
def every_call_flow(lab: Lab) -> str:
    return at_every_call(lab, "flow", durable("file"))
