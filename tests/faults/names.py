"""Names that confuse terminals, records or the file system."""

import os
import shutil
import subprocess
import unicodedata
from pathlib import Path

from .checks import COUNTS, STANDARD, Family, Tally, demand
from .job import Outcome
from .lab import Lab, Task
from .trees import digest, tree

FAMILY = Family("names")
LOST = "were not written"
RAW = "had control characters on the terminal"
BAD_RECORD = "had a record that is not well-formed"
STRANGE = (
    b"new\nline", b"tab\tstop", b"return\rback", b"quote\"'`", b"-rf", b"--help", b" lead and end ",
    b"back\\slash", b"%s%n{stem}", b"star*?[a]", b"invalid\xff\xfe\x80", b"esc\x1b[31mred\x1b[0m",
    b"title\x1b]0;owned\x07", b"c1\xc2\x9b31m", b"nfc-\xc3\xa9", b"nfd-e\xcc\x81", b"bell\x07",
    b"rtl\xe2\x80\xaetxt", b"dots..", b".hidden", b"x" * 251, "日本語".encode(), b"#&;|<>$(id)",
)


def one_output(lab: Lab, path: str = "{dir}/{stem}.{ext}") -> Path:
    graph = lab.folder("graph") / "one.yaml"
    graph.write_text(f"""imagemill: 1
name: one
nodes:
  read: {{type: read}}
  decode: {{type: decode, in: read}}
  small: {{type: resize, in: decode, width: 64}}
  jpeg: {{type: encode, in: small, format: jpeg}}
  write: {{type: write, in: jpeg, path: "{path}"}}
run: {{input: none, output: none}}
""")
    return graph


def a_photo(lab: Lab) -> Path:
    return min(path for path in lab.photos(2).rglob("*.jpg"))


def strange_files(lab: Lab) -> Path:
    """A folder with a picture, a broken one and a subfolder for each odd name."""
    source = lab.folder("in")
    photo = a_photo(lab).read_bytes()
    for name in map(os.fsdecode, STRANGE):
        (source / "good").mkdir(exist_ok=True)
        (source / "broken").mkdir(exist_ok=True)
        (source / "good" / f"{name}.jpg").write_bytes(photo)
        (source / "broken" / f"{name}.jpg").write_bytes(b"\xff\xd8\xff broken")
        (source / name).mkdir()
        (source / name / "in folder.jpg").write_bytes(photo)
    return source


def expected_of(lab: Lab) -> dict[str, str]:
    task = Task(lab, a_photo(lab), lab.folder("plain"), one_output(lab, "x.jpg"), {})
    task.run()
    made = digest(task.output / "x.jpg")
    names = list(map(os.fsdecode, STRANGE))
    return {path: made for name in names for path in (f"good/{name}.jpg", f"{name}/in folder.jpg")}


def raw_control(outcome: Outcome) -> str:
    """The first line with control characters, those that Unicode has in its second block included:
    a terminal may obey them all the same."""
    for line in (outcome.stdout + outcome.stderr).split(b"\n"):
        text = line.decode(errors="replace")
        if any(unicodedata.category(character) == "Cc" for character in text):
            return repr(text[-200:])
    return ""


def bad_record(task: Task, outcome: Outcome) -> str:
    """Checks the records as a program reads them: JSON, UTF-8, sha256sum."""
    if len(outcome.failures()) != len(STRANGE):
        return f"{len(outcome.failures())} failures of {len(STRANGE)}"
    for name in ("stats.json", "failures.jsonl"):
        (outcome.records / name).read_bytes().decode()
    checked = subprocess.run(["sha256sum", "--check", "--strict", "--quiet",
                              outcome.records / "manifest"], cwd=task.output, capture_output=True)
    return checked.stderr.decode(errors="replace") if checked.returncode else ""


def add_strange(tally: Tally, task: Task, outcome: Outcome, where: str) -> None:
    problems = task.problems(outcome, (1,))
    problems.pop(COUNTS, None)  # names that differ in bytes that are not UTF-8 look alike
    items = outcome.items() or {}
    if (items.get("ok"), items.get("failed")) != (2 * len(STRANGE), len(STRANGE)):
        problems[COUNTS] = str(items)
    if missing := task.want.keys() - tree(task.output).keys():
        problems[LOST] = repr(min(missing))
    if line := raw_control(outcome):
        problems[RAW] = line
    if wrong := bad_record(task, outcome):
        problems[BAD_RECORD] = wrong
    tally.add(where, problems)


