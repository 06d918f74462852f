"""What the document says of a part, in the order of its sections; nothing of how it looks."""

from collections.abc import Sequence
from dataclasses import dataclass

from . import tables
from .look import Chart, StageColours
from .model import Prediction, Profile, Scale
from .parts import Part
from .scaling_chart import scaling
from .time_charts import concurrency, waits, worker_seconds
from .words import count, date, factor, number, percent, seconds, way, ways

_NAMED = 10  # of the outputs that differ


@dataclass(frozen=True)
class Tile:
    value: str
    label: str
    kind: str = ""


@dataclass(frozen=True)
class Equivalence:
    """Whether every output was the serial run's."""

    identical: bool
    sentence: str
    named: Sequence[str]
    unnamed: int


@dataclass(frozen=True)
class PartView:
    part: Part
    tiles: Sequence[Tile]
    summary: Sequence[str]
    modes: tables.Table | None
    distribution: Sequence[tables.Table]
    scaling: Chart | None
    predictions: Sequence[tuple[tables.Table, Prediction]]
    worker_seconds: Chart | None
    losses: tables.Table | None
    stages: Sequence[tables.Table]
    waits: Chart | None
    concurrency: Chart | None
    sizes: tables.Table | None
    equivalence: Equivalence | None
    verdict: Sequence[str]
    findings: Sequence[str]


def view(part: Part, colours: StageColours) -> PartView:
    profile, study = part.profile, part.study
    return PartView(
        part=part,
        tiles=_tiles(part),
        summary=_summary(part),
        modes=tables.modes(study) if study else None,
        distribution=[
            table
            for point in (study.points if study else ())
            for table in tables.distribution(point)
        ],
        scaling=scaling(part),
        predictions=[
            (tables.prediction(prediction), prediction) for prediction in part.predictions
        ],
        worker_seconds=worker_seconds(part, colours),
        losses=tables.losses(part.best) if part.best else None,
        stages=_stages(part, colours),
        waits=waits(profile) if profile else None,
        concurrency=concurrency(profile, colours) if profile else None,
        sizes=tables.sizes(profile) if profile and profile.sizes else None,
        equivalence=_equivalence(study) if study else None,
        verdict=profile.verdict if profile else (),
        findings=study.findings if study else (),
    )


def title(parts: Sequence[Part]) -> str:
    if len(parts) > 1:
        return "Results of " + ", ".join(
            f"‘{graph}’" for graph in dict.fromkeys(part.graph for part in parts)
        )
    part = parts[0]
    kind = "Scaling study" if part.study else "Profile" if part.profiles else "Prediction"
    return f"{kind} of ‘{part.graph}’"


def colours_of(parts: Sequence[Part]) -> StageColours:
    """Colours of the stages in the runs that are shown in detail."""
    return StageColours(
        run for part in parts for run in (part.profile, *part.profiles) if run is not None
    )


def subtitle(part: Part) -> str:
    said = [next((date(result.date) for result in part.results if result.date), "")]
    match part.results[0]:
        case Scale() as study:
            runs = len(study.points[0].wall_s)
            said += [
                count(study.items, "image"),
                f"{study.failed:,} failed" if study.failed else "",
                f"{study.skipped:,} skipped" if study.skipped else "",
                f"{count(len(study.points), 'way')} of running it",
                f"{count(runs, 'repeat')}, in turn" if runs > 1 else "1 repeat",
            ]
        case Profile() as profile:
            said += [count(profile.items, "image"), count(profile.workers, "worker")]
        case Prediction() as prediction:
            said += [
                f"from a run of {count(prediction.recorded.images, 'image')} with "
                f"{count(prediction.recorded.workers, 'worker')}"
            ]
    said.append(part.machine.summary if part.machine else "machine not recorded")
    return " · ".join(filter(None, said))


def _tiles(part: Part) -> list[Tile]:
    if part.study:
        best = part.study.best_point
        same = Tile("yes", "every output identical to the serial run's", "good")
        if not part.study.identical:
            same = Tile(
                "no", f"{count(len(part.study.different), 'output')} not the serial run's", "bad"
            )
        return [
            Tile(factor(best.speedup.value), "best speed-up over the serial run"),
            Tile(number(best.images_per_s), "images/s at best"),
            Tile(
                str(best.workers),
                f"{'worker' if best.workers == 1 else 'workers'} for that ({best.mode}), "
                f"efficiency {percent(best.efficiency)}",
            ),
            same,
        ]
    if run := part.profile:
        return [
            Tile(number(run.images_per_s), "images/s"),
            Tile(str(run.workers), "workers"),
            Tile(f"{run.items:,}", "images"),
            Tile(seconds(run.wall_s), "wall time"),
        ]
    prediction = part.predictions[0]
    tiles = [
        Tile(
            number(prediction.recorded.images_per_s),
            f"images/s measured, {count(prediction.recorded.workers, 'worker')}",
        )
    ]
    if prediction.worst_error is not None:
        tiles.append(
            Tile(
                percent(prediction.worst_error),
                "worst error of the model",
                "" if prediction.shown else "bad",
            )
        )
    last = prediction.points[-1]
    if last.predicted:
        tiles.append(
            Tile(
                number(last.predicted.value), f"images/s predicted, {count(last.workers, 'worker')}"
            )
        )
    return tiles


def _stages(part: Part, colours: StageColours) -> list[tables.Table]:
    best = part.best
    of_study = (
        [tables.stages(f"The best, {way(best)}", best.profile, part.serial_stages, colours)]
        if best and best.profile
        else []
    )
    return of_study + [
        tables.stages(
            f"{source.name}, {count(source.result.workers, 'worker')}", source.result, {}, colours
        )
        for source in part.sources
        if isinstance(source.result, Profile)
    ]


def _summary(part: Part) -> list[str]:
    said: list[str] = []
    if part.study:
        said += part.study.findings[:1]
    if part.profile:
        said += part.profile.verdict[: 1 if part.study else 2]
    for prediction in part.predictions:
        said += prediction.findings[: 1 if said else 2]
    if part.study and not part.study.identical:
        said.append(_equivalence(part.study).sentence)
    return said


def _equivalence(study: Scale) -> Equivalence:
    runs = sum(len(point.wall_s) for point in study.points)
    told = f"{count(study.outputs, 'file')} in each of {count(runs, 'run')} ({ways(study.points)})"
    if study.identical:
        sentence = f"Every output equals the serial run's, byte for byte: {told}."
    else:
        many = len(study.different)
        differ = f"{count(many, 'output')} {'differs' if many == 1 else 'differ'}"
        sentence = f"{differ} from the serial run's, of {told}."
    return Equivalence(
        study.identical, sentence, study.different[:_NAMED], len(study.different[_NAMED:])
    )
