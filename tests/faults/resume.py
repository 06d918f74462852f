"""Runs that go on from earlier ones: what they take as done, and what not."""

import json
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from .checks import TEMPORARY, UNFINISHED, Broken, Family, Problems, Tally, demand
from .lab import Lab, Task, durable
from .trees import OWN_PREFIX, identities, item_of, temporaries, tree

FAMILY = Family("resume")
WRONGLY = "did not do again what had to be"
AGAIN = "did again what was done"
KINDS = (UNFINISHED, WRONGLY, AGAIN)


def complete(task: Task, *flags: str) -> None:
    outcome = task.run(*flags)
    if outcome.status != 0 or tree(task.output) != task.want:
        raise Broken(f"a first run: {outcome.said()}")


def redone(task: Task, flag: str = "--resume") -> tuple[set[str], Problems]:
    """The items whose outputs a resumed run writes again."""
    before = identities(task.output)
    problems = task.resume(flag=flag)
    after = identities(task.output)
    return {item_of(path) for path in after if after[path] != before.get(path)}, problems


def compared(items: set[str], expected: set[str]) -> Problems:
    found: Problems = {}
    if missed := expected - items:
        found[WRONGLY] = min(missed)
    if more := items - expected:
        found[AGAIN] = f"{len(more)} items, such as {min(more)}"
    return found


@FAMILY.check("nothing", "`--resume` and `--resume=hash` where all is done",
              "status 0, all items skipped, no file written")
