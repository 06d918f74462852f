"""What the tests of the report share: running it, and looking at what it made."""

import json
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import ClassVar

import samples
from browser import Browser

ROOT = Path(__file__).resolve().parents[2]

# Elements that stick out of the window, and do not scroll in a box of their own.
BEYOND_THE_PAGE = """[...document.body.querySelectorAll('*')].filter(
  e => !e.parentElement.closest('.scroll, pre')
    && e.getBoundingClientRect().right > innerWidth + 0.5).map(e => e.tagName)"""


def in_seconds(text: str) -> float:
    value, unit = text.split(" ")
    return float(value.replace(",", "")) * {"s": 1, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9}[unit]


class ReportTest(unittest.TestCase):
    browser: ClassVar[Browser]

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write(self, name: str, result: samples.Json) -> Path:
        file = self.folder / name
        file.write_text(json.dumps(result))
        return file

    def report(self, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "python"), **environment}
        return subprocess.run(
            ["/usr/bin/python3", "-m", "imagemill_report", *map(str, arguments)],
            text=True,
            capture_output=True,
            env=environment,
        )

    def render(self, *results: samples.Json | Path, **environment: str) -> tuple[Path, Path]:
        """Renders both documents in one process."""
        files = [
            result if isinstance(result, Path) else self.write(f"result{i}.json", result)
            for i, result in enumerate(results)
        ]
        page, pdf = self.folder / "report.html", self.folder / "report.pdf"
        done = self.report(*files, "-o", page, "-o", pdf, **environment)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        return page, pdf

    def assert_seconds(self, cell: str, seconds: float) -> None:
        self.assertAlmostEqual(in_seconds(cell) / seconds, 1, delta=0.005)

    def assert_shows_well(self, file: Path) -> None:
        """Checks a document on a phone and on a desk, in light and dark."""
        seen = set()
        for width in (380, 1200):
            for scheme, ground in (("light", "rgb(255, 255, 255)"), ("dark", "rgb(20, 24, 29)")):
                with self.subTest(width=width, scheme=scheme):
                    self.browser.open(file, width, scheme)
                    self.assertLessEqual(
                        self.browser.evaluate("document.scrollingElement.scrollWidth"), width
                    )
                    self.assertEqual(self.browser.evaluate(BEYOND_THE_PAGE), [])
                    loaded = self.browser.evaluate(
                        "[...document.images].map(i => i.complete && i.naturalWidth > 0)"
                    )
                    self.assertTrue(loaded and all(loaded), loaded)
                    self.assertEqual(
                        self.browser.evaluate("getComputedStyle(document.body).backgroundColor"),
                        ground,
                    )
                    self.assertEqual(self.browser.complaints(), [])
                    outside = [
                        url
                        for url in self.browser.requests()
                        if not url.startswith(("data:", file.as_uri()))
                    ]
                    self.assertEqual(outside, [])
                    seen.add(self.browser.evaluate("document.images[0].currentSrc"))
        self.assertEqual(len(seen), 4, "a picture for each")

    def assert_is_pdf(self, file: Path, least: int, most: int) -> str:
        """Checks the page count of a PDF; returns its text."""
        info = subprocess.run(["pdfinfo", file], text=True, capture_output=True, check=True).stdout
        found = re.search(r"^Pages: +(\d+)$", info, re.M)
        self.assertTrue(found and least <= int(found[1]) <= most, info)
        self.assertRegex(info, r"Page size: .*A4")
        text = subprocess.run(
            ["pdftotext", "-layout", file, "-"], text=True, capture_output=True, check=True
        ).stdout
        for page in text.split("\f")[:-1]:
            self.assertGreater(len(page.split()), 40, "a page that is nearly empty")
        return text
