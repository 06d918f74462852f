"""Colours, sizes and the drawing of a chart as SVG, once for each kind of screen it is seen on."""

import base64
import io
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

import matplotlib
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, StrMethodFormatter
from matplotlib.transforms import blended_transform_factory

from .model import Estimate, Profile
from .words import CAUSES


@dataclass(frozen=True)
class Theme:
    """Colours of charts and page: the style sheet takes them from here."""

    page: str
    panel: str
    ink: str
    muted: str
    line: str
    accent: str
    good: str
    bad: str

    def ink_over_page(self, share: float) -> str:
        ink, page = to_rgb(self.ink), to_rgb(self.page)
        return to_hex([share * a + (1 - share) * b for a, b in zip(ink, page)])


LIGHT = Theme(
    page="#ffffff",
    panel="#f5f6f8",
    ink="#1b2129",
    muted="#5a6572",
    line="#d8dde3",
    accent="#3d4fb8",
    good="#00664a",
    bad="#a63c00",
)
DARK = Theme(
    page="#14181d",
    panel="#1d2329",
    ink="#e8ebee",
    muted="#a3adb8",
    line="#39424c",
    accent="#9aa8ff",
    good="#4fd0a5",
    bad="#ff9d66",
)

# Okabe and Ito (2008): told apart with any kind of colour vision. What there is most of is blue.
STAGE_COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442")
OTHER_COLOUR = "#8a7f72"
# The modes of a study: not among the colours of stages, and each with a marker of its own.
MARKERS = "DosP*X"

# Causes are grey, so that they stand back behind the stages: how much ink, and which hatching.
_CAUSE_LOOKS = dict(
    zip(
        CAUSES,
        [
            (0.72, ""),
            (0.42, ""),
            (0.42, "////"),
            (0.60, "----"),
            (0.50, "xxxx"),
            (0.30, ""),
            (0.42, "\\\\\\\\"),
            (0.18, ""),
            (0.25, "////"),
            (0.34, "||||"),
        ],
    )
)


class Width(Enum):
    """Widths in inches: the text of an A4 page, and a phone held upright."""

    WIDE = 7.1
    NARROW = 3.6


@dataclass(frozen=True)
class Look:
    theme: Theme
    width: Width
    height: float = 1.0  # of axes, beside what a chart asks for

    @property
    def narrow(self) -> bool:
        return self.width is Width.NARROW

    def cause(self, name: str) -> dict[str, str]:
        share, hatch = _CAUSE_LOOKS.get(name, (0.16, ""))
        return {"facecolor": self.theme.ink_over_page(share), "hatch": hatch}

    def label(self, text: str) -> str:
        """A name from a file, cut short. Matplotlib hides labels that begin with '_'."""
        line, longest = " ".join(text.split()), 14 if self.narrow else 22
        line = line if len(line) <= longest else line[: longest - 1] + "…"
        return "\N{THIN SPACE}" + line if line.startswith("_") else line


Legend = Sequence[tuple[Artist | tuple[Artist, ...], str]]


@dataclass(frozen=True)
class Chart:
    """`draw` fills the axes and returns the legend; `height` is that of the axes, in inches."""

    title: str
    note: str
    alt: str
    height: float
    draw: Callable[[Axes, Look], Legend]


def count_ticks(axes: Axes, counts: Iterable[int], look: Look) -> None:
    """Ticks at numbers of workers that were run, as far as they lie apart; the largest stays."""
    left, right = axes.get_xlim()
    ticks: list[int] = []
    for count in sorted(set(counts), reverse=True):
        if (
            axes.get_xscale() == "log"
            or not ticks
            or ticks[-1] - count >= (right - left) / (10 if look.narrow else 20)
        ):
            ticks.append(count)
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.set_xlabel("workers (logarithmic)" if axes.get_xscale() == "log" else "workers")


def error_bars(estimates: Sequence[Estimate]) -> list[list[float]]:
    """Lengths below and above. A value may lie outside its own range: medians are not those of one
    repeat."""
    return [
        [max(0, each.value - each.low) for each in estimates],
        [max(0, each.high - each.value) for each in estimates],
    ]


