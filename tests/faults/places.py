"""What lies at the places where outputs go, and outputs that would leave their folder."""

import os
import shutil
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from .checks import STATUS, Family, Tally, demand
from .job import Job
from .lab import Lab, Task
from .names import a_photo, one_output
from .trees import tree

FAMILY = Family("places")
OUTSIDE = "wrote or changed what is not an output"
MISSING = "did not write the others"


def blocked(task: Task) -> str:
    """Path of an output; makes its folder."""
    path = min(task.want)
    (task.output / path).parent.mkdir(parents=True, exist_ok=True)
    return path


@FAMILY.check("folder", "a folder lies where an output goes",
              "that item fails, the folder stays, all others are written")
def folder(lab: Lab) -> str:
    task = lab.task(lab.photos(6))
    path = blocked(task)
    (task.output / path / "kept").mkdir(parents=True)
    outcome = task.run()
    others = {p: d for p, d in task.want.items() if p != path}
    good = others == tree(task.output) and (task.output / path / "kept").is_dir()
    return demand(outcome.status == 1 and good, outcome.said())


@FAMILY.check("links", "a symbolic or a hard link to a file outside lies where an output goes",
              "the link is replaced; the file outside stays as it is")
def links(lab: Lab) -> str:
    tally = Tally("links", (OUTSIDE, STATUS, MISSING))
    makers: tuple[Callable[[Path, Path], None], ...] = (os.symlink, os.link)
    for make in makers:
        task = lab.task(lab.photos(6))
        path = blocked(task)
        outside = lab.scratch / f"outside-{tally.count}"
        outside.write_bytes(b"kept")
        make(outside, task.output / path)
        outcome = task.run()
        problems = {}
        if outside.read_bytes() != b"kept" or (task.output / path).is_symlink():
            problems[OUTSIDE] = outcome.said()
        if outcome.status != 0:
            problems[STATUS] = outcome.said()
        if tree(task.output) != task.want:
            problems[MISSING] = outcome.said()
        tally.add("symbolic" if make is os.symlink else "hard", problems)
    return tally.figure()


@FAMILY.check("linked-folder", "a folder of the output is a link to a folder outside",
              "nothing is written there; its items fail, or the link is replaced")
def linked_folder(lab: Lab) -> str:
    task = lab.task(lab.photos(12))
    outside = lab.folder("outside")
    (task.output / "studio").symlink_to(outside)
    outcome = task.run()
    written = len(tree(outside))
    return demand(written == 0 and outcome.status in (0, 1),
                  f"{written} files written through the link; {outcome.said()}")


def swap(folder: Path, outside: Path, job: Job) -> int:
    """The folder, and a link to another in its place, in turn; returns how often. What runs makes
    the folder anew when it is away, and may be quicker than this."""
    swaps = 0
    while job.process.poll() is None:
        folder.mkdir(exist_ok=True)
        away = folder.with_name(f"away-{swaps}")
        folder.rename(away)
        with suppress(FileExistsError):
            folder.symlink_to(outside)
            time.sleep(0.0005)
            folder.unlink()
        with suppress(OSError):
            away.rename(folder)
        swaps += 1
    return swaps


@FAMILY.check("swapped", "a folder of the output is swapped for a link to one outside, and back, "
              "all the time",
              "nothing is written outside, whatever fails")
def swapped(lab: Lab) -> str:
    task = lab.task(lab.photos(300))
    outside = lab.folder("outside")
    failed = swaps = 0
    for _ in range(lab.times(6, 2)):
        task.clear()
        (task.output / "studio").mkdir()
        job = task.start()
        swaps += swap(task.output / "studio", outside, job)
        outcome = job.wait()
        failed += len(outcome.failures())
        demand(not list(outside.iterdir()) and outcome.status in (0, 1),
               f"{len(list(outside.iterdir()))} files written through the link; {outcome.said()}")
    return demand(swaps > 0, f"{swaps} swaps, {failed} outputs refused, 0 files outside")


