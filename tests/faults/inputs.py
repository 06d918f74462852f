"""Inputs that change or vanish, that cannot be read, or are no files at all."""

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

from .checks import STANDARD, Broken, Family, Tally, demand
from .job import Outcome
from .lab import Lab, Task
from .machine import as_nobody, need
from .tracing import await_open, strace
from .trees import item_of, tree

FAMILY = Family("inputs")
SILENT = "were ok, or not reported"
SLOW_US = 200_000


def pair_of_photos(lab: Lab) -> tuple[Path, Path]:
    """Two photos of the same size in bytes: padding behind the end of a picture does not count."""
    folder = lab.own_photos(2, "1600x1200")
    old, new = sorted(path for path in folder.rglob("*") if path.is_file())
    size = max(old.stat().st_size, new.stat().st_size)
    for path in (old, new):
        os.truncate(path, size)
    return old, new


def outputs_of(lab: Lab, photo: Path) -> dict[str, str]:
    """Hashes of a photo's outputs, by what follows the stem in their names."""
    source = lab.folder("alone")
    shutil.copy(photo, source / "photo.jpg")
    return lab.reference(lab.graph, source)


def while_read(lab: Lab, change: Callable[[Path, Path], None], beyond: int) -> tuple[Task, Outcome]:
    """Changes a picture when more than so many bytes of it were read. What is wanted of the task is
    then the picture, the old or the new one, that it wrote."""
    old, new = pair_of_photos(lab)
    source = lab.folder("in")
    photo = source / "photo.jpg"
    shutil.copy(old, photo)
    wanted = [outputs_of(lab, old), outputs_of(lab, new)]
    task = Task(lab, source, lab.folder("out"), lab.graph, wanted[0])
    job = task.start(before=strace(lab.folder("trace") / "log", "trace=read",
                                   f"inject=read:delay_enter={SLOW_US}", paths=[photo]))
    if not await_open(job, photo, beyond):
        job.wait()
        raise Broken("the picture was not seen open")
    change(photo, new)
    outcome = job.wait()
    if tree(task.output) == wanted[1]:
        task.want = wanted[1]
    return task, outcome


def removed(photo: Path, _: Path) -> None:
    photo.unlink()


def shrunk(photo: Path, _: Path) -> None:
    os.truncate(photo, photo.stat().st_size * 2 // 3)


def emptied(photo: Path, _: Path) -> None:
    os.truncate(photo, 0)


def replaced(photo: Path, new: Path) -> None:
    os.rename(new, photo)


def rewritten(photo: Path, new: Path) -> None:
    with photo.open("r+b") as file:
        file.write(new.read_bytes())


def grown(photo: Path, _: Path) -> None:
    with photo.open("ab") as file:
        file.write(bytes(100_000))


@FAMILY.check("changing", "a file is removed, replaced, rewritten or grows while it is read",
              "the old picture whole, the new one whole, or a failed item; never a mixture")
def changing(lab: Lab) -> str:
    tally = Tally("changes")
    for change in (removed, replaced, rewritten, grown):
        for beyond in (-1, 0):
            task, outcome = while_read(lab, change, beyond)
            tally.add(f"{change.__name__} beyond {beyond}", task.problems(outcome))
    return tally.figure()


@FAMILY.check("shrinking", "a file is cut off or emptied while it is read",
              "a failed item, no crash; nothing written of it")
def shrinking(lab: Lab) -> str:
    tally = Tally("changes", (SILENT, *STANDARD))
    for change in (shrunk, emptied):
        for beyond in (-1, 0):
            task, outcome = while_read(lab, change, beyond)
            problems = task.problems(outcome, (1,))
            if len(outcome.failures()) == 0 or tree(task.output):
                problems[SILENT] = outcome.said()
            tally.add(f"{change.__name__} beyond {beyond}", problems)
    return tally.figure()


def lost_midway(lab: Lab, lose: Callable[[Path], None]) -> tuple[Task, Outcome]:
    """Loses files when all are listed, and the first is being read."""
    photos = lab.photos(60)
    task = lab.task(photos)
    task.source = lab.own_photos(60)
    first = min(path for path in task.source.rglob("*") if path.is_file())
    job = task.start(before=strace(lab.folder("trace") / "log", "trace=read",
                                   f"inject=read:delay_enter={SLOW_US}", paths=[first]))
    if not await_open(job, first):
        job.wait()
        raise Broken("the first picture was not seen open")
    lose(task.source)
    return task, job.wait()


@FAMILY.check("vanishing", "a folder of the input, or all of it, vanishes in the middle",
              "what is gone fails, each once; what was read is written; status 1")
def vanishing(lab: Lab) -> str:
    tally = Tally("losses")
    for name in ("studio", ""):
        def lose(source: Path, name: str = name) -> None:
            os.rename(source / name, lab.folder("gone") / "away")

        task, outcome = lost_midway(lab, lose)
        tally.add(name or "all", task.problems(outcome, (1,)))
    return tally.figure()


@FAMILY.check("unreadable", "a folder and a file without permission, as another user",
              "both are reported, all others written, status 1")
def unreadable(lab: Lab) -> str:
    task = lab.task(lab.photos(30))
    task.source = lab.own_photos(30)
    before = as_nobody(lab.command)
    (task.source / "studio").chmod(0)
    locked = min(path for path in (task.source / "night").iterdir())
    locked.chmod(0)
    task.output.chmod(0o777)
    outcome = task.run(before=before)
    named = {failure["item"] for failure in outcome.failures()}
    expected = {path for path in task.want
                if not path.startswith("studio/") and item_of(path) != f"night/{locked.stem}"}
    return demand(outcome.status == 1 and named == {"studio", f"night/{locked.name}"}
                  and set(tree(task.output)) == expected,
                  f"{outcome.said()}; reported: {', '.join(sorted(named))}")


def add_strange_files(folder: Path) -> list[str]:
    """Adds special files named like pictures; no run may wait for one."""
    os.mkfifo(folder / "fifo.jpg")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(folder / "socket.jpg"))
    (folder / "zero.jpg").symlink_to("/dev/zero")
    (folder / "terminal.jpg").symlink_to("/dev/tty")
    (folder / "loop.jpg").symlink_to("loop2.jpg")
    (folder / "loop2.jpg").symlink_to("loop.jpg")
    (folder / "dangling.jpg").symlink_to("nowhere.jpg")
    (folder / "folder.jpg").mkdir()
    (folder / "up").symlink_to("..")
    (folder / "again").symlink_to(".")
    (folder / "pipe").symlink_to("fifo.jpg")  # not named like one
    return ["fifo.jpg", "socket.jpg", "zero.jpg", "terminal.jpg", "loop.jpg", "loop2.jpg",
            "dangling.jpg"]