class StageColours:
    """Colours of stages throughout a document; the stages that take least share one."""

    def __init__(self, runs: Iterable[Profile]) -> None:
        # Ordered by the share of a run's work, so that a long run's stages do not take all colours.
        shares: dict[str, float] = {}
        for run in runs:
            work = sum(stage.service_s for stage in run.stages) or 1
            for stage in run.stages:
                shares[stage.node] = max(shares.get(stage.node, 0), stage.service_s / work)
        ranked = sorted(shares, key=lambda node: -shares[node])
        self._of = dict(zip(ranked, STAGE_COLOURS))

    def of(self, node: str) -> str:
        return self._of.get(node, OTHER_COLOUR)

    def own(self, node: str) -> bool:
        return node in self._of


def svg(chart: Chart, look: Look) -> bytes:
    """The chart as SVG; the same bytes for the same chart."""
    with matplotlib.rc_context(_style(look)), warnings.catch_warnings():
        # Ignores letters that no font here has; the text beside the chart shows them.
        warnings.simplefilter("ignore", UserWarning)
        figure = Figure(layout="constrained")
        axes = figure.subplots()
        legend = chart.draw(axes, look)
        rows = _add_legend(axes, legend, look)
        figure.set_size_inches(look.width.value, chart.height * look.height + 0.45 + 0.19 * rows)
        file = io.BytesIO()
        figure.savefig(
            file, format="svg", transparent=True, metadata={"Date": None, "Title": chart.title}
        )
    return file.getvalue()


def data_uri(chart: Chart, look: Look) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg(chart, look)).decode()


def _add_legend(axes: Axes, legend: Legend, look: Look) -> int:
    if not legend:
        return 0
    handles, labels = zip(*legend)
    columns = next(
        n
        for n in range(len(labels), 0, -1)
        if n == 1 or sum(map(_inches, _columns(labels, n))) <= look.width.value
    )
    # The legend begins at the left edge of the figure, above the axes.
    axes.legend(
        handles,
        labels,
        loc="lower left",
        ncol=columns,
        borderaxespad=0.3,
        bbox_to_anchor=(0, 1),
        bbox_transform=blended_transform_factory(axes.figure.transFigure, axes.transAxes),
    )
    return -(-len(labels) // columns)


def _columns(labels: Sequence[str], many: int) -> list[Sequence[str]]:
    """Labels in columns as a legend fills them: one after the other, the first ones longer."""
    height, longer = divmod(len(labels), many)
    ends = [height * (i + 1) + min(i + 1, longer) for i in range(many)]
    return [labels[start:end] for start, end in zip([0, *ends], ends)]


def _inches(column: Sequence[str]) -> float:
    """Width of a legend's column, by the width of an average letter."""
    return 0.4 + 0.058 * max(map(len, column))


def _style(look: Look) -> dict[str, object]:
    theme = look.theme
    return {
        "svg.hashsalt": "imagemill",
        "svg.fonttype": "path",
        "text.parse_math": False,
        "axes.formatter.use_mathtext": False,
        "font.family": _fonts(),
        "font.size": 8.5,
        "axes.labelsize": 8.5,
        "xtick.labelsize": 8,
        "ytick.labelsize": 8,
        "legend.fontsize": 8,
        "legend.frameon": False,
        "legend.handlelength": 1.5,
        "legend.columnspacing": 1.2,
        "legend.handletextpad": 0.5,
        "text.color": theme.ink,
        "axes.labelcolor": theme.muted,
        "axes.edgecolor": theme.line,
        "axes.spines.top": False,
        "axes.axisbelow": True,
        "axes.titlesize": 8.5,
        "axes.linewidth": 0.8,
        "xtick.color": theme.line,
        "ytick.color": theme.line,
        "xtick.labelcolor": theme.muted,
        "ytick.labelcolor": theme.muted,
        "grid.color": theme.line,
        "grid.linewidth": 0.6,
        # The colour of hatching is that of the edges; it is not to be taken for a line.
        "hatch.linewidth": 0.7,
        "lines.linewidth": 1.5,
    }


def _fonts() -> list[str]:
    """DejaVu Sans comes with Matplotlib and has most letters; Liberation Sans is narrower."""
    installed = set(matplotlib.font_manager.get_font_names())
    return [font for font in ("Liberation Sans", "DejaVu Sans") if font in installed]
