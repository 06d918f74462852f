"""The report renderer: what its documents say, that they stand alone, how they show in a browser.

Run as: /usr/bin/python3 tests/python/report_test.py IMAGEMILL
The binary makes photos, a study, a profile and a prediction of them, and a report of these.
"""

import json
import re
import subprocess
import sys
import tempfile
import unittest
import unittest.mock
from pathlib import Path

import samples
from browser import Browser
from page import Page
from report_case import ROOT, ReportTest

sys.path.insert(0, str(ROOT / "python"))
from imagemill_report import document  # noqa: E402
from imagemill_report.read import read  # noqa: E402

IMAGEMILL: Path

HOSTILE = "\u5199<script>alert(1)</script> \"'&$x^2$ --> \x00\ud800\N{SNOWMAN}\n_" + "long" * 10
SECTIONS = [
    "Summary",
    "Modes compared",
    "Scaling",
    "Where the core-seconds went",
    "Stages",
    "Size classes",
    "Equivalence",
    "The bottleneck, and what it means",
    "Prediction",
    "Terms",
    "Machine and versions",
    "How to reproduce it",
]
CHARTS = [
    "Images a second, by number of workers",
    "Worker-seconds, by stage and by cause",
    "Why ready work waited",
    "What was at work at once",
]


def setUpModule() -> None:
    ReportTest.browser = Browser()
    unittest.addModuleCleanup(ReportTest.browser.close)


