"""The tables: what stands in which column. How they look is the template's."""

from collections.abc import Sequence
from dataclasses import dataclass

from .look import StageColours
from .model import Point, Prediction, Profile, Scale, SizeClass, Stage
from .parts import Part
from .words import count, factor, lost, number, percent, rate, seconds, signed_percent, way

_NONE = "–"


@dataclass(frozen=True)
class Column:
    title: str
    text: bool = False


@dataclass(frozen=True)
class Row:
    """The first cell names the row; `colour` is its stage's, `note` stands below the name."""

    cells: Sequence[str]
    colour: str = ""
    note: str = ""
    strong: bool = False
    faint: bool = False


@dataclass(frozen=True)
class Table:
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]


def _columns(*titles: str) -> list[Column]:
    """Columns: the first holds names, the others numbers."""
    return [Column(title, text=i == 0) for i, title in enumerate(titles)]


def modes(study: Scale) -> Table:
    return Table(
        "Medians of the repeats and their range; speed-up and efficiency against the serial run",
        _columns("mode", "time", "range", "speed-up", "range", "efficiency", "images/s"),
        [
            Row(
                [
                    way(point),
                    seconds(point.median_s),
                    f"{seconds(min(point.wall_s))} – {seconds(max(point.wall_s))}",
                    factor(point.speedup.value),
                    f"{point.speedup.low:.2f} – {point.speedup.high:.2f}",
                    percent(point.efficiency),
                    number(point.images_per_s),
                ],
                note="measured, but no evidence of scaling" if point.beyond_machine else "",
                strong=point is study.best_point,
                faint=point.beyond_machine,
            )
            for point in study.points
        ],
    )


def results(parts: Sequence[Part]) -> Table:
    """Table with a row for each part, if there are several."""

    def cells(part: Part) -> list[str]:
        best, run = part.best, part.profile
        images_per_s = best.images_per_s if best else run.images_per_s if run else None
        return [
            part.graph,
            part.machine.summary if part.machine else _NONE,
            way(best) if best else count(run.workers, "worker") if run else _NONE,
            factor(best.speedup.value) if best else _NONE,
            percent(best.efficiency) if best else _NONE,
            _NONE if images_per_s is None else number(images_per_s),
        ]

    columns = [
        Column("graph", text=True),
        Column("machine", text=True),
        Column("best", text=True),
        *map(Column, ("speed-up", "efficiency", "images/s")),
    ]
    return Table(
        "The results beside one another",
        columns,
        [
            Row(cells(part), note=", ".join(source.name for source in part.sources))
            for part in parts
        ],
    )


def stages(run: str, profile: Profile, serial: dict[str, Stage], colours: StageColours) -> Table:
    return Table(
        f"{run}: {count(profile.items, 'image')}",
        _columns(
            "stage",
            "visits",
            "limit",
            "p50",
            "p99",
            "on CPU",
            "blocked",
            "in use",
            "alone",
            "capacity",
            "longer by",
        ),
        [
            Row(
                [
                    stage.node,
                    _visits(stage),
                    _NONE if stage.limit is None else str(stage.limit),
                    seconds(stage.service_p50_s),
                    seconds(stage.service_p99_s),
                    seconds(stage.cpu_s),
                    seconds(stage.blocked_s),
                    percent(stage.utilisation),
                    _share(stage.exclusive_fraction),
                    _share(stage.capacity_fraction),
                    _longer(stage, serial.get(stage.node)),
                ],
                colour=colours.of(stage.node),
            )
            for stage in profile.stages
        ],
    )


def sizes(profile: Profile) -> Table:
    return Table(
        "Cost by the size of the image",
        _columns(
            "megapixels",
            "images",
            "megapixels in all",
            "time",
            "a megapixel",
            "alone",
            "of the run",
        ),
        [
            Row(
                [
                    size_range(size),
                    f"{size.items:,}",
                    number(size.megapixels),
                    seconds(size.worker_s),
                    seconds(size.worker_s / size.megapixels) if size.megapixels else _NONE,
                    seconds(size.exclusive_s),
                    percent(size.exclusive_s / profile.wall_s) if profile.wall_s else _NONE,
                ]
            )
            for size in profile.sizes
        ],
    )


