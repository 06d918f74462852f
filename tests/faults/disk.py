"""Outputs meet a disk that is full, too small, read-only or not theirs."""

import os
import shutil

from .checks import (COUNTS, HUNG, PARTIAL, STANDARD, STATUS, TEMPORARY, UNFINISHED, Family,
                     Problems, Tally, demand)
from .lab import Lab, Task
from .machine import (as_nobody, call, immutable, mounted, need, need_root, resize_disk,
                      small_disk)
from .tracing import strace
from .trees import identities, item_of, tree

FAMILY = Family("disk")
REDONE = "did again what was done"
FULL_MUST = ("status 75 within 10 s, nothing partial or temporary; with free space `--resume` "
             "makes only what is missing")


def completed(task: Task, ok: int) -> Problems:
    """Resumes; no more complete items may be written again than were not ok."""
    items = task.complete_items()
    before = identities(task.output)
    problems = task.resume()
    after = identities(task.output)
    again = {item_of(path) for path, identity in before.items()
             if item_of(path) in items and after.get(path) != identity}
    if len(items) - len(again) < ok:
        problems[REDONE] = f"{len(again)} of {len(items)} complete items, {ok} were ok"
    return problems


def on_small_disks(lab: Lab, limits: list[str], roomy: str) -> str:
    tally = Tally("full disks", (*STANDARD, UNFINISHED, REDONE))
    for limit in limits:
        with small_disk(lab.folder("disk"), limit) as disk:
            task = lab.task(lab.photos(60), disk / "out")
            outcome = task.run(limit_s=10)
            problems = task.problems(outcome, (75,))
            resize_disk(disk, roomy)
            ok = (outcome.items() or {"ok": 0})["ok"]
            tally.add(limit, problems | completed(task, ok))
    return tally.figure()


@FAMILY.check("full", "tmpfs of 64 KiB to 768 KiB as the output folder", FULL_MUST)
def full(lab: Lab) -> str:
    limits = ["size=64k", "size=128k", "size=256k", "size=512k", "size=640k", "size=768k"]
    return on_small_disks(lab, limits[:: lab.times(1, 2)], "size=16m")


@FAMILY.check("inodes", "tmpfs with room for 10 to 100 files", FULL_MUST)
def inodes(lab: Lab) -> str:
    limits = [f"nr_inodes={count}" for count in (10, 20, 60, 100)]
    return on_small_disks(lab, limits[:: lab.times(1, 2)], "nr_inodes=10000")


@FAMILY.check("file-size", "`prlimit --fsize`: half of the outputs are larger than a file may be",
              "no death by SIGXFSZ; those fail, the others are written whole")
def file_size(lab: Lab) -> str:
    need("prlimit")
    task = lab.task(lab.photos(60))
    task.run()
    sizes = sorted((task.output / path).stat().st_size for path in task.want
                   if not path.endswith(".png"))
    limit = max(sizes[len(sizes) // 2], 8192)
    task.clear()
    outcome = task.run(before=["prlimit", f"--fsize={limit}"])
    tally = Tally("runs")
    tally.add(f"files of {limit} bytes at most", task.problems(outcome, (1, 75)))
    return tally.figure(f"; {len(tree(task.output))} files were small enough")


def refused_unread(lab: Lab, task: Task, before: list[str]) -> str:
    """Checks for status 2 with no input opened."""
    log = lab.folder("trace") / "log"
    log.parent.chmod(0o777)
    outcome = task.run(before=[*before, *strace(log, "trace=openat")])
    opened = {line for line in log.read_text(errors="replace").splitlines()
              if str(task.source) + "/" in line and "O_DIRECTORY" not in line}
    return demand(outcome.status == 2 and not opened,
                  f"{outcome.said()}; {len(opened)} inputs were opened before")


@FAMILY.check("read-only", "the output folder is a read-only mount",
              "status 2 before an input is opened")
def read_only(lab: Lab) -> str:
    folder = lab.folder("disk")
    with mounted(folder, "-t", "tmpfs", "none"):
        task = lab.task(lab.photos(6), folder)
        call("mount", "-o", "remount,ro", folder)
        return refused_unread(lab, task, [])


@FAMILY.check("permission", "the output folder belongs to another user",
              "status 2 before an input is opened")
def permission(lab: Lab) -> str:
    need_root()
    task = lab.task(lab.photos(6))
    return refused_unread(lab, task, as_nobody(lab.command))


@FAMILY.check("immutable-folder", "the output folder is immutable (chattr +i)",
              "status 2 before an input is opened")
def immutable_folder(lab: Lab) -> str:
    task = lab.task(lab.photos(6))
    with immutable(task.output):
        return refused_unread(lab, task, [])


@FAMILY.check("immutable-file", "one output exists and is immutable (chattr +i)",
              "that item fails, the file stays, all others are written")
def immutable_file(lab: Lab) -> str:
    task = lab.task(lab.photos(6))
    path = sorted(task.want)[0]
    target = task.output / path
    target.parent.mkdir(parents=True)
    target.write_bytes(b"kept")
    with immutable(target):
        outcome = task.run()
        have = tree(task.output)
        kept = target.read_bytes() == b"kept"
    others = sum(have.get(other) == digest for other, digest in task.want.items())
    failed = (outcome.items() or {}).get("failed")
    return demand(kept and outcome.status == 1 and failed == 1 and others == len(task.want) - 1,
                  f"{outcome.said()}; {failed} failed, {others} of {len(task.want) - 1} other "
                  f"files written, the immutable one {'stays' if kept else 'is lost'}")


@FAMILY.check("vanishing", "the output folder is moved away while the run goes on",
              "no crash, no hang, nothing partial; nothing ok that is not there, or where it was "
              "moved to")
def vanishing(lab: Lab) -> str:
    tally = Tally("moves", (PARTIAL, STATUS, COUNTS, HUNG))
    for number in range(lab.times(20, 4)):
        task = lab.task(lab.photos(60))
        job = task.start()
        away = task.output.with_name(task.output.name + "-away")
        lab.pause(0.08)
        os.rename(task.output, away)
        outcome = job.wait()
        task.output.mkdir(exist_ok=True)
        shutil.copytree(away, task.output, dirs_exist_ok=True)
        problems = task.problems(outcome)
        problems.pop(TEMPORARY, None)
        tally.add(f"move {number}", problems)
    return tally.figure()