class Content(ReportTest):
    def page(self, *results: samples.Json) -> Page:
        """Renders in this process, without the pictures for screens: the text is the same."""
        sources = [read(self.write(f"result{i}.json", result)) for i, result in enumerate(results)]
        with unittest.mock.patch.object(document, "_ON_SCREEN", {}):
            return Page(document.html(sources))

    def test_a_study_and_its_prediction_have_every_section_and_chart(self) -> None:
        page = self.page(samples.scale(), samples.prediction())
        self.assertEqual(page.headings, ["Scaling study of ‘photos’", *SECTIONS])
        self.assertEqual([chart["alt"].partition(".")[0] for chart in page.all("img")], CHARTS)
        for chart in page.all("img"):
            with self.subTest(chart["alt"]):
                title, _, told = chart["alt"].partition(". ")
                self.assertIn(title, page.text)
                self.assertGreater(len(re.findall(r"\d[\d.,]*", told)), 4, "it tells numbers")
        for tile in ("7.02 ×", "239", "yes"):
            self.assertIn(tile, page.text)

    def test_numbers_in_the_tables_are_those_of_the_file(self) -> None:
        study = samples.scale()
        page = self.page(study)
        for point in study["points"]:
            name = "serial" if point["mode"] == "serial" else f"flow, {point['workers']} worker"
            row, speedup = page.row(name), point["speedup"]
            self.assert_seconds(row[1], point["median_s"])
            for cell, time in zip(
                row[2].split(" – "), (min(point["wall_s"]), max(point["wall_s"]))
            ):
                self.assert_seconds(cell, time)
            self.assertEqual(
                row[3:],
                [
                    f"{speedup['value']:.2f} ×",
                    f"{speedup['low']:.2f} – {speedup['high']:.2f}",
                    f"{100 * point['efficiency']:.0f} %",
                    f"{point['images_per_s']:#.3g}".rstrip("."),
                ],
            )
            self.assertEqual(
                "measured, but no evidence of scaling" in row[0], point["beyond_machine"]
            )
        best = next(point for point in study["points"] if point["workers"] == 8)
        for stage in best["profile"]["stages"]:
            row = page.row(stage["node"])
            self.assertEqual(row[1:3], [str(stage["visits"]), str(stage["limit"] or "–")])
            for cell, field in zip(
                row[3:7], ("service_p50_s", "service_p99_s", "cpu_s", "blocked_s")
            ):
                self.assert_seconds(cell, stage[field])
            self.assertEqual(row[10], "1.07 × (1.01 – 1.13)")
        self.assertEqual(page.row("over 16")[1:3], ["100", "2,000"])
        self.assert_seconds(
            page.row("'decode' took longer beside")[1], best["losses"][0]["worker_s"]
        )

    def test_outputs_that_differ_are_named(self) -> None:
        study = samples.scale() | {"identical": False, "different": [f"{i}.jpg" for i in range(13)]}
        page = self.page(study)
        self.assertIn("13 outputs differ from the serial run's", page.text)
        self.assertIn("9.jpg", page.text)
        self.assertNotIn("10.jpg", page.text)
        self.assertIn("and 3 more", page.text)

    def test_any_mode_is_a_mode(self) -> None:
        page = self.page(samples.scale((1, 2), modes=("flow", "distributed")))
        self.assertNotEqual(page.row("flow, 2 workers")[1], page.row("distributed, 2 workers")[1])
        self.assertIn("Measured, distributed: 1 worker", page.all("img")[0]["alt"])

    def test_a_distributed_run_has_its_processes_and_where_the_time_went(self) -> None:
        study = samples.scale((1, 2), modes=("flow", "distributed"))
        for point in study["points"]:
            if point["mode"] == "distributed":
                point |= {"profile": None, "losses": [], "cluster": samples.cluster()}
        page = self.page(study)
        self.assertIn("Several processes", page.headings)
        self.assertEqual(page.row("start-up")[1:], ["2.00 s", "25 %"])
        self.assertEqual(page.row("waiting for the last")[1:], ["750 ms", "9.4 %"])
        self.assertEqual(
            page.row("host0/0")[1:], ["12", "300", "75 %", "6.00 s", "100 %"]
        )

    def test_a_value_may_lie_outside_its_range(self) -> None:
        # The median run of all may be slower than the slowest against the serial run of its repeat.
        study = samples.scale((1, 2))
        study["points"][2]["speedup"] = {"value": 1.7, "low": 1.8, "high": 1.9}
        self.assertEqual(self.page(study, samples.scale(graph="other")).row("flow, 2")[3], "1.70 ×")

    def test_nothing_to_do_is_a_study_too(self) -> None:
        study = samples.scale((1, 2))
        study |= {"items": 0, "outputs": 0, "usl": None, "findings": ["There was nothing to do."]}
        for point in study["points"]:
            point |= {"images_per_s": 0, "losses": []}
            point["profile"] |= {
                "items": 0,
                "images_per_s": 0,
                "stages": [],
                "sizes": [],
                "bounds": [],
                "idle": [],
            }
        self.assertEqual(self.page(study).row("serial")[6], "0")

    def test_a_profile_or_a_prediction_alone_has_the_sections_that_can_be_made(self) -> None:
        page = self.page(samples.profile())
        self.assertEqual(
            page.headings,
            [
                "Profile of ‘photos’",
                "Summary",
                "Where the core-seconds went",
                "Stages",
                "Size classes",
                "The bottleneck, and what it means",
                "Terms",
                "How to reproduce it",
            ],
        )
        self.assertIn("machine not recorded", page.text)
        page = self.page(samples.prediction())
        self.assertEqual(
            page.headings,
            [
                "Prediction of ‘photos’",
                "Summary",
                "Scaling",
                "Prediction",
                "Terms",
                "Machine and versions",
                "How to reproduce it",
            ],
        )

    def test_a_prediction_that_misses_by_too_much_is_not_shown(self) -> None:
        page = self.page(samples.scale(), samples.prediction())
        self.assertIn("Predicted: 1 worker 33.0 (30.6 to 35.7)", page.all("img")[0]["alt"])
        self.assertEqual(page.row("16 workers")[1], "–", "not measured")
        page = self.page(samples.scale(), samples.prediction(shown=False))
        self.assertIn(
            "No prediction is drawn: the model misses a measurement by 34\N{NO-BREAK SPACE}%",
            page.text,
        )
        for curve in ("Predicted: ", "Amdahl: "):
            self.assertNotIn(curve, page.all("img")[0]["alt"])

    def test_results_that_can_not_be_compared_are_said_to_differ(self) -> None:
        page = self.page(samples.scale(), samples.scale((1, 2, 4), graph="other", cpus=4))
        self.assertIn("Comparison", page.headings)
        self.assertIn("results of different graphs ('photos' and 'other')", page.text)
        self.assertIn(
            "from different machines (Test CPU, 8 of 8 CPUs, Linux 6.1; Test CPU, 4 of 4", page.text
        )
        self.assertEqual(
            page.all("img")[0]["alt"].partition(".")[0],
            "Speed-up over the serial run, by number of workers",
        )
        page = self.page(samples.scale(), samples.profile() | {"items": 7})
        self.assertIn("is of 7 images, the scaling study of 400", page.text)

    def test_date_command_and_config_are_told_where_they_are_known(self) -> None:
        origin = {
            "command": "imagemill scale mine.yaml",
            "date": "2026-03-01T12:30:00+00:00",
            "config": "nodes:\n  a: {}",
        }
        page = self.page(samples.scale() | origin)
        for told in ("imagemill scale mine.yaml", "1 March 2026, 12:30 UTC", "nodes:\n  a: {}"):
            self.assertIn(told, page.text)
        self.assertIn("does not say by which command it was made", self.page(samples.scale()).text)


