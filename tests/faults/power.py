"""Power cuts: what the disk holds at a moment, and nothing that is only in memory."""

import filecmp
import shutil
import time
from pathlib import Path

from .checks import PARTIAL, STATUS, UNFINISHED, Family, Tally
from .lab import Lab, Task, durable
from .machine import call, mounted
from .trees import identities

FAMILY = Family("power")
DISK_BYTES = 48 << 20
COMMIT_S = 1
COMPLETED = ("`--resume` leaves the tree of an uninterrupted run, so that all it took as done was "
             "complete")


def make_disk(image: Path) -> None:
    with image.open("wb") as file:
        file.truncate(DISK_BYTES)
    call("mkfs.ext4", "-q", "-F", image)


def copy_of(image: Path, cut: Path) -> None:
    """Copies the disk as of one moment: again, until it was not written meanwhile."""
    for _ in range(20):
        shutil.copyfile(image, cut)
        if filecmp.cmp(image, cut, shallow=False):
            return
    raise RuntimeError("the disk does not come to rest")


def cut_power(task: Task, image: Path, cut: Path, seconds: float, settled: bool) -> None:
    """Cuts the power after `seconds`. `settled`: metadata was committed, data was not."""
    job = task.start()
    task.lab.pause(seconds)
    job.stop()
    if settled:
        time.sleep(COMMIT_S * 1.3)
    copy_of(image, cut)
    job.process.kill()
    job.wait()


def after_cuts(lab: Lab, durability: str, cuts: int, whole_files: bool) -> str:
    photos = lab.photos(60)
    folder = lab.folder("power")
    image, cut = folder / "disk", folder / "cut"
    tally = Tally("cuts", (PARTIAL, STATUS, UNFINISHED))
    taken = there = 0
    flags = durable(durability)
    live = lab.task(photos, lab.folder("probe"))
    live.flags = flags
    seconds = live.typical_seconds() * 1.5
    for number in range(cuts):
        make_disk(image)
        with mounted(folder / "live", "-o", f"loop,commit={COMMIT_S}", image) as disk:
            task = lab.task(photos, disk / "out")
            task.flags = flags
            cut_power(task, image, cut, seconds, number % 2 == 1)
        with mounted(folder / "recovered", "-o", "loop", cut) as disk:
            task = lab.task(photos, disk / "out")
            task.flags = flags
            task.output.mkdir(exist_ok=True)
            partial = task.partial()
            problems = {PARTIAL: partial[0]} if partial and whole_files else {}
            before = identities(task.output)
            problems |= task.resume()
            after = identities(task.output)
            there += len(before)
            taken += sum(after.get(path) == identity for path, identity in before.items())
            tally.add(f"cut {number + 1}", problems)
    return tally.figure(f"; of {there} files that were there {taken} were taken as done")


@FAMILY.check("file", "power cuts with `durability: file` (ext4, its disk copied meanwhile)",
              "the recovered disk has no incomplete file at a final name; " + COMPLETED)
def durability_file(lab: Lab) -> str:
    return after_cuts(lab, "file", lab.times(8, 2), whole_files=True)


@FAMILY.check("batch", "power cuts with `durability: batch`",
              "what the journal does not call done may be incomplete; " + COMPLETED)
def durability_batch(lab: Lab) -> str:
    return after_cuts(lab, "batch", lab.times(8, 2), whole_files=False)


@FAMILY.check("none", "power cuts with `durability: none`",
              "files may be lost or incomplete; " + COMPLETED)
def durability_none(lab: Lab) -> str:
    return after_cuts(lab, "none", lab.times(4, 2), whole_files=False)
