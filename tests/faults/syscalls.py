"""System calls fail: the N-th of its kind, for every N, or all of them from the N-th on."""

import re
from collections.abc import Sequence

from .checks import COUNTS, STANDARD, STATUS, UNFINISHED, Family, Tally
from .lab import Lab, Task, durable
from .tracing import Hit, injection, sweep

FAMILY = Family("syscalls")
MUST = ("no partial file, no temporary, each item counted once, none ok whose output is missing, "
        "status 0 only with a whole tree")
OUTPUT_MUST = MUST + "; 75 where it hit an output"
ANY_STATUS = (0, 1, 2, 75)
Faults = Sequence[tuple[str, str]]


def hit_an_output(task: Task, hit: Hit) -> bool:
    """Whether the fault hit an output, not a record or the probe in the output folder."""
    return re.search(rf"{re.escape(str(task.output))}/\w.*\.imagemill-", hit.line) is not None


def swept(lab: Lab, faults: Faults, executor: str, flags: Sequence[str] = (),
          allowed: Sequence[int] = ANY_STATUS, of_inputs: bool = False,
          from_first: bool = False) -> str:
    task = lab.small_task()
    paths = sorted(path for path in task.source.rglob("*") if path.is_file())
    tally = Tally("faults")
    for call, fault in faults:
        for hit in sweep(task, call, fault, [*flags, "--executor", executor], lab.times(1, 7),
                         paths if of_inputs else None, from_first):
            problems = task.problems(hit.outcome, allowed)
            if hit_an_output(task, hit) and "EINTR" not in fault and hit.outcome.status != 75:
                problems.setdefault(STATUS, f"75 expected ({hit.outcome.said()}): {hit.line}")
            tally.add(f"{call} {fault} {hit.number}", problems)
    return tally.figure()


@FAMILY.check("read", "the N-th read or pread64 fails with EIO, or finds the end of the file", MUST)
def reading(lab: Lab) -> str:
    return swept(lab, [("read", "error=EIO"), ("pread64", "error=EIO"), ("read", "retval=0")],
                 "serial")


@FAMILY.check("read-flow", "the N-th read of a thread from an input fails with EIO, or finds the "
              "end of the file", MUST)
def reading_flow(lab: Lab) -> str:
    return swept(lab, [("read", "error=EIO"), ("read", "retval=0")], "flow", of_inputs=True)


@FAMILY.check("list", "the N-th getdents64 or newfstatat fails with EIO or EACCES", MUST)
def listing(lab: Lab) -> str:
    return swept(lab, [("getdents64", "error=EIO"), ("newfstatat", "error=EACCES")], "serial")


@FAMILY.check("open", "the N-th openat fails with ENOSPC, EDQUOT, EIO or EMFILE",
              OUTPUT_MUST)
def opening(lab: Lab) -> str:
    outside = [("openat", f"error={e}") for e in ("ENOSPC", "EDQUOT", "EIO", "EMFILE")]
    return swept(lab, outside, "serial")


@FAMILY.check("write", "the N-th write fails with EIO, ENOSPC or EDQUOT", OUTPUT_MUST)
def writing(lab: Lab) -> str:
    return swept(lab, [("write", f"error={e}") for e in ("EIO", "ENOSPC", "EDQUOT")], "serial")


@FAMILY.check("write-flow", "the same for each thread of the flow executor", OUTPUT_MUST)
def writing_flow(lab: Lab) -> str:
    return swept(lab, [("write", f"error={e}") for e in ("EIO", "ENOSPC")], "flow")


@FAMILY.check("sync", "the N-th fsync or fdatasync fails with EIO, `durability: file`",
              OUTPUT_MUST)
def syncing(lab: Lab) -> str:
    return swept(lab, [("fsync", "error=EIO"), ("fdatasync", "error=EIO")], "serial",
                 durable("file"))


@FAMILY.check("sync-batch", "the N-th syncfs, fsync or fdatasync fails with EIO, "
              "`durability: batch`", MUST)
def syncing_batches(lab: Lab) -> str:
    return swept(lab, [(call, "error=EIO") for call in ("syncfs", "fsync", "fdatasync")],
                 "serial", durable("batch"))


@FAMILY.check("close", "the N-th close fails with EIO", OUTPUT_MUST)
def closing(lab: Lab) -> str:
    return swept(lab, [("close", "error=EIO")], "serial")


@FAMILY.check("rename", "the N-th rename or mkdir fails with EIO or ENOSPC", OUTPUT_MUST)
def renaming(lab: Lab) -> str:
    return swept(lab, [(call, f"error={error}") for call in ("rename", "renameat", "renameat2",
                                                             "mkdir", "mkdirat")
                       for error in ("EIO", "ENOSPC")], "serial")


@FAMILY.check("rename-flow", "the same for each thread of the flow executor", OUTPUT_MUST)
def renaming_flow(lab: Lab) -> str:
    return swept(lab, [(call, "error=EIO") for call in ("rename", "renameat", "renameat2")],
                 "flow")


@FAMILY.check("interrupted", "the N-th read or write is interrupted (EINTR)",
              "done again: status 0 and a whole tree")
def interrupted(lab: Lab) -> str:
    return swept(lab, [("read", "error=EINTR"), ("write", "error=EINTR")], "serial",
                 allowed=(0,))


@FAMILY.check("threads", "the N-th thread cannot be started (EAGAIN)",
              MUST + "; no crash, no waiting for what did not start")
def threads(lab: Lab) -> str:
    return swept(lab, [("clone3", "error=EAGAIN")], "flow", from_first=True)


@FAMILY.check("lasting", "all write, fsync, rename calls fail from the N-th on, with EIO, ENOSPC "
              "or EDQUOT", "status 75 at once, nothing partial or temporary; `--resume` completes")
def lasting(lab: Lab) -> str:
    task = lab.task(lab.photos(30))
    tally = Tally("lasting faults", (*STANDARD, UNFINISHED))
    for call, errors in (("write", ("EIO", "ENOSPC", "EDQUOT")), ("fsync", ("EIO",)),
                         ("renameat", ("EIO", "ENOSPC"))):
        for error in errors:
            for number in range(2, 12, lab.times(3, 9)):
                task.clear()
                fault = f"error={error}:when={number}+"
                _, before = injection(task, call, fault)
                outcome = task.run(*durable("file"), before=before, limit_s=20)
                problems = task.problems(outcome, (75,)) | task.resume()
                if call == "write":
                    problems.pop(COUNTS, None)  # nor can it say what has failed
                tally.add(f"{call} {fault}", problems)
    return tally.figure()
