"""Several instances of the command at once."""

import re
import signal

from .checks import STANDARD, STATUS, UNFINISHED, Family, Tally
from .lab import Lab, Task
from .trees import identities, tree

FAMILY = Family("instances")
CHANGED = "changed the output folder"
UNNAMED = "did not name the holder"
LOST = "left another tree"


def beside_a_stopped_one(lab: Lab, second: Task) -> str:
    first = lab.task(second.source, second.output.resolve())
    tally = Tally("second instances", (*STANDARD, CHANGED, UNNAMED, LOST))
    for number, job in enumerate(first.midway(lab.times(20, 5) * 3)):
        job.stop()
        before = identities(first.output)
        if job.process.poll() is None and before and len(before) < len(first.want):
            outcome = second.run()
            problems = {}
            if outcome.status != 2:
                problems[STATUS] = f"2 expected ({outcome.said()})"
            if identities(first.output) != before:
                problems[CHANGED] = outcome.said()
            if not re.search(rf"\b{job.process.pid}\b", outcome.stderr.decode(errors="replace")):
                problems[UNNAMED] = outcome.said()
            job.send(signal.SIGCONT)
            problems |= first.problems(job.wait(), (0,))
            if tree(first.output) != first.want:
                problems[LOST] = "of the first"
            tally.add(f"pair {number + 1}", problems)
        job.send(signal.SIGCONT)
        job.wait()
    return tally.figure()


MUST = ("status 2, the holder's process number is named, nothing is written; the first ends as if "
        "it were alone")


@FAMILY.check("second", "a second instance on the output folder of one that is stopped midway",
              MUST)
def second(lab: Lab) -> str:
    return beside_a_stopped_one(lab, lab.task(lab.photos(60)))


@FAMILY.check("linked", "the same by another name of the folder, a link", MUST)
def linked(lab: Lab) -> str:
    link = lab.scratch / "link"
    link.symlink_to(lab.folder("out"))
    return beside_a_stopped_one(lab, lab.task(lab.photos(60), link))


@FAMILY.check("crowd", "four instances on one output folder, started at once",
              "one or more end with 0, all others with 2; nothing partial or temporary, and the "
              "tree of one run")
def crowd(lab: Lab) -> str:
    task = lab.task(lab.photos(60))
    tally = Tally("crowds", (*STANDARD, LOST))
    for number in range(lab.times(30, 5)):
        task.clear()
        outcomes = [job.wait() for job in [task.start() for _ in range(4)]]
        problems = {}
        if {outcome.status for outcome in outcomes} - {0, 2} or all(o.status for o in outcomes):
            problems[STATUS] = f"statuses {[outcome.status for outcome in outcomes]}"
        for outcome in outcomes:
            if outcome.status == 0:
                problems |= task.problems(outcome)
        if tree(task.output) != task.want:
            problems[LOST] = f"statuses {[outcome.status for outcome in outcomes]}"
        tally.add(f"crowd {number + 1}", problems)
    return tally.figure()


@FAMILY.check("killed-holder", "an instance is killed, and another started at once",
              "it is not held up: `--resume` completes")
def killed_holder(lab: Lab) -> str:
    task = lab.task(lab.photos(60))
    tally = Tally("kills", (*STANDARD, UNFINISHED))
    for number, job in enumerate(task.midway(lab.times(20, 5))):
        job.process.kill()
        job.wait()
        problems = task.resume()
        tally.add(f"kill {number + 1}", problems)
    return tally.figure()


@FAMILY.check("other-folders", "four instances on one input folder, each with an output folder of "
              "its own", "status 0 and the tree of one run, four times")
def other_folders(lab: Lab) -> str:
    tasks = [lab.task(lab.photos(60)) for _ in range(4)]
    jobs = [task.start() for task in tasks]
    tally = Tally("instances", (*STANDARD, LOST))
    for task, job in zip(tasks, jobs):
        problems = task.problems(job.wait(), (0,))
        if tree(task.output) != task.want:
            problems[LOST] = ""
        tally.add(str(task.output), problems)
    return tally.figure()