class Documents(ReportTest):
    def test_both_documents_stand_alone_and_show_well(self) -> None:
        stages = tuple((f"{name}{i}", *rest) for i in range(3) for name, *rest in samples.STAGES)
        file, pdf = self.render(
            samples.scale((1, 2, 4, 8, 16), stages=stages, modes=("flow", "distributed")),
            samples.prediction(),
        )
        self.assertEqual(re.findall(r"(?:https?:)?//[^\s\"']+|@import|url\(", file.read_text()), [])
        self.assert_shows_well(file)
        text = self.assert_is_pdf(pdf, 3, 6)
        for heading in SECTIONS:
            self.assertIn(heading, text)

    def test_hostile_names_are_text(self) -> None:
        stages = tuple((HOSTILE + name, *rest) for name, *rest in samples.STAGES)
        study = samples.scale((1, 2), graph=HOSTILE, stages=stages) | {
            "identical": False,
            "different": [HOSTILE],
            "findings": [HOSTILE],
            "config": HOSTILE,
            "command": HOSTILE,
        }
        study["machine"]["versions"][HOSTILE] = HOSTILE
        file, _ = self.render(study)
        page = Page(file.read_text())
        self.assertEqual(page.all("script"), [])
        self.assertIn(
            "\u5199<script>alert(1)</script> \"'&$x^2$ --> \N{REPLACEMENT CHARACTER}?\N{SNOWMAN}",
            page.text,
        )
        self.assert_shows_well(file)

    def test_the_same_files_give_the_same_bytes(self) -> None:
        once, again = (
            [file.read_bytes() for file in self.render(samples.prediction(), PYTHONHASHSEED=seed)]
            for seed in "12"
        )
        self.assertTrue(once[0] == again[0], "HTML")
        self.assertTrue(once[1] == again[1], "PDF")