def size_range(size: SizeClass) -> str:
    if size.to_megapixels is None:
        return f"over {size.from_megapixels:g}"
    return f"{size.from_megapixels:g} to {size.to_megapixels:g}"


def losses(point: Point) -> Table | None:
    """Worker time of a point beyond the serial run's work; None if it is negligible."""
    if not point.profile or point.workers < 2:
        return None
    spent = point.workers * point.profile.wall_s
    told = sorted(
        (loss for loss in point.losses if loss.worker_s >= 0.002 * spent),
        key=lambda loss: -loss.worker_s,
    )
    if not told:
        return None
    return Table(
        f"Lost with {way(point)}, of {seconds(spent)} of the workers' time",
        _columns("cause", "time of workers", "share"),
        [
            Row([lost(loss), seconds(loss.worker_s), percent(loss.worker_s / spent)])
            for loss in told[:6]
        ],
    )


def distribution(point: Point) -> list[Table]:
    """Times of a distributed run, and the work of each process; empty for other runs."""
    if not (cluster := point.cluster):
        return []
    known = [
        ("the work itself", cluster.work_s),
        ("start-up: listing, processes, connections", cluster.start_up_s),
        ("scheduling, between shards", cluster.scheduling_s),
        (f"beginning and ending {count(cluster.shards, 'shard')}", cluster.process_s),
        ("waiting for the last one", cluster.straggler_s),
        ("merging the records", cluster.merge_s),
    ]
    wall = sum(spent for _, spent in known)
    return [
        Table(
            f"Where the time went with {way(point)}, of a mean process: {seconds(wall)}",
            _columns("", "time", "share"),
            [
                Row([name, seconds(spent), percent(spent / wall) if wall else _NONE])
                for name, spent in known
            ],
        ),
        Table(
            f"Its processes ({count(cluster.retries, 'shard')} done again)",
            _columns("node", "shards", "images", "of all", "busy", "of the time"),
            [
                Row(
                    [
                        node.node,
                        str(node.shards),
                        f"{node.images:,}",
                        percent(node.share),
                        seconds(node.busy_s),
                        percent(node.busy),
                    ]
                )
                for node in cluster.nodes
            ],
        ),
    ]


def prediction(prediction: Prediction) -> Table:
    def cells(point) -> list[str]:
        bound = min(point.bounds, key=lambda each: each.images_per_s, default=None)
        return [
            count(point.workers, "worker"),
            number(point.measured.value) if point.measured else _NONE,
            number(point.predicted.value) if point.predicted else _NONE,
            f"{number(point.predicted.low)} – {number(point.predicted.high)}"
            if point.predicted
            else _NONE,
            signed_percent(point.error) if point.error is not None else _NONE,
            number(point.amdahl) if point.amdahl is not None else _NONE,
            number(point.usl) if point.usl is not None else _NONE,
            number(bound.images_per_s) if bound else _NONE,
        ]

    recorded = prediction.recorded
    what = f" of {', '.join(prediction.changes)}" if prediction.changes else ""
    replayed = (
        ""
        if recorded.replay_error is None
        else f", which its replay meets within {percent(abs(recorded.replay_error))}"
    )
    return Table(
        f"Prediction{what} in images/s, from a run of {count(recorded.images, 'image')} with "
        f"{count(recorded.workers, 'worker')} ({rate(recorded.images_per_s)}){replayed}",
        _columns(
            "workers", "measured", "predicted", "range", "error", "Amdahl", "USL", "lowest bound"
        ),
        [
            Row(
                cells(point),
                note="beyond the machine" if point.beyond_machine else "",
                faint=point.beyond_machine,
            )
            for point in prediction.points
        ],
    )


def _visits(stage: Stage) -> str:
    return f"{stage.visits:,}" + (f" ({stage.failed:,} failed)" if stage.failed else "")


def _share(fraction: float | None) -> str:
    return _NONE if fraction is None else percent(fraction)


def _longer(stage: Stage, serial: Stage | None) -> str:
    """Factor from the phases at one worker, with an interval; else against the serial run."""
    if (inflation := stage.inflation) is not None:
        return f"{factor(inflation.factor)} ({inflation.low:.2f} – {inflation.high:.2f})"
    if serial is not None and serial.service_s > 0 and serial.visits == stage.visits:
        return factor(stage.service_s / serial.service_s)
    return _NONE
