"""Which results belong together, and in what they differ."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .model import Machine, Point, Prediction, Profile, Result, Scale, Stage
from .read import Source
from .words import count, listed


@dataclass
class Part:
    """Results of one graph on one machine: at least one of the three kinds."""

    sources: list[Source]
    study: Scale | None = None
    profiles: list[Profile] = field(default_factory=list)
    predictions: list[Prediction] = field(default_factory=list)

    @property
    def results(self) -> list[Result]:
        return [source.result for source in self.sources]

    @property
    def graph(self) -> str:
        return self.results[0].graph

    @property
    def machine(self) -> Machine | None:
        return next((result.machine for result in self.results if result.machine), None)

    @property
    def profile(self) -> Profile | None:
        """Profile of the run that is shown in detail: the best point's, else the recorded one."""
        best = self.study.best_point.profile if self.study else None
        return best or next(iter(self.profiles), None)

    @property
    def best(self) -> Point | None:
        return self.study.best_point if self.study else None

    @property
    def serial_stages(self) -> dict[str, Stage]:
        """Stages of the serial run: the cost of the same work with none beside it."""
        serial = self.study.serial.profile if self.study else None
        return {stage.node: stage for stage in serial.stages} if serial else {}

    @property
    def cpus(self) -> int | None:
        return self.machine.cpus if self.machine else None

    def takes(self, result: Result) -> bool:
        if result.graph != self.graph:
            return False
        return (
            self.machine is None
            or result.machine is None
            or same_machine(self.machine, result.machine)
        )

    def add(self, source: Source) -> None:
        self.sources.append(source)
        match source.result:
            case Scale() as study:
                self.study = study
            case Profile() as profile:
                self.profiles.append(profile)
            case Prediction() as prediction:
                self.predictions.append(prediction)


def arrange(sources: Sequence[Source]) -> list[Part]:
    """One part for each scaling study; other results join the study that they belong to."""
    parts: list[Part] = []
    for kind in (Scale, Profile, Prediction):
        for source in sources:
            if not isinstance(source.result, kind):
                continue
            home = next(
                (part for part in parts if kind is not Scale and part.takes(source.result)), None
            )
            if home is None:
                home = Part([])
                parts.append(home)
            home.add(source)
    return parts


def same_machine(a: Machine, b: Machine) -> bool:
    """Compares the properties that decide on speed. A kernel update in between is reported only."""
    return (a.cpu, a.cpus) == (b.cpu, b.cpus) if a.cpu and b.cpu else a.summary == b.summary


def differences(parts: Sequence[Part]) -> list[str]:
    """Reasons why the results cannot be compared as they are, in sentences."""
    return [*_between(parts), *(sentence for part in parts for sentence in _within(part))]


def _between(parts: Sequence[Part]) -> list[str]:
    sentences = []
    graphs = list(dict.fromkeys(part.graph for part in parts))
    machines = list(dict.fromkeys(part.machine.summary for part in parts if part.machine))
    images = {part.study.items for part in parts if part.study}
    if len(graphs) > 1:
        named = listed([f"'{graph}'" for graph in graphs])
        sentences.append(
            f"These are results of different graphs ({named}): compare their speed-ups and "
            "efficiencies, not their images/s or times."
        )
    if len(machines) > 1:
        sentences.append(
            f"The results come from different machines ({'; '.join(machines)}): a difference may be the "
            "machine's, not the graph's."
        )
    if len(parts) > 1 and len(graphs) == 1 and len(images) > 1:
        sentences.append("The results are of different numbers of images: compare images/s, not times.")
    return sentences


def _within(part: Part) -> list[str]:
    sentences = []
    if part.study:
        for source in part.sources:
            result = source.result
            if isinstance(result, Profile) and result.items != part.study.items:
                sentences.append(
                    f"The profile ({source.name}) is of {count(result.items, 'image')}, "
                    f"the scaling study of {part.study.items:,}: their times are not those of the same work."
                )
    known = {result.machine.summary for result in part.results if result.machine}
    if len(known) > 1:
        sentences.append(
            f"The machine is described differently by the results of '{part.graph}' "
            f"({'; '.join(sorted(known))})."
        )
    versions = {
        tuple(sorted(result.machine.versions.items()))
        for result in part.results
        if result.machine and result.machine.versions
    }
    if len(versions) > 1:
        sentences.append(
            f"The results of '{part.graph}' come from different versions of the program or its "
            "libraries."
        )
    if known and any(result.machine is None for result in part.results):
        unknown = [source.name for source in part.sources if source.result.machine is None]
        sentences.append(
            f"{listed(unknown)} {'name' if len(unknown) > 1 else 'names'} no machine: taken to be of "
            "the same one."
        )
    return sentences
