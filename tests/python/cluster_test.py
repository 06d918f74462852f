"""The cluster runner: worker processes on this machine do what one run does, whatever ends them.

Run as: /usr/bin/python3 tests/python/cluster_test.py IMAGEMILL
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))

from imagemill_cluster.text import cut_to, table  # noqa: E402

IMAGEMILL: Path

PATIENCE_S = 60
GRAPH = """imagemill: 1
name: cluster-test
nodes:
  read:   {type: read}
  decode: {type: decode, in: read, shrink_on_load: false}
  resize: {type: resize, in: decode, width: 64}
  encode: {type: encode, in: resize}
  write:  {type: write, in: encode}
"""


def processes(word: str) -> list[int]:
    """Processes with `word` among the words of their command line."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if word.encode() in (folder / "cmdline").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            pass
    return found


def parent(process: int) -> int:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("PPid:"):
            return int(line.split()[1])
    raise ProcessLookupError(process)


class TextTest(unittest.TestCase):
    def test_counts_columns_and_not_code_points(self) -> None:
        rows = [("host", "images"), ("写真", "1"), ("e\u0301cran", "22"), ("plain-name", "333")]
        lines = table(rows).splitlines()
        self.assertEqual(lines[1], "─" * 18)
        self.assertEqual(lines[2], "写真" + " " * 13 + "1")
        self.assertEqual(lines[3], "e\u0301cran" + " " * 11 + "22")
        self.assertEqual(cut_to("写真 e\u0301", 3), "写")
        self.assertEqual(cut_to("写真 e\u0301", 6), "写真 e\u0301")