def nothing(lab: Lab) -> str:
    tally = Tally("runs", KINDS)
    for durability in ("none", "batch", "file"):
        task = lab.task(lab.photos(30))
        task.flags = durable(durability)
        complete(task)
        items, problems = redone(task)
        tally.add(durability, problems | compared(items, set()))
    items, problems = redone(task, "--resume=hash")
    tally.add("by hash", problems | compared(items, set()))
    counts = task.run("--resume").items() or {}
    return demand(counts.get("skipped") == counts.get("admitted") == 30,
                  f"{tally.figure()}; {counts.get('skipped')} of 30 items skipped")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def alter(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x55
    path.write_bytes(content)


@FAMILY.check("outputs", "outputs are deleted, emptied, cut off; or altered, with `--resume=hash`",
              "just those items are made again")
def outputs(lab: Lab) -> str:
    tally = Tally("changes", KINDS)
    changes: list[tuple[Callable[[Path], None], str]] = [
        (Path.unlink, "--resume"), (empty, "--resume"), (truncate, "--resume"),
        (alter, "--resume=hash")]
    for change, flag in changes:
        task = lab.task(lab.photos(30))
        complete(task)
        paths = sorted(task.want)[::11]
        for path in paths:
            change(task.output / path)
        items, problems = redone(task, flag)
        problems |= compared(items, {item_of(path) for path in paths})
        tally.add(f"{change.__name__}, {flag}", problems)
    return tally.figure()


class Turns:
    """Whole runs, and runs in parts, over an input that changes."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.new = sorted(lab.photos(60).rglob("*.jpg"))
        lab.random.shuffle(self.new)
        self.task = Task(lab, lab.folder("grows"), lab.folder("out"), lab.graph, {})

    def change(self) -> None:
        """Changes inputs: some take paths of others (.JPEG comes before .jpg) or give them back."""
        for taker in sorted(self.task.source.glob("*.JPEG")):
            if taker.with_suffix(".jpg").exists() and self.lab.random.random() < 0.3:
                taker.unlink()
        for _ in range(self.lab.random.randint(1, 5)):
            name = f"{self.lab.random.randrange(20)}.{self.lab.random.choice(('jpg', 'JPEG'))}"
            if not (self.task.source / name).exists():
                shutil.copyfile(self.new.pop(), self.task.source / name)

    def turn(self) -> Problems:
        parts = self.lab.random.randint(0, 4)
        before, had = identities(self.task.output), tree(self.task.output)
        stopped, job = False, ""
        for part in self.lab.random.sample(range(max(parts, 1)), max(parts, 1)):
            flags = ["--resume", "--summary", "json"]
            if parts:
                flags += ["--shard", f"{part}/{parts}"]
            if self.lab.random.random() < 0.3:
                running = self.task.start(*flags)
                self.lab.pause(0.1)
                running.send(self.lab.random.choice((signal.SIGKILL, signal.SIGTERM)))
                stopped = running.wait().status not in (0, 1) or stopped
            outcome = self.task.run(*flags)
            if outcome.status not in (0, 1):
                return {UNFINISHED: outcome.said()}
            if parts:
                job = json.loads(outcome.stdout)["shard"]["job"]
        said = self.merged(job) if parts else (outcome.records / "manifest").read_bytes()
        found = self.compared(said)
        if not stopped:
            after, has = identities(self.task.output), tree(self.task.output)
            again = [path for path in before if has[path] == had[path]
                     and after[path] != before[path]]
            found |= {AGAIN: again[0]} if again else {}
        return found

    def merged(self, job: str) -> bytes:
        manifest = self.lab.folder("merged") / "manifest"
        subprocess.run([self.lab.command, "merge", self.task.output, "--job", job, "--manifest",
                        manifest], capture_output=True)
        return manifest.read_bytes()

    def compared(self, manifest: bytes) -> Problems:
        fresh = Task(self.lab, self.task.source, self.lab.folder("fresh"), self.lab.graph, {})
        outcome = fresh.run("--executor", "serial")
        if tree(fresh.output) != tree(self.task.output):
            return {UNFINISHED: "another tree than that of a fresh run"}
        if (outcome.records / "manifest").read_bytes() != manifest:
            return {UNFINISHED: "another manifest than that of a fresh run"}
        if left := temporaries(self.task.output):
            return {TEMPORARY: left[0]}
        return {}


@FAMILY.check("turns", "whole runs and runs in 1 to 4 shards, in turn, some killed or stopped, over "
              "an input that grows, where images take the outputs of others and give them back",
              "after each the tree and the manifest of a fresh run; what was done is not done again")
def turns(lab: Lab) -> str:
    tally = Tally("turns", (UNFINISHED, TEMPORARY, AGAIN))
    for sequence in range(lab.times(12, 2)):
        several = Turns(lab)
        for number in range(6):
            several.change()
            tally.add(f"sequence {sequence}, turn {number}", several.turn())
    return tally.figure()


@FAMILY.check("inputs", "an input is replaced by another picture",
              "just that item is made again, and has the other's bytes")
def inputs(lab: Lab) -> str:
    task = lab.task(lab.photos(30))
    task.source = lab.own_photos(30)
    complete(task)
    first, second = sorted(path for path in task.source.rglob("*.jpg"))[:2]
    shutil.copyfile(second, first)
    task.want = lab.reference(lab.graph, task.source)
    items, problems = redone(task)
    changed = {str(first.relative_to(task.source).with_suffix(""))}
    tally = Tally("replaced inputs", KINDS)
    tally.add(first.name, problems | compared(items, changed))
    return tally.figure()


@FAMILY.check("graph", "a parameter of the graph is changed",
              "all items are made again, as an uninterrupted run makes them")
def graph(lab: Lab) -> str:
    task = lab.task(lab.photos(12))
    complete(task)
    changed = lab.scratch / "changed.yaml"
    changed.write_text(lab.graph.read_text().replace("width: 240", "width: 200"))
    task.graph, task.want = changed, lab.reference(changed, task.source)
    tally = Tally("changed graphs", KINDS)
    items, problems = redone(task)
    tally.add("width", problems | compared(items, {item_of(path) for path in task.want}))
    return tally.figure()


@FAMILY.check("retry", "7 of 30 inputs are broken, then mended; `--retry-failed`",
              "just those are made")
def retry(lab: Lab) -> str:
    task = lab.task(lab.photos(30))
    task.source = lab.own_photos(30)
    broken = sorted(path for path in task.source.rglob("*.jpg"))[::4][:7]
    whole = {path: path.read_bytes() for path in broken}
    for path in broken:
        truncate(path)
    first = task.run()
    for path, content in whole.items():
        path.write_bytes(content)
    before = identities(task.output)
    outcome = task.run("--retry-failed")
    after = identities(task.output)
    kept = all(after.get(path) == identity for path, identity in before.items())
    return demand(first.status == 1 and outcome.status == 0 and kept
                  and tree(task.output) == task.want,
                  f"{outcome.said()}; files done before are {'' if kept else 'not '}kept")


def emptied(journal: bytes) -> bytes:
    return b""


def damages(lab: Lab, size: int) -> list[tuple[str, Callable[[bytes], bytes]]]:
    """Kinds of damage to a journal of `size` bytes."""
    def cut(at: int) -> Callable[[bytes], bytes]:
        return lambda journal: journal[:at]

    def flip(at: int) -> Callable[[bytes], bytes]:
        return lambda journal: journal[:at] + bytes([journal[at] ^ 0x01]) + journal[at + 1:]

    places = sorted(lab.random.sample(range(size), min(size, lab.times(40, 5))))
    return [("emptied", emptied),
            ("of a future version", lambda journal: journal.replace(b" 1", b" 9", 1)),
            ("with garbage behind", lambda journal: journal + b"\xff" * 100 + b"\n"),
            ("twice", lambda journal: journal + journal),
            *((f"cut at {at}", cut(at)) for at in places),
            *((f"bit flipped at {at}", flip(at)) for at in places)]


@FAMILY.check("journal", "the journal is emptied, cut off, has a bit flipped, another version, "
              "garbage; and outputs are missing or cut off",
              "`--resume` leaves the tree of an uninterrupted run: nothing is skipped wrongly")
def journal(lab: Lab) -> str:
    task = lab.task(lab.photos(12))
    complete(task)
    kept = lab.folder("kept") / "all"
    shutil.copytree(task.output, kept)
    files = [path for path in sorted((kept / OWN_PREFIX).rglob("*"))
             if path.is_file() and path.stat().st_size > 16]
    if not files:
        raise Broken("there is no journal")
    tally = Tally("damaged journals", (UNFINISHED,))
    lost = sorted(task.want)
    for file in files:
        for name, damage in damages(lab, file.stat().st_size):
            shutil.rmtree(task.output)
            shutil.copytree(kept, task.output)
            at = task.output / file.relative_to(kept)
            at.write_bytes(damage(at.read_bytes()))
            (task.output / lost[0]).unlink()
            truncate(task.output / lost[-1])
            tally.add(f"{file.name} {name}", task.resume())
    return tally.figure()
