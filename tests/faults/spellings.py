"""Output folders that take several spellings of a name for one."""

import shutil
import subprocess
from pathlib import Path

from .checks import STATUS, Family, Problems, Tally, demand
from .job import Outcome
from .lab import GRAPH, Lab, Task
from .machine import exfat_disk, need
from .trees import identities, tree

FAMILY = Family("spellings")
MANIFEST = "has a manifest that is not true"
CONFLICT = "did not name both of what clashes"
AGAIN = "wrote again what was done"
ONE = (("Image.jpg", "image.jpg"), ("Sub/x.jpg", "sub/x.jpg"), ("É.jpg", "é.jpg"))


def twins(lab: Lab) -> Path:
    """Six inputs whose outputs are three where case is ignored, and four others."""
    photos = sorted(lab.photos(10).rglob("*.*"))
    names = [name for pair in ONE for name in pair] + [f"{n}.jpg" for n in range(4)]
    source = lab.folder("twins")
    for photo, name in zip(photos, names):
        (source / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(photo, source / name)
    return source


def looked_at(task: Task, outcome: Outcome) -> Problems:
    problems: Problems = {}
    if outcome.status != 1:
        problems[STATUS] = f"1 expected ({outcome.said()})"
    manifest = outcome.records / "manifest"
    listed = manifest.read_text().splitlines()[1:]
    checked = subprocess.run(["sha256sum", "--check", "--quiet", manifest], cwd=task.output,
                             capture_output=True, text=True)
    if checked.returncode != 0 or len(listed) != len(tree(task.output)):
        problems[MANIFEST] = f"{len(listed)} lines, {len(tree(task.output))} files {checked.stdout}"
    failed = {failure["item"]: failure["message"] for failure in outcome.failures()}
    for kept, late in ONE:
        if f"'{kept}'" not in failed.get(late, "") or kept in failed:
            problems[CONFLICT] = f"{late}: {failed.get(late)} ({outcome.said()})"
    return problems


@FAMILY.check("case", "exFAT as the output folder, inputs that differ in case only",
              "the later of two fails and names the other, the manifest is true, `--resume` "
              "writes nothing, shards do the same")
def case(lab: Lab) -> str:
    need("sha256sum")
    source = twins(lab)
    tally = Tally("runs", (STATUS, MANIFEST, CONFLICT, AGAIN))
    with exfat_disk(lab.scratch / "case") as disk:
        task = Task(lab, source, disk / "out", lab.graph, {})
        tally.add("first", looked_at(task, task.run()))
        before = identities(task.output)
        for name in ("second", "third"):
            problems = looked_at(task, task.run("--resume"))
            if identities(task.output) != before:
                problems[AGAIN] = name
            tally.add(name, problems)
        parts = Task(lab, source, disk / "parts", lab.graph, {})
        failed = {failure["item"] for part in range(3)
                  for failure in parts.run("--shard", f"{part}/3").failures()}
        wrong = failed != {late for _, late in ONE} or tree(parts.output) != tree(task.output)
        tally.add("shards", {STATUS: f"{failed} failed"} if wrong else {})
    return tally.figure()


@FAMILY.check("former", "exFAT: the outputs' folder gets another spelling, then `--resume`",
              "all are there under it, none is removed as a former one")
def former(lab: Lab) -> str:
    source = lab.photos(6)
    with exfat_disk(lab.scratch / "former") as disk:
        for name in ("Results", "results"):
            graph = lab.folder("graph") / "graph.yaml"
            graph.write_text(GRAPH.replace('path: "', f'path: "{name}/'))
            task = Task(lab, source, disk / "out", graph, {})
            outcome = task.run("--resume")
            want = lab.reference(graph, source)
            have = {path.casefold(): digest for path, digest in tree(task.output).items()}
            if outcome.status != 0 or have != {p.casefold(): d for p, d in want.items()}:
                return demand(False, f"{len(have)} of {len(want)} files ({outcome.said()})")
    return f"{len(have)} files, all there"


@FAMILY.check("folders", "exFAT: the output folder is the input folder, or lies in it, otherwise "
              "spelled", "status 2, and no input is changed; what lies in it is not read")
def folders(lab: Lab) -> str:
    with exfat_disk(lab.scratch / "folders") as disk:
        shutil.copytree(lab.photos(6), disk / "photos")
        before = tree(disk / "photos")
        for output in ("PHOTOS", "Photos/Out"):
            outcome = Task(lab, disk / "photos", disk / output, lab.graph, {}).run()
            if outcome.status != 2 or tree(disk / "photos") != before:
                return demand(False, f"{output}: {outcome.said()}")
        inside = Task(lab, disk / "photos", disk / "Photos/OUT", lab.graph, {})
        (disk / "photos/out").mkdir()
        for _ in range(2):
            outcome = inside.run("--nested", "allow")
            items = outcome.items() or {"admitted": 0}
            if outcome.status != 0 or items["admitted"] != len(before):
                return demand(False, f"{items} ({outcome.said()})")
    return "4 runs"


@FAMILY.check("graphs", "exFAT: two graphs whose names differ in case only, over one output folder",
              "neither takes the other's outputs for its own")
def graphs(lab: Lab) -> str:
    source = lab.photos(6)
    with exfat_disk(lab.scratch / "graphs") as disk:
        tasks = []
        for name in ("web", "Web"):
            graph = lab.folder("graph") / "graph.yaml"
            text = GRAPH.replace("name: faults", f"name: {name}")
            graph.write_text(text.replace('path: "', f'path: "of-{len(tasks)}/'))
            tasks.append(Task(lab, source, disk / "out", graph, {}))
        counts = []
        for task in [*tasks, *tasks]:
            task.run("--resume")
            counts.append(len(tree(task.output)))
    return demand(counts == [12, 24, 24, 24], f"files after each run: {counts}")