class ClusterTest(unittest.TestCase):
    photos: Path
    first: Path  # of them
    last: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls._folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls._folder.cleanup)
        cls.photos = Path(cls._folder.name) / "photos"
        subprocess.run(
            [IMAGEMILL, "synth", cls.photos, "--count", "60", "--size", "2400x1800"],
            check=True,
            capture_output=True,
        )
        cls.first, *_, cls.last = sorted(cls.photos.rglob("*.jpg"))
        cls.first.with_suffix(".JPEG").write_bytes(cls.first.read_bytes())
        (cls.photos / "broken.jpg").write_bytes(b"broken")

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="cluster-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.graph = self.folder / "graph.yaml"
        self.graph.write_text(GRAPH)
        self.output = self.folder / "out"

    def words(
        self, *more: str, shards: str = "6", where: tuple[str, ...] = ("--local", "2")
    ) -> list[str]:
        return [
            *(str(IMAGEMILL), "cluster", "run", str(self.graph)),
            *("--input", str(self.photos), "--output", str(self.output)),
            *(*where, "--workers", "1", *(("--shards", shards) if shards else ())),
            *("--manifest", str(self.folder / "manifest")),
            *("--failures", str(self.folder / "failures")),
            *("--stats", str(self.folder / "stats"), "--json", str(self.folder / "json")),
            *more,
        ]

    def run_all(self, *more: str, **given) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.words(*more, **given),
            text=True,
            capture_output=True,
            timeout=PATIENCE_S,
            cwd=self.folder,
        )

    def start(self) -> subprocess.Popen[str]:
        running = subprocess.Popen(
            self.words(), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.addCleanup(running.kill)
        return running

    @contextmanager
    def shard(self) -> Iterator[int]:
        """A shard's process, stopped at work while the block runs."""
        process = self.stopped_shard()
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)

    def stopped_shard(self) -> int:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            busy = set(processes("--shard")) & set(processes(str(self.output)))
            for process in busy:
                if self.stops(process):
                    return process
            time.sleep(0.01)
        self.fail("no shard began")

    def stops(self, process: int) -> bool:
        """Stops a process; whether it stopped before it ended."""
        try:
            os.kill(process, signal.SIGSTOP)
            while (state := Path(f"/proc/{process}/stat").read_text().rpartition(")")[2][1]) != "T":
                if state in "ZX":
                    return False
                time.sleep(0.001)
            return True
        except OSError:
            return False

    def record(self) -> dict:
        return json.loads((self.folder / "json").read_text())

    def check_whole(self) -> None:
        """Checks that all files are those of one serial run, with none left over."""
        whole = self.folder / "whole"
        subprocess.run(
            [
                *(IMAGEMILL, "run", self.graph, "--input", self.photos, "--output", whole),
                *("--executor", "serial", "--manifest", self.folder / "whole-manifest"),
                *("--failures", self.folder / "whole-failures"),
            ],
            capture_output=True,
        )
        for name in ("manifest", "failures"):
            lines = [
                sorted((self.folder / file).read_text().splitlines())
                for file in (name, f"whole-{name}")
            ]
            self.assertEqual(*lines)
        trees = [
            {
                path.relative_to(root): path.read_bytes()
                for path in root.rglob("*")
                if path.is_file() and ".imagemill" not in path.parts
            }
            for root in (self.output, whole)
        ]
        self.assertEqual(*trees)
        left = [
            path
            for path in self.output.rglob("*")
            if path.suffix == ".tmp" or path.parent.name == "work"
        ]
        self.assertEqual(left, [])
        self.assertEqual(processes(str(self.output)), [])

    def test_is_as_one_run(self) -> None:
        done = self.run_all()
        self.assertEqual(done.returncode, 1, done.stderr)  # two images failed
        self.assertEqual(done.stderr.count("failed: "), 2, done.stderr)
        self.check_whole()
        record = self.record()
        self.assertEqual(record["schema"], "imagemill-cluster 1")
        self.assertEqual(record["items"]["admitted"], 62)
        self.assertEqual(record["items"]["failed"], 2)
        self.assertEqual(sum(node["images"] for node in record["nodes"]), 62)
        self.assertEqual(len(record["nodes"]), 2)
        self.assertEqual(record["retries"], [])
        stats = json.loads((self.folder / "stats").read_text())
        self.assertEqual(stats["items"], record["items"])

        again = self.run_all(shards="")
        self.assertEqual(again.returncode, 1, again.stderr)
        self.assertEqual(self.record()["done_before"], 6)
        self.check_whole()

    def test_loses_a_worker(self) -> None:
        running = self.start()
        with self.shard() as shard:
            os.kill(parent(shard), signal.SIGKILL)
        _, told = running.communicate(timeout=PATIENCE_S)
        self.assertEqual(running.returncode, 1, told)
        self.check_whole()

    def test_loses_a_shard(self) -> None:
        running = self.start()
        with self.shard() as shard:
            os.kill(shard, signal.SIGKILL)
        _, told = running.communicate(timeout=PATIENCE_S)
        self.assertEqual(running.returncode, 1, told)
        self.assertEqual(len(self.record()["retries"]), 1)
        self.check_whole()

    def test_goes_on_after_ctrl_c(self) -> None:
        running = self.start()
        with self.shard():
            running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=PATIENCE_S)
        self.assertEqual(running.returncode, 130, told)
        self.assertIn("goes on from there", told)
        self.assertEqual(processes(str(self.output)), [])
        done = self.run_all()
        self.assertEqual(done.returncode, 1, done.stderr)
        self.check_whole()

    def test_dies_with_its_launcher(self) -> None:
        running = self.start()
        with self.shard():
            running.kill()
            running.communicate()
        deadline = time.monotonic() + PATIENCE_S
        while processes(str(self.output)) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(processes(str(self.output)), [])

    def test_tells_once_what_is_wrong(self) -> None:
        wrong = self.run_all("--set", "resize.width=wide")
        self.assertEqual(wrong.returncode, 2)
        self.assertEqual(wrong.stderr.count("is not a length"), 1, wrong.stderr)
        self.graph.unlink()
        missing = self.run_all()
        self.assertEqual(missing.returncode, 2)
        self.assertIn("graph.yaml", missing.stderr)

    def test_finds_files_of_a_graph_where_it_is_started(self) -> None:
        (self.folder / "logo.jpg").write_bytes(self.first.read_bytes())
        self.graph.write_text(
            GRAPH.replace("in: decode, width", "in: badge, width")
            + "  logo:   {type: image, file: logo.jpg}\n"
            + "  badge:  {type: compose, in: {base: decode, overlay: logo}, width: 10%}\n"
        )
        done = self.run_all(where=("--scheduler", self.scheduler_with_a_worker()))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(self.record()["items"]["failed"], 2)

    def scheduler_with_a_worker(self) -> str:
        """Address of a scheduler with a worker in another folder."""
        file = self.folder / "scheduler.json"
        common = ["--scheduler-file", str(file), "--no-dashboard", "--host", "127.0.0.1"]
        for words in (["dask_scheduler", "--port", "0"], ["dask_worker", "--nthreads", "1"]):
            process = subprocess.Popen(
                ["/usr/bin/python3", "-m", f"distributed.cli.{words[0]}", *words[1:], *common],
                cwd="/",
                stderr=subprocess.DEVNULL,
            )
            self.addCleanup(process.wait)
            self.addCleanup(process.terminate)
        deadline = time.monotonic() + PATIENCE_S
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        return json.loads(file.read_text())["address"]

    def test_tells_early_what_it_cannot_write(self) -> None:
        missing = self.run_all("--stats", str(self.folder / "missing/stats"))
        self.assertEqual(missing.returncode, 2)
        self.assertIn("missing/stats can't be written", missing.stderr)
        self.assertFalse(self.output.exists())

    def test_does_what_is_new(self) -> None:
        self.photos = self.folder / "few"
        self.photos.mkdir()
        for name in "abcdefgh":
            (self.photos / f"{name}.jpg").write_bytes(self.first.read_bytes())
        self.assertEqual(self.run_all(shards="9").returncode, 0)
        (self.photos / "new.jpg").write_bytes(self.first.read_bytes())
        done = self.run_all(shards="")
        self.assertEqual(done.returncode, 0, done.stderr)
        record = self.record()
        self.assertEqual((record["shards"], record["done_before"]), (9, 0))
        self.assertEqual(record["items"]["skipped"], 8)
        self.assertEqual(sum(node["images"] for node in record["nodes"]), 1)
        self.check_whole()

        (self.photos / "new.jpg").write_bytes(self.last.read_bytes())
        self.assertEqual(self.run_all(shards="").returncode, 0)
        self.assertEqual(self.record()["done_before"], 9)
        self.assertEqual(self.run_all("--resume", "hash", shards="").returncode, 0)
        self.assertEqual(self.record()["items"]["ok"], 1)
        self.check_whole()

    def test_has_no_work(self) -> None:
        self.photos = self.folder / "empty"
        self.photos.mkdir()
        done = self.run_all()
        self.assertEqual((done.returncode, self.record()["items"]["admitted"]), (0, 0))


if __name__ == "__main__":
    IMAGEMILL = Path(sys.argv.pop()).resolve()
    unittest.main()
