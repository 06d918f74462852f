"""Too little memory."""

from pathlib import Path

from .checks import HUNG, PARTIAL, UNFINISHED, Family, NotPossible, Tally, demand
from .job import parsed
from .lab import Lab, Task
from .machine import memory_group, need
from .trees import tree

FAMILY = Family("memory")
MIB = 1 << 20
BUDGET = 64 * MIB
SLACK = 64 * MIB
"""What a run may hold beyond its budget, or beyond the largest single item."""


def mixed_photos(lab: Lab) -> Task:
    """Small photos first, then photos that need much memory."""
    source = lab.folder("mixed")
    lab.make_photos(source / "a", 12, "320x240")
    lab.make_photos(source / "z", lab.times(8, 4), "4000x3000")
    task = lab.task(source, graph=full_size_graph(lab))
    task.flags = ["--memory", str(BUDGET)]
    return task


def full_size_graph(lab: Lab) -> Path:
    """Graph that decodes all pixels."""
    graph = lab.scratch / "full.yaml"
    graph.write_text(lab.graph.read_text().replace("width: 240", "width: 2000"))
    return graph


@FAMILY.check("limit", "memory cgroup of the budget, or the largest item if that is more, and "
              "64 MiB", "done without an OOM kill, with the same bytes")
def limit(lab: Lab) -> str:
    task = mixed_photos(lab)
    largest = largest_item(task)
    bound = max(BUDGET, largest) + SLACK
    task.clear()
    with memory_group(bound) as group:
        outcome = task.run(before=group.entering())
        kills = group.oom_kills()
    whole = tree(task.output) == task.want
    return demand(outcome.status == 0 and whole and kills == 0,
                  f"{kills} OOM kills under {bound // MIB} MiB, status {outcome.status}, "
                  f"tree {'the same' if whole else 'not the same'}")


def largest_item(task: Task) -> int:
    outcome = task.run("--executor", "serial")
    stats = parsed((outcome.records / "stats.json").read_bytes())
    return int(stats["memory"]["largest_item_bytes"])


@FAMILY.check("oom", "OOM kills under memory cgroups that are too small",
              "no partial file; `--resume` without the limit completes")
def oom(lab: Lab) -> str:
    task = mixed_photos(lab)
    tally = Tally("OOM kills", (PARTIAL, UNFINISHED))
    for mib in (12, 16, 20, 24, 28, 32, 40, 48)[:: lab.times(1, 3)]:
        task.clear()
        with memory_group(mib * MIB) as group:
            outcome = task.run(before=group.entering())
        if outcome.killed:
            tally.add(f"{mib} MiB", task.problems(outcome) | task.resume())
    if tally.count == 0:
        raise NotPossible("no limit led to an OOM kill")
    return tally.figure()


@FAMILY.check("address-space", "`prlimit --as` from 40 to 400 MiB: allocations fail",
              "no partial file, no status 0 with a missing output; a clean abort at worst")
def address_space(lab: Lab) -> str:
    need("prlimit")
    task = mixed_photos(lab)
    tally = Tally("limits", (PARTIAL, "ended with status 0, incomplete", HUNG))
    statuses = set()
    for mib in range(40, 400, lab.times(20, 100)):
        task.clear()
        outcome = task.run(before=["prlimit", f"--as={mib * MIB}"])
        statuses.add(outcome.status)
        problems = task.problems(outcome)
        kept = {kind: problems[kind] for kind in (PARTIAL, HUNG) if kind in problems}
        if outcome.status == 0 and tree(task.output) != task.want:
            kept["ended with status 0, incomplete"] = outcome.said()
        tally.add(f"{mib} MiB", kept)
    return tally.figure(f"; statuses {sorted(map(str, statuses))}")