@FAMILY.check("no-files", "FIFO, socket, links to devices, loops of links, named like pictures",
              "no waiting; each is a failed item; all pictures are written")
def no_files(lab: Lab) -> str:
    task = lab.task(lab.photos(6))
    task.source = lab.own_photos(6)
    names = add_strange_files(task.source)
    outcome = task.run(limit_s=10)
    problems = task.problems(outcome, (1,))
    reported = {failure["item"] for failure in outcome.failures()}
    return demand(not problems and reported == set(names) and tree(task.output) == task.want,
                  f"{outcome.said()}; {len(reported)} of {len(names)} such names reported"
                  + "".join(f"; {problem}" for problem in problems.values()))


@FAMILY.check("no-files-listed", "the same, and a path of 5000 bytes, in a list of paths",
              "each is a failed item; all pictures are written")
def no_files_listed(lab: Lab) -> str:
    source = lab.own_photos(6)
    pictures = [path for path in source.rglob("*") if path.is_file()]
    names = add_strange_files(source)
    names.append("folder.jpg")
    names.append("x/" * 2500 + "x.jpg")
    listing = lab.scratch / "list"
    listing.write_text("\n".join([*map(str, pictures), *(f"{source}/{n}" for n in names)]) + "\n")
    task = Task(lab, listing, lab.folder("out"), lab.graph, {})
    outcome = task.run(limit_s=10)
    items = outcome.items() or {}
    return demand(outcome.status == 1 and items.get("failed") == len(names)
                  and items.get("ok") == len(pictures),
                  f"{outcome.said()}; {items.get('failed')} of {len(names)} failed, "
                  f"{items.get('ok')} of {len(pictures)} pictures ok")


@FAMILY.check("descriptors", "`prlimit --nofile` from 6 to 32, 600 pictures",
              "status 0 with 32; with fewer a whole tree or a status that is not 0")
def descriptors(lab: Lab) -> str:
    need("prlimit")
    source = lab.folder("many")
    photo = next(path for path in lab.photos(2).rglob("*.jpg"))
    for number in range(lab.times(600, 150)):
        os.link(photo, source / f"{number}.jpg")
    task = lab.task(source)
    tally = Tally("limits")
    for limit in (32, 24, *range(16, 5, -1)):
        task.clear()
        outcome = task.run(before=["prlimit", f"--nofile={limit}"], limit_s=20)
        tally.add(str(limit), task.problems(outcome, (0,) if limit == 32 else (0, 1, 2, 75)))
    return tally.figure()
