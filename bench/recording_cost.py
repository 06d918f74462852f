#!/usr/bin/env python3
"""recording_cost.py FOLDER [--graph FILE] [--pairs 30] [--workers N]: what recording every execution costs a run.

Runs a graph over FOLDER with recording off (run) and on (profile --no-calibrate), in turn, which of the two comes first
changing from pair to pair. Prints how much longer the run takes with recording: the mean of the pairs' ratios, with its
95 % interval (Student's t), for the wall time of the run, as both commands report it, and for CPU time of the whole process.
"""
import argparse
import json
import math
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
T_975 = {9: 2.262, 19: 2.093, 29: 2.045, 39: 2.023, 59: 2.001, 99: 1.984}


def run(command, report):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    with open(report, encoding="utf-8") as file:
        return json.load(file)["wall_s"], cpu


def interval(ratios):
    logs = [math.log(r) for r in ratios]
    mean = statistics.mean(logs)
    n = len(logs)
    t = T_975.get(n - 1, 2.1 if n < 30 else 2.0)
    half = t * statistics.stdev(logs) / math.sqrt(n)
    return [100 * (math.exp(x) - 1) for x in (mean, mean - half, mean + half)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--graph", default=ROOT / "configs/thumbnails.yaml")
    parser.add_argument("--pairs", type=int, default=30)
    parser.add_argument("--workers", default="auto")
    parser.add_argument("--imagemill", default=ROOT / "build/release/cli/imagemill")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="imagemill-recording-") as folder:
        def once(recorded):
            report = os.path.join(folder, "report.json")
            output = os.path.join(folder, "out")
            shutil.rmtree(output, ignore_errors=True)
            how = ["profile", "--no-calibrate", "--json"] if recorded else ["run", "--stats"]
            return run([arguments.imagemill, how[0], arguments.graph, "--input", arguments.folder, "--output", output,
                        "--workers", arguments.workers, "--progress", "none", *how[1:], report], report)

        once(False)  # the caches are warm after it
        walls, cpus = [], []
        for pair in range(arguments.pairs):
            order = [False, True] if pair % 2 == 0 else [True, False]
            times = {recorded: once(recorded) for recorded in order}
            walls.append(times[True][0] / times[False][0])
            cpus.append(times[True][1] / times[False][1])
    for what, ratios in (("wall time of the run", walls), ("CPU time of the process, the report included", cpus)):
        mean, low, high = interval(ratios)
        print(f"{what}: {mean:+.2f} % with recording (95 %: {low:+.2f} to {high:+.2f} %; {len(ratios)} pairs)")


if __name__ == "__main__":
    sys.exit(main())
