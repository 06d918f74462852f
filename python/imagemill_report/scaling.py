"""How the rate grows with the number of workers: what there is to draw of it."""

from collections.abc import Iterator, Sequence

from .model import Bound, Estimate, Point, Prediction, Scale
from .parts import Part
from .words import bound

_MOST_BOUNDS = 3


class Scaling:
    """Contents of a part's chart, before it is drawn."""

    def __init__(self, part: Part) -> None:
        self.study: Scale | None = part.study
        self.predictions: list[Prediction] = part.predictions
        self.cpus = part.cpus
        points: Sequence[Point] = part.study.points if part.study else ()
        self.modes = {
            mode: [point for point in points if point.mode == mode]
            for mode in dict.fromkeys(point.mode for point in points)
        }
        self.unit = self._rate_of_one()
        self.last = max(self.counts())
        measured = [point.workers for point in points] or [
            prediction.recorded.workers for prediction in self.predictions
        ]
        # Where the prediction goes far beyond what was measured, that would be a dot in the corner.
        self.far = self.last > 4 * max(measured)

    def counts(self) -> list[int]:
        """Numbers of workers with any data."""
        return sorted(
            {point.workers for points in self.modes.values() for point in points}
            | {point.workers for prediction in self.predictions for point in prediction.points}
            | {prediction.recorded.workers for prediction in self.predictions}
        )

    def lowest(self) -> float:
        return min(rates.low for rates in self._rates())

    def top(self) -> float:
        """Top of the axis: above all measured and predicted rates, and some of the ideal line."""
        highest = max(rates.high for rates in self._rates())
        if self.far:
            return 1.3 * max(highest, (self.unit or 0) * self.last)
        ideal = 1.05 * (self.unit or 0) * self.last
        return max(1.12 * highest, min(ideal, 1.5 * highest)) or 1

    def bounds(self) -> list[tuple[str, list[int], list[float]]]:
        """Bounds that lie within the axes, lowest first."""
        lines: dict[str, dict[int, float]] = {}
        for workers, bounds in self._bounds():
            for each in bounds:
                lines.setdefault(bound(each), {}).setdefault(workers, each.images_per_s)
        seen = [
            (name, sorted(line), [line[workers] for workers in sorted(line)])
            for name, line in lines.items()
            if len(line) > 1 and min(line.values()) < self.top()
        ]
        return sorted(seen, key=lambda line: line[2][-1])[:_MOST_BOUNDS]

    def curves(self) -> Iterator[tuple[str, list[float], list[float]]]:
        """Curves of the fitted laws."""
        if self.study and self.study.usl:
            xs = [1 + (self.last - 1) * i / 60 for i in range(61)]
            yield "USL, fitted", xs, [self.study.usl.rate(x) for x in xs]
        for prediction in [each for each in self.predictions if each.shown][:1]:
            for name, law in (("Amdahl", "amdahl"), ("USL", "usl")):
                known = {
                    float(point.workers): value
                    for point in prediction.points
                    if (value := getattr(point, law)) is not None
                }
                if known and not (law == "usl" and self.study and self.study.usl):
                    yield name, list(known), list(known.values())

    def _rate_of_one(self) -> float | None:
        if self.study:
            return self.study.serial.images_per_s
        points = [point for prediction in self.predictions for point in prediction.points]
        known = [point.measured or point.predicted for point in points if point.workers == 1]
        return next((rates.value for rates in known if rates), None)

    def _rates(self) -> Iterator[Estimate]:
        yield from (point.rates for points in self.modes.values() for point in points)
        for prediction in self.predictions:
            yield Estimate(*[prediction.recorded.images_per_s] * 3)
            for point in prediction.points:
                yield from filter(None, (point.predicted, point.measured))

    def _bounds(self) -> Iterator[tuple[int, Sequence[Bound]]]:
        if self.predictions:
            for prediction in self.predictions:
                yield from ((point.workers, point.bounds) for point in prediction.points)
            return
        for mode, points in self.modes.items():
            for point in points:
                if mode != "serial" and point.profile:
                    yield point.workers, point.profile.bounds
