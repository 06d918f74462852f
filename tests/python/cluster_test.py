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
from pathlib import Path

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
    """Those that have this among the words of their command line."""
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


class ClusterTest(unittest.TestCase):
    photos: Path

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
        (cls.photos / "broken.jpg").write_bytes(b"broken")
        first = min(cls.photos.rglob("*.jpg"))
        (first.parent / (first.stem + ".JPEG")).write_bytes(first.read_bytes())

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="cluster-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.graph = self.folder / "graph.yaml"
        self.graph.write_text(GRAPH)
        self.output = self.folder / "out"

    def words(self, *more: str) -> list[str]:
        return [
            *(str(IMAGEMILL), "cluster", "run", str(self.graph)),
            *("--input", str(self.photos), "--output", str(self.output)),
            *("--local", "2", "--workers", "1", "--shards", "6"),
            *("--manifest", str(self.folder / "manifest")),
            *("--failures", str(self.folder / "failures")),
            *("--stats", str(self.folder / "stats"), "--json", str(self.folder / "json")),
            *more,
        ]

    def run_all(self, *more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.words(*more), text=True, capture_output=True, timeout=PATIENCE_S
        )

    def start(self) -> subprocess.Popen[str]:
        running = subprocess.Popen(
            self.words(), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.addCleanup(running.kill)
        return running

    def await_shard(self) -> int:
        """A process that is at work."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            busy = set(processes("--shard")) & set(processes(str(self.output)))
            for process in busy:
                # One that stops was not about to end.
                if self.stops(process):
                    return process
            time.sleep(0.01)
        self.fail("no shard began")

    def stops(self, process: int) -> bool:
        try:
            os.kill(process, signal.SIGSTOP)
            time.sleep(0.02)
            stopped = ") T " in Path(f"/proc/{process}/stat").read_text()
            os.kill(process, signal.SIGCONT)
            return stopped
        except OSError:
            return False

    def record(self) -> dict:
        return json.loads((self.folder / "json").read_text())

    def check_whole(self) -> None:
        """Everything is as of one serial run, and nothing is left over."""
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

        again = self.run_all()
        self.assertEqual(again.returncode, 1, again.stderr)
        self.assertEqual(self.record()["done_before"], 6)
        self.check_whole()

    def test_loses_a_worker(self) -> None:
        running = self.start()
        os.kill(parent(self.await_shard()), signal.SIGKILL)
        _, told = running.communicate(timeout=PATIENCE_S)
        self.assertEqual(running.returncode, 1, told)
        self.check_whole()

    def test_loses_a_shard(self) -> None:
        running = self.start()
        os.kill(self.await_shard(), signal.SIGKILL)
        _, told = running.communicate(timeout=PATIENCE_S)
        self.assertEqual(running.returncode, 1, told)
        self.assertEqual(len(self.record()["retries"]), 1)
        self.check_whole()

    def test_goes_on_after_ctrl_c(self) -> None:
        running = self.start()
        self.await_shard()
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
        self.await_shard()
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

    def test_has_no_work(self) -> None:
        empty = self.folder / "empty"
        empty.mkdir()
        self.photos, photos = empty, self.photos
        self.addCleanup(setattr, self, "photos", photos)
        done = self.run_all()
        self.assertEqual((done.returncode, self.record()["items"]["admitted"]), (0, 0))


if __name__ == "__main__":
    IMAGEMILL = Path(sys.argv.pop()).resolve()
    unittest.main()
