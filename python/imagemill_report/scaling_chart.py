"""Draws how the rate grows: measured, predicted, and what bounds it."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, MaxNLocator, StrMethodFormatter

from .look import MARKERS, Chart, Legend, Look, count_ticks, error_bars
from .model import Estimate, Point, Prediction
from .parts import Part
from .scaling import Scaling
from .words import count, factor, number, rate, span

_BOUND_DASHES = ((0, (1, 1.5)), (0, (5, 1.5, 1, 1.5)), (0, (3, 1, 1, 1, 1, 1)))
# Not among the colours of stages, and clear on light and dark ground.
_PREDICTED = "#a05bd0"
_LAW_COLOURS = ("#b08d3c", "#2f9e9e")


def scaling(part: Part) -> Chart | None:
    """Chart of a part's rates; None if there is only one run."""
    if not part.study and not part.predictions:
        return None
    data = Scaling(part)

    def draw(axes: Axes, look: Look) -> Legend:
        _frame(axes, look, data)
        legend = _draw_laws(axes, look, data)
        for i, prediction in enumerate(data.predictions):
            legend += _draw_predicted(axes, prediction, _name(prediction), "^vD"[i % 3])
        for i, (mode, points) in enumerate(data.modes.items()):
            legend += _draw_measured(axes, look, mode, points, i)
        if not data.modes:
            legend += _draw_compared(axes, look, data.predictions[0])
        return legend

    return Chart(
        "Images a second, by number of workers",
        " ".join(_notes(data)),
        _alt(data),
        2.45,
        draw,
    )


def _notes(data: Scaling) -> list[str]:
    points = [point for points in data.modes.values() for point in points]
    repeats = max((len(point.wall_s) for point in points), default=0)
    notes = []
    if repeats > 1:
        notes.append(f"Markers: medians of {repeats} repeats, with their range as bars.")
    if any(point.beyond_machine for point in points):
        cpus = "CPUs" if data.cpus is None else count(data.cpus, "CPU")
        notes.append(
            f"Hollow, on shaded ground: more workers than the machine's {cpus}; measured, but no "
            "evidence of scaling."
        )
    if any(map(_has_band, data.predictions)):
        notes.append("Dashed and lighter: predicted, not measured, with its 90 % interval.")
    return notes + list(filter(None, map(_withheld, data.predictions)))


def _frame(axes: Axes, look: Look, data: Scaling) -> None:
    if data.far:
        axes.set_xscale("log", base=2)
        axes.set_yscale("log", base=2)
        axes.set_xlim(0.85, data.last * 1.2)
        axes.set_ylim(0.75 * data.lowest(), data.top())
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    else:
        axes.set_xlim(0 if data.last > 4 else 0.6, data.last * 1.04 + 0.1)
        axes.set_ylim(0, data.top())
    count_ticks(axes, data.counts(), look)
    axes.minorticks_off()
    axes.set_ylabel("images/s (logarithmic)" if data.far else "images/s")
    axes.grid()
    if data.cpus and data.last > data.cpus:
        axes.axvspan(
            data.cpus + 0.5,
            axes.get_xlim()[1],
            facecolor=look.theme.ink_over_page(0.06),
            linewidth=0,
            zorder=0,
        )
    if data.study and (unit := data.unit):
        right = axes.secondary_yaxis("right", functions=(lambda y: y / unit, lambda y: y * unit))
        right.set_ylabel("speed-up (×)")
        right.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        right.yaxis.set_major_locator(LogLocator(base=2) if data.far else MaxNLocator(6))
        right.minorticks_off()
        right.spines["right"].set_color(look.theme.line)
    else:
        axes.spines["right"].set_visible(False)


def _draw_laws(axes: Axes, look: Look, data: Scaling) -> list:
    legend = []
    muted = look.theme.ink_over_page(0.55)
    if data.unit:
        (line,) = axes.plot(
            [0.01, data.last],
            [0.01 * data.unit, data.unit * data.last],
            color=look.theme.ink_over_page(0.35),
            linewidth=1.1,
        )
        legend.append((line, "ideal"))
    for (name, counts, ys), dashes in zip(data.bounds(), _BOUND_DASHES):
        (line,) = axes.plot(counts, ys, color=muted, linewidth=1.2, linestyle=dashes)
        legend.append((line, f"bound: {look.label(name) if look.narrow else name}"))
    for (name, xs, ys), colour in zip(data.curves(), _LAW_COLOURS):
        (line,) = axes.plot(xs, ys, color=colour, linewidth=1.1)
        legend.append((line, name))
    return legend


