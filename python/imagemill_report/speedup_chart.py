"""Several studies in one picture. Speed-ups have no unit: different graphs' may be compared."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from .look import MARKERS, Chart, Legend, Look, count_ticks, error_bars
from .parts import Part
from .words import count, factor

_LINES = ("-", "--", "-.", ":")


def speedups(parts: Sequence[Part]) -> Chart | None:
    """Chart of the speed-ups; None for fewer than two studies."""
    studies = [
        (source.name, part.study)
        for part in parts
        for source in part.sources
        if source.result is part.study
    ]
    if len(studies) < 2:
        return None
    # Studies of the same graph are named by their file.
    by_file = len({study.graph for _, study in studies}) < len(studies)
    curves = [
        (
            f"{name if by_file else study.graph}: {mode}",
            [point for point in study.points if point.mode == mode],
        )
        for name, study in studies
        for mode in dict.fromkeys(point.mode for point in study.points)
        if mode != "serial"
    ]
    if not curves:
        return None
    last = max(point.workers for _, points in curves for point in points)
    highest = max(point.speedup.high for _, points in curves for point in points)

    def draw(axes: Axes, look: Look) -> Legend:
        (ideal,) = axes.plot(
            [0, last], [0, last], color=look.theme.ink_over_page(0.35), linewidth=1.1
        )
        legend = [(ideal, "ideal")]
        for i, (name, points) in enumerate(curves):
            colour = (look.theme.accent, look.theme.bad, look.theme.good, look.theme.ink)[i % 4]
            speedups = [point.speedup for point in points]
            bars = axes.errorbar(
                [point.workers for point in points],
                [speedup.value for speedup in speedups],
                error_bars(speedups),
                color=colour,
                capsize=3,
                elinewidth=1,
                linestyle=_LINES[i // 4 % len(_LINES)],
                marker=MARKERS[i % len(MARKERS)],
                markersize=5.5,
            )
            for point in points:
                if point.beyond_machine:
                    axes.plot(
                        [point.workers],
                        [point.speedup.value],
                        color=colour,
                        marker=MARKERS[i % len(MARKERS)],
                        markersize=5.5,
                        markerfacecolor=look.theme.page,
                        zorder=4,
                    )
            legend.append((bars, " ".join(name.split())))
        axes.set_xlim(0, last * 1.04 + 0.1)
        axes.set_ylim(0, max(1.1 * highest, min(last, 1.5 * highest)))
        count_ticks(axes, (point.workers for _, points in curves for point in points), look)
        axes.set_ylabel("speed-up (×)")
        axes.spines["right"].set_visible(False)
        axes.grid()
        return legend

    told = [
        f"{name}: "
        + ", ".join(
            f"{factor(point.speedup.value)} with {count(point.workers, 'worker')}"
            for point in points
        )
        for name, points in curves
    ]
    return Chart(
        "Speed-up over the serial run, by number of workers",
        "Each against its own serial run, with the range over the repeats. Hollow: more workers than "
        "its machine has CPUs.",
        f"Speed-ups of {len(studies)} studies. {'; '.join(told)}.",
        2.2,
        draw,
    )
