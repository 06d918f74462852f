"""One template, rendered as a page that needs nothing else, or as a PDF."""

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from . import tables
from .look import DARK, LIGHT, Look, Width, data_uri
from .model import Machine, Prediction, Profile, Scale
from .parts import arrange, differences
from .read import Source
from .speedup_chart import speedups
from .views import colours_of, subtitle, title, view
from .words import date, size, unbroken

# The first that matches is shown, and the printed one where none does.
_ON_SCREEN = {
    "screen and (prefers-color-scheme: dark) and (max-width: 600px)": Look(DARK, Width.NARROW),
    "screen and (prefers-color-scheme: dark)": Look(DARK, Width.WIDE),
    "screen and (max-width: 600px)": Look(LIGHT, Width.NARROW),
}


@dataclass(frozen=True)
class _Print:
    """Size of text, in points, and height of charts."""

    points: float
    height: float

    @property
    def look(self) -> Look:
        return Look(LIGHT, Width.WIDE, self.height)


_USUAL, _TIGHT = _Print(9, 1), _Print(8.4, 0.85)


@dataclass(frozen=True)
class _Reproduction:
    """The command that made one of the files. `recorded`: whether the file itself names it."""

    source: Source
    command: str
    recorded: bool


def html(sources: Sequence[Source]) -> str:
    return _render(sources, _USUAL, _ON_SCREEN)


def pdf(sources: Sequence[Source]) -> bytes:
    # Not above: a page alone does not need it.
    from weasyprint import HTML

    # Else the fonts within bear the time at which they were made smaller.
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")
    layouts = [HTML(string=_render(sources, layout, {})).render() for layout in (_USUAL, _TIGHT)]
    # The tight one where that saves a page of which little is filled: of equals, min takes the first.
    return min(layouts, key=lambda layout: len(layout.pages)).write_pdf()


def _render(sources: Sequence[Source], layout: _Print, screens: dict[str, Look]) -> str:
    parts = arrange(sources)
    colours = colours_of(parts)
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        picture=data_uri, layout=layout, screens=screens, themes={"light": LIGHT, "dark": DARK}
    )
    environment.filters.update(date=date, unbroken=unbroken)
    configs = {
        source.result.config: source.name for source in reversed(sources) if source.result.config
    }
    machines = dict.fromkeys(_fingerprint(part.machine) for part in parts if part.machine)
    return environment.get_template("report.html").render(
        title=title(parts),
        views=[view(part, colours) for part in parts],
        subtitle=subtitle,
        comparison=tables.results(parts) if len(parts) > 1 else None,
        overlay=speedups(parts),
        differences=differences(parts),
        machines=list(machines),
        reproductions=[_reproduction(source) for source in sources],
        configs=dict(reversed(configs.items())),
    )


def _fingerprint(machine: Machine) -> tuple[tuple[str, str], ...]:
    """Names and values of the machine's known properties."""
    cpus = "" if machine.cpus is None else str(machine.cpus)
    if machine.logical_cpus is not None:
        cpus += f" of {machine.logical_cpus}"
    if machine.cores:
        cpus += f", on {machine.cores} cores"
    known = [
        ("machine", machine.summary),
        ("CPU", machine.cpu),
        ("CPUs that may be used", cpus),
        ("hypervisor", machine.hypervisor),
        ("frequency governor", machine.governor),
        ("memory", size(machine.memory_bytes) if machine.memory_bytes else ""),
        ("kernel", machine.kernel),
        *machine.versions.items(),
    ]
    return tuple((name, value) for name, value in known if value)


def _reproduction(source: Source) -> _Reproduction:
    result, name = source.result, shlex.quote(source.name)
    if result.command:
        return _Reproduction(source, result.command, recorded=True)
    match result:
        case Scale():
            workers = ",".join(
                str(count)
                for count in dict.fromkeys(
                    point.workers for point in result.points if point.mode != "serial"
                )
            )
            repeats = len(result.points[0].wall_s)
            command = (
                f"imagemill scale GRAPH --input PHOTOS --workers {workers} --repeat {repeats} "
                f"--json {name}"
            )
        case Profile():
            command = (
                f"imagemill profile GRAPH --input PHOTOS --workers {result.workers} --json {name}"
            )
        case Prediction():
            command = ""
    return _Reproduction(source, command, recorded=False)
