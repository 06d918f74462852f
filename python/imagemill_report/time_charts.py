"""Where the time went: worker-seconds, waits, and what was at work at once."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from .look import Chart, Legend, Look, StageColours
from .model import Profile, Waits
from .parts import Part
from .words import cause, count, listed, number, percent, seconds, way

_WORTH_SHOWING = 0.005  # of a bar


@dataclass(frozen=True)
class _Series:
    """A layer of stacked bars: a value for each bar, and either a colour or the name of a cause."""

    label: str
    values: tuple[float, ...]
    colour: str = ""
    cause: str = ""

    def patch(self, look: Look) -> dict[str, object]:
        fill = look.cause(self.cause) if self.cause else {"facecolor": self.colour}
        return {**fill, "edgecolor": look.theme.page, "linewidth": 0.6}


def worker_seconds(part: Part, colours: StageColours) -> Chart | None:
    """A bar for each way of running: busy by stage, idle by cause."""
    runs: list[tuple[str, Profile]] = []
    if part.study:
        runs += [(way(point), point.profile) for point in part.study.points if point.profile]
    runs += [(f"profile, {count(profile.workers, 'worker')}", profile) for profile in part.profiles]
    if not runs:
        return None
    profiles = [profile for _, profile in runs]
    per_image = len({profile.items for profile in profiles}) > 1
    scales = [1e3 / max(profile.items, 1) if per_image else 1.0 for profile in profiles]
    unit = "ms an image" if per_image else "s"
    series = _worth_showing([*_busy(profiles, scales, colours), *_idle(profiles, scales)])
    labels = [label for label, _ in runs]
    totals = [sum(each.values[i] for each in series) for i in range(len(runs))]
    bars = [
        f"{label}: {number(total)} {unit} ({_shares(series, i, total)})"
        for i, (label, total) in enumerate(zip(labels, totals))
    ]

    def draw(axes: Axes, look: Look) -> Legend:
        axes.set_xlabel(
            "time of the workers (ms an image)"
            if per_image
            else "time of the workers (worker-seconds)"
        )
        return _stack(axes, look, labels, series)

    return Chart(
        "Worker-seconds, by stage and by cause",
        "Workers × wall time, every second of it: coloured, busy in a stage; grey, without work, by "
        "cause."
        + (
            " All did the same work: what a bar has more than the first was lost."
            if part.study
            else ""
        ),
        f"Stacked bars of the workers' time. {'; '.join(bars)}.",
        0.24 * len(runs) + 0.3,
        draw,
    )


def waits(profile: Profile) -> Chart | None:
    """Causes for which ready work did not begin, by stage."""
    stages = profile.stages
    names = [each.name for each in fields(Waits)]
    series = [
        _Series(cause(name.removesuffix("_s")), values, cause=name.removesuffix("_s"))
        for name, values in zip(names, zip(*(astuple(stage.waits) for stage in stages)))
        if sum(values) > 0
    ]
    if not series:
        return None
    totals = [sum(astuple(stage.waits)) for stage in stages]
    bars = [
        f"'{stage.node}' {seconds(total)} ({_shares(series, i, total)})"
        for i, (stage, total) in enumerate(zip(stages, totals))
        if total >= _WORTH_SHOWING * sum(totals)
    ]
    rest = len(stages) - len(bars)

    def draw(axes: Axes, look: Look) -> Legend:
        axes.set_xlabel("wait, summed over the executions (s)")
        return _stack(axes, look, [look.label(stage.node) for stage in stages], series)

    return Chart(
        "Why ready work waited",
        "From ready to begun, summed over all images: many wait at once, so it may be more than the "
        "run took. “All workers busy” is what should be waited for; “a stage's own limit” is a queue "
        "before that stage.",
        f"Stacked bars of the time that each stage's work waited: {'; '.join(bars)}"
        f"{f'; {rest} others hardly at all' if rest else ''}.",
        0.155 * len(stages) + 0.25,
        draw,
    )


def concurrency(profile: Profile, colours: StageColours) -> Chart | None:
    """Executions of each stage at once, over the run."""
    # Stages with threads of their own on top: below them is what the workers did.
    stages = [
        stage
        for stage in sorted(profile.stages, key=lambda stage: not stage.on_workers)
        if any(stage.mean_at_once)
    ]
    parts = len(stages[0].mean_at_once) if stages else 0
    if not parts or any(len(stage.mean_at_once) != parts for stage in stages):
        return None
    series = _by_colour([(stage.node, stage.mean_at_once) for stage in stages], colours)
    totals = [sum(values) for values in zip(*(each.values for each in series))]
    means = [
        f"{each.label} {number(sum(each.values) / parts)}"
        for each in series
        if sum(each.values) >= 0.005 * sum(totals)
    ]
    workers = count(profile.workers, "worker")

    def draw(axes: Axes, look: Look) -> Legend:
        edges = [profile.wall_s * i / parts for i in range(parts + 1)]
        base = [0.0] * parts
        for each in series:
            top = [a + b for a, b in zip(base, each.values)]
            axes.fill_between(
                edges,
                [*base, base[-1]],
                [*top, top[-1]],
                step="post",
                linewidth=0,
                facecolor=each.colour,
            )
            base = top
        axes.axhline(profile.workers, color=look.theme.ink, linewidth=0.9, linestyle=(0, (4, 2)))
        axes.set_xlim(0, profile.wall_s)
        axes.set_ylim(0, 1.08 * max(profile.workers, *totals))
        axes.set_xlabel("time since the run began (s)")
        axes.set_ylabel("executions at once")
        axes.spines["right"].set_visible(False)
        axes.grid(axis="y")
        line = axes.plot([], [], color=look.theme.ink, linewidth=0.9, linestyle=(0, (4, 2)))[0]
        return [(Patch(facecolor=each.colour), look.label(each.label)) for each in series] + [
            (line, workers)
        ]

    return Chart(
        "What was at work at once",
        f"Executions at once in each of {parts} equal parts of the run. Stages with threads of their "
        f"own lie on top, and may reach above the {workers}.",
        f"Stacked areas of the executions at once during {seconds(profile.wall_s)} with {workers}, "
        f"on average {number(sum(totals) / parts)} (from {number(min(totals))} to "
        f"{number(max(totals))}): {listed(means)}.",
        1.4,
        draw,
    )


def _busy(
    profiles: Sequence[Profile], scales: Sequence[float], colours: StageColours
) -> list[_Series]:
    nodes = dict.fromkeys(
        stage.node for profile in profiles for stage in profile.stages if stage.on_workers
    )
    spent = [
        {
            stage.node: stage.service_s + stage.setup_s
            for stage in profile.stages
            if stage.on_workers
        }
        for profile in profiles
    ]
    return _by_colour(
        [
            (node, tuple(run.get(node, 0) * scale for run, scale in zip(spent, scales)))
            for node in nodes
        ],
        colours,
    )


def _idle(profiles: Sequence[Profile], scales: Sequence[float]) -> list[_Series]:
    names = dict.fromkeys(idle.cause for profile in profiles for idle in profile.idle)
    return [
        _Series(
            "idle: " + cause(name),
            tuple(
                sum(idle.worker_s for idle in profile.idle if idle.cause == name) * scale
                for profile, scale in zip(profiles, scales)
            ),
            cause=name,
        )
        for name in names
    ]


def _by_colour(
    rows: Sequence[tuple[str, tuple[float, ...]]], colours: StageColours
) -> list[_Series]:
    """A series for each stage with a colour of its own, and one for all others together."""
    series = [_Series(node, values, colours.of(node)) for node, values in rows if colours.own(node)]
    others = [(node, values) for node, values in rows if not colours.own(node)]
    if others:
        total = tuple(map(sum, zip(*(values for _, values in others))))
        label = others[0][0] if len(others) == 1 else f"{len(others)} other stages"
        series.append(_Series(label, total, colours.of(others[0][0])))
    return series


def _worth_showing(series: Sequence[_Series]) -> list[_Series]:
    """The series that reach half a percent of some bar: smaller ones can't be seen."""
    totals = [sum(values) for values in zip(*(each.values for each in series))]
    return [
        each
        for each in series
        if any(value > _WORTH_SHOWING * total for value, total in zip(each.values, totals))
    ]


def _shares(series: Sequence[_Series], bar: int, total: float) -> str:
    """The three largest of a bar."""
    largest = sorted(series, key=lambda each: -each.values[bar])[:3]
    return ", ".join(
        f"{each.label} {percent(each.values[bar] / total)}"
        for each in largest
        if each.values[bar] > _WORTH_SHOWING * total
    )


def _stack(axes: Axes, look: Look, labels: Sequence[str], series: Sequence[_Series]) -> Legend:
    left = [0.0] * len(labels)
    for each in series:
        axes.barh(range(len(labels)), each.values, left=left, height=0.68, **each.patch(look))
        left = [a + b for a, b in zip(left, each.values)]
    axes.set_yticks(range(len(labels)), labels, color=look.theme.ink)
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    axes.tick_params(axis="y", length=0)
    axes.spines[["right", "left"]].set_visible(False)
    axes.grid(axis="x")
    return [
        (Patch(**each.patch(look)), each.label if each.cause else look.label(each.label))
        for each in series
    ]