@FAMILY.check("strange", "names with line feed, tab, quotes, ESC, bytes that are no UTF-8, 255 "
              "bytes, a leading '-' …, of pictures, broken files and folders",
              "all pictures written, each broken one reported once, records well-formed, nothing "
              "raw on the terminal")
def strange(lab: Lab) -> str:
    source = strange_files(lab)
    want = expected_of(lab)
    tally = Tally("runs", (*STANDARD, LOST, RAW, BAD_RECORD))
    for progress in ("none", "plain"):
        task = Task(lab, source, lab.folder("out"), one_output(lab), want)
        task.progress = progress
        add_strange(tally, task, task.run(), f"--progress {progress}")
    return tally.figure(f"; {3 * len(STRANGE)} names each")


@FAMILY.check("strange-listed", "the same names in a list on standard input, with NUL between",
              "the same")
def strange_listed(lab: Lab) -> str:
    source = strange_files(lab)
    listing = lab.scratch / "list"
    listing.write_bytes(b"".join(
        os.fsencode(path.relative_to(source)) + b"\0"
        for path in sorted(source.rglob("*")) if path.is_file()))
    task = Task(lab, Path("-"), lab.folder("out"), one_output(lab), expected_of(lab))
    tally = Tally("runs", (*STANDARD, LOST, RAW, BAD_RECORD))
    with listing.open("rb") as names:
        add_strange(tally, task, task.run(stdin=names, cwd=source), "standard input")
    return tally.figure(f"; {3 * len(STRANGE)} names")


@FAMILY.check("messages", "folders and graphs of such names that are not there",
              "status 2, nothing raw on the terminal")
def messages(lab: Lab) -> str:
    tally = Tally("messages", (*STANDARD, RAW))
    for name in map(os.fsdecode, STRANGE):
        there = lab.photos(2)
        nowhere = lab.scratch / "nowhere" / name
        for source, graph in ((nowhere, lab.graph), (there, nowhere)):
            task = Task(lab, source, lab.folder("out"), graph, {})
            outcome = task.run()
            problems = task.problems(outcome, (2,))
            if line := raw_control(outcome):
                problems[RAW] = line
            tally.add(repr(name), problems)
    return tally.figure()


def nested(folder: Path, depth: int) -> None:
    """Makes nested folders, deeper than any path can name."""
    at = os.open(folder, os.O_DIRECTORY)
    for _ in range(depth):
        os.mkdir("d", dir_fd=at)
        inner = os.open("d", os.O_DIRECTORY, dir_fd=at)
        os.close(at)
        at = inner
    os.close(at)


@FAMILY.check("deep", "a picture in a tree of a thousand folders, one in the other",
              "written as deep")
def deep(lab: Lab) -> str:
    source = lab.folder("in")
    nested(source, 1000)
    path = "d/" * 1000 + "photo.jpg"
    shutil.copy(a_photo(lab), source / path)
    task = Task(lab, source, lab.folder("out"), lab.graph, {})
    outcome = task.run()
    return demand(outcome.status == 0 and (task.output / path).is_file(), outcome.said())


@FAMILY.check("too-deep", "a tree of 2500 folders: deeper than a path can say, with a picture at "
              "its top", "the picture is written; what cannot be reached is reported, status 1")
def too_deep(lab: Lab) -> str:
    source = lab.folder("in")
    nested(source, 2500)
    shutil.copy(a_photo(lab), source / "photo.jpg")
    task = Task(lab, source, lab.folder("out"), lab.graph, {})
    outcome = task.run()
    return demand(outcome.status == 1 and (task.output / "photo.jpg").is_file()
                  and len(outcome.failures()) == 1,
                  f"{outcome.said()[:150]}; {len(outcome.failures())} reported")


@FAMILY.check("too-long", "an input of 255 bytes, whose output would have a name of 261",
              "it fails, all others are written")
def too_long(lab: Lab) -> str:
    task = lab.task(lab.photos(6))
    task.source = lab.own_photos(6)
    shutil.copy(a_photo(lab), task.source / ("x" * 251 + ".jpg"))
    outcome = task.run()
    named = {failure["item"] for failure in outcome.failures()}
    whole = task.want.items() <= tree(task.output).items()
    return demand(outcome.status == 1 and len(named) == 1 and whole,
                  f"{outcome.said()[:150]}; {len(named)} failed")