def _draw_predicted(axes: Axes, prediction: Prediction, name: str, marker: str) -> list:
    if not _has_band(prediction):
        return []
    known = {point.workers: point.predicted for point in prediction.points if point.predicted}
    xs, rates = list(known), list(known.values())
    band = axes.fill_between(
        xs,
        [each.low for each in rates],
        [each.high for each in rates],
        facecolor=_PREDICTED,
        alpha=0.16,
        linewidth=0,
    )
    (line,) = axes.plot(
        xs,
        [each.value for each in rates],
        color=_PREDICTED,
        alpha=0.75,
        linewidth=1.2,
        linestyle="--",
        marker=marker,
        markersize=5,
        markerfacecolor="none",
    )
    return [((Patch(facecolor=band.get_facecolor()[0]), line), name)]


def _draw_measured(axes: Axes, look: Look, mode: str, points: Sequence[Point], index: int) -> list:
    colour = look.theme.ink if mode == "serial" else (look.theme.bad, look.theme.accent)[index % 2]
    marker = MARKERS[index % len(MARKERS)]
    # The first is the serial run, where another mode with one worker lies on top of it.
    markersize = 8 if index == 0 else 5.5
    for point in points:
        rates = point.rates
        axes.errorbar(
            [point.workers],
            [rates.value],
            error_bars([rates]),
            color=colour,
            marker=marker,
            markersize=markersize,
            capsize=3,
            elinewidth=1.1,
            zorder=3 + index,
            markerfacecolor=look.theme.page if point.beyond_machine else colour,
        )
    within = [point for point in points if not point.beyond_machine]
    axes.plot(
        [point.workers for point in within],
        [point.images_per_s for point in within],
        color=colour,
        zorder=3 + index,
    )
    return [
        (
            Line2D([], [], color=colour, marker=marker, markersize=markersize),
            f"measured: {look.label(mode)}",
        )
    ]


def _draw_compared(axes: Axes, look: Look, prediction: Prediction) -> list:
    """Draws the measurements that the prediction was compared with, if there is no study."""
    known = [(point.workers, point.measured) for point in prediction.points if point.measured]
    if not known:
        recorded = prediction.recorded
        known = [(recorded.workers, Estimate(*[recorded.images_per_s] * 3))]
    colour = look.theme.accent
    for workers, rates in known:
        axes.errorbar(
            [workers],
            [rates.value],
            error_bars([rates]),
            color=colour,
            marker="o",
            markersize=6,
            capsize=3,
            zorder=3,
        )
    return [(Line2D([], [], color=colour, marker="o", markersize=6, linestyle="none"), "measured")]


def _has_band(prediction: Prediction) -> bool:
    return any(point.predicted for point in prediction.points)


def _name(prediction: Prediction) -> str:
    return f"predicted: {', '.join(prediction.changes)}" if prediction.changes else "predicted"


def _withheld(prediction: Prediction) -> str:
    if prediction.shown:
        return ""
    return (
        "No prediction is drawn: the model misses a measurement by "
        f"{100 * (prediction.worst_error or 0):.0f} %, above the allowed 20 %. Only the bounds are drawn."
    )


def _alt(data: Scaling) -> str:
    sentences = ["Images a second over the number of workers."]
    for mode, points in data.modes.items():
        told = [
            f"{count(point.workers, 'worker')} {number(point.images_per_s)} ({span(point.rates)}), "
            f"speed-up {factor(point.speedup.value)}"
            f"{', beyond the machine' if point.beyond_machine else ''}"
            for point in points
        ]
        sentences.append(f"Measured, {mode}: {'; '.join(told)}.")
    if data.unit:
        sentences.append(
            f"The ideal line has {rate(data.unit * data.last)} at {count(data.last, 'worker')}."
        )
    for prediction in data.predictions:
        told = [
            f"{count(point.workers, 'worker')} {number(rates.value)} ({span(rates)})"
            for point in prediction.points
            if (rates := point.predicted)
        ]
        sentences.append(
            f"{_name(prediction).capitalize()}: {'; '.join(told)}."
            if told
            else _withheld(prediction)
        )
    for name, counts, ys in data.bounds():
        sentences.append(
            f"Bound by {name}: {number(ys[0])} at {counts[0]}, {number(ys[-1])} at {counts[-1]}."
        )
    for name, xs, ys in data.curves():
        sentences.append(f"{name}: {number(ys[-1])} at {number(xs[-1])}.")
    return " ".join(filter(None, sentences))