class Refusals(ReportTest):
    def assert_refused(self, message: str, *arguments: object, **environment: str) -> None:
        before = {file: file.read_bytes() for file in self.folder.iterdir() if file.is_file()}
        done = self.report(*arguments, **environment)
        self.assertEqual(
            (done.returncode, done.stdout, done.stderr), (2, "", f"imagemill report: {message}\n")
        )
        self.assertEqual(
            {file: file.read_bytes() for file in self.folder.iterdir() if file.is_file()}, before
        )

    def test_files_that_are_no_results(self) -> None:
        good, output = self.write("good.json", samples.profile()), self.folder / "report.html"
        output.write_text("an older one")
        kinds = "which is none of imagemill-scale 1, imagemill-profile 1, imagemill-prediction 1"
        point = samples.scale()["points"][0]
        for content, cause in (
            ("{", "is not JSON"),
            ("[" * 100_000, "is not JSON"),
            ("[1]", f"has no schema, {kinds}"),
            ('{"schema": "imagemill-stats 1"}', f"has the schema 'imagemill-stats 1', {kinds}"),
            ('{"schema": "imagemill-scale 1"}', "lacks 'graph'"),
            (json.dumps(samples.profile() | {"workers": "two"}), "'workers' is not a number"),
            (json.dumps(samples.profile() | {"wall_s": float("nan")}), "'wall_s' is not a number"),
            (json.dumps(samples.scale() | {"points": []}), "has no points"),
            (
                json.dumps(samples.scale() | {"points": [point | {"wall_s": []}]}),
                "'points[0].wall_s' has no time above 0",
            ),
            (
                json.dumps(samples.scale() | {"best": {"mode": "flow", "workers": 99}}),
                "'best' is none of the points",
            ),
        ):
            with self.subTest(cause):
                bad = self.folder / "bad.json"
                bad.write_text(content)
                self.assert_refused(f"{bad}: {cause}", good, bad, "-o", output)
        self.assert_refused(f"{self.folder}: Is a directory", good, self.folder, "-o", output)
        absent = self.folder / "absent.json"
        self.assert_refused(f"{absent}: No such file or directory", absent, "-o", output)

    def test_an_output_that_can_not_be_written(self) -> None:
        good, output = (
            self.write("good.json", samples.profile()),
            self.folder / "absent" / "report.html",
        )
        self.assert_refused(f"{output}: No such file or directory", good, "-o", output)
        done = self.report(good, "-o", self.folder / "report.txt")
        self.assertEqual(done.returncode, 2)
        self.assertIn("ends in neither .pdf nor .html", done.stderr)

    def test_a_library_that_is_not_installed(self) -> None:
        good = self.write("good.json", samples.profile())
        for library, package, name in (
            ("matplotlib", "python3-matplotlib", "a.html"),
            ("jinja2", "python3-jinja2", "a.html"),
            ("weasyprint", "weasyprint", "a.pdf"),
        ):
            with self.subTest(library), tempfile.TemporaryDirectory() as folder:
                stand_in = Path(folder, f"{library}.py")
                stand_in.write_text(f"raise ModuleNotFoundError(name={library!r})")
                self.assert_refused(
                    f"needs {library}: apt-get install {package}",
                    good,
                    "-o",
                    self.folder / name,
                    PYTHONPATH=f"{folder}:{ROOT / 'python'}",
                    PYTHONDONTWRITEBYTECODE="1",
                )


class RealStudy(ReportTest):
    def imagemill(self, *arguments: object) -> None:
        subprocess.run([IMAGEMILL, *map(str, arguments)], check=True, capture_output=True)

    def test_a_report_of_what_the_binary_has_measured(self) -> None:
        photos, study, profile, prediction = (
            self.folder / name
            for name in ("photos", "scale.json", "profile.json", "prediction.json")
        )
        file, pdf = self.folder / "report.html", self.folder / "report.pdf"
        graph = ROOT / "configs" / "thumbnails.yaml"
        over = (graph, "--input", photos)
        self.imagemill("synth", photos, "--count", 6)
        self.imagemill("scale", *over, "--workers", "1,2", "--repeat", 2, "--json", study)
        out = self.folder / "out"
        self.imagemill(
            "profile", *over, "--workers", 2, "--output", out, "--json", profile
        )
        self.imagemill("predict", profile, "--workers", "1,2,4", "--json", prediction)
        self.imagemill("report", study, profile, prediction, "-o", file, "-o", pdf)
        page = Page(file.read_text())
        measured = json.loads(study.read_text())
        self.assertEqual(page.headings[0], "Scaling study of ‘thumbnails’")
        self.assertEqual(
            page.row("flow, 2 workers")[3], f"{measured['points'][2]['speedup']['value']:.2f} ×"
        )
        self.assertIn(
            "byte for byte: 6 files in each of 6 runs (serial; flow with 1 and 2 workers)",
            page.text,
        )
        self.assertIn("imagemill scale", page.text)
        self.assertIn("type: decode", page.text)
        self.assert_shows_well(file)
        self.assert_is_pdf(pdf, 3, 6)

    def test_the_command_refuses_what_is_no_document(self) -> None:
        for arguments, cause in (
            (("a.json", "-o", "report.txt"), "a report is a .pdf or an .html"),
            (("absent.json", "-o", self.folder / "a.html"), "absent.json: No such file"),
        ):
            done = subprocess.run(
                [IMAGEMILL, "report", *map(str, arguments)], capture_output=True, text=True
            )
            self.assertEqual(done.returncode, 2)
            self.assertIn(cause, done.stderr)


if __name__ == "__main__":
    IMAGEMILL = Path(sys.argv.pop(1)).resolve()
    unittest.main()