def with_exif(photo: Path, text: str) -> bytes:
    """A picture whose EXIF has `text` as camera."""
    model = text.encode() + b"\0"
    header = b"II*\0" + struct.pack("<I", 8)
    entries = struct.pack("<HHHII", 1, 0x0110, 2, len(model), 26) + struct.pack("<I", 0)
    body = b"Exif\0\0" + header + entries + model
    jpeg = photo.read_bytes()
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


@FAMILY.check("escapes", "path templates and EXIF texts with `..`, `/` or an absolute path",
              "no file outside the output folder; no crash")
def escapes(lab: Lab) -> str:
    tally = Tally("paths", (OUTSIDE, STATUS))
    above = lab.folder("above")
    source = lab.folder("in")
    texts = ("../../evil", f"{above}/evil", "..", ".", "a/../../../evil", "\\..\\evil",
             ".imagemill/journal", ".imagemill-1-1.tmp")
    templates = ["../{stem}.{ext}", f"{above}/{{stem}}.{{ext}}", "a/../../{stem}.{ext}",
                 "{exif.Model}.{ext}", "{exif.Model}/{stem}.{ext}", "x/{exif.Model}"]
    for number, text in enumerate(texts):
        (source / f"{number}.jpg").write_bytes(with_exif(a_photo(lab), text))
    for template in templates:
        task = Task(lab, source, above / "a" / "out", one_output(lab, template), {})
        task.output.mkdir(parents=True, exist_ok=True)
        outcome = task.run()
        problems = {}
        outside = [path for path in tree(above) if not path.startswith("a/out/")]
        if outside:
            problems[OUTSIDE] = f"{outside[0]!r} ({outcome.said()})"
        if outcome.status not in (0, 1, 2):
            problems[STATUS] = outcome.said()
        tally.add(template, problems)
        shutil.rmtree(above)
    return tally.figure()


@FAMILY.check("collision", "two inputs whose outputs have one name",
              "one of them fails and both are named; no output is lost to the other silently")
def collision(lab: Lab) -> str:
    task = lab.task(lab.photos(6))
    task.source = lab.own_photos(6)
    one = min(path for path in task.source.rglob("*.jpg"))
    shutil.copy(one, one.with_suffix(".jpeg"))
    outcome = task.run()
    failures = outcome.failures()
    text = " ".join(f"{failure['item']} {failure['message']}" for failure in failures)
    both = one.name in text and one.with_suffix(".jpeg").name in text
    return demand(outcome.status == 1 and both and tree(task.output) == task.want,
                  f"{outcome.said()}; {len({f['item'] for f in failures})} failed")


@FAMILY.check("nested", "the output folder is the input folder, or lies in it, also by a link",
              "status 2, nothing is written")
def nested(lab: Lab) -> str:
    tally = Tally("ways", (STATUS, OUTSIDE))
    for way in ("itself", "inside", "new inside", "linked"):
        source = lab.own_photos(6)
        before = tree(source)
        output = {"itself": source, "inside": source / "studio", "new inside": source / "out",
                  "linked": lab.scratch / "link"}[way]
        if way == "linked":
            output.symlink_to(source / "night")
        outcome = Task(lab, source, output, lab.graph, {}).run()
        problems = {}
        if outcome.status != 2:
            problems[STATUS] = f"2 expected ({outcome.said()})"
        if tree(source) != before:
            problems[OUTSIDE] = outcome.said()
        tally.add(way, problems)
    return tally.figure()


@FAMILY.check("input-inside", "the input folder lies in the output folder",
              "no input is changed; what would fall among them fails")
def input_inside(lab: Lab) -> str:
    output = lab.folder("out")
    shutil.copytree(lab.photos(6), output / "in")
    before = tree(output / "in")
    graph = one_output(lab, "in/{dir}/{stem}.{ext}")
    outcome = Task(lab, output / "in", output, graph, {}).run()
    return demand(tree(output / "in") == before and outcome.status in (1, 2), outcome.said())
