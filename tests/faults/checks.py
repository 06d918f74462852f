"""A check, a family of checks, and the tally of what many faults have shown."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .lab import Lab

PARTIAL = "left a partial file"
TEMPORARY = "left a temporary file"
STATUS = "ended with a wrong status"
COUNTS = "miscounted items"
HUNG = "hung"
UNFINISHED = "were not completed by --resume"
EXAMPLES = 3
STANDARD = (PARTIAL, TEMPORARY, STATUS, COUNTS, HUNG)

Problems = dict[str, str]
"""Problems after a fault: the first example of each kind."""


class NotPossible(Exception):
    """This machine, or the rights of this user, do not allow the fault."""


class Broken(Exception):
    """A promise is broken; its text is the measured figure, then examples line by line."""


Measure = Callable[["Lab"], str]


@dataclass(frozen=True)
class Check:
    name: str
    fault: str
    must: str
    measure: Measure


@dataclass(frozen=True)
class Result:
    check: Check
    verdict: str
    figure: str
    examples: list[str]
    seconds: float

    @property
    def failed(self) -> bool:
        return self.verdict == "FAILED"


class Family:
    def __init__(self, name: str) -> None:
        self.name = name
        self.checks: list[Check] = []

    def check(self, name: str, fault: str, must: str) -> Callable[[Measure], Measure]:
        """Registers a function that injects `fault` and returns the measured figure."""

        def register(measure: Measure) -> Measure:
            self.checks.append(Check(f"{self.name}/{name}", fault, must, measure))
            return measure

        return register


def perform(check: Check, lab: Lab) -> Result:
    started = time.monotonic()
    verdict, examples = "ok", []
    try:
        figure = check.measure(lab)
    except NotPossible as reason:
        verdict, figure = "not possible here", str(reason)
    except Broken as broken:
        verdict = "FAILED"
        figure, *examples = str(broken).splitlines()
    except Exception as error:  # one check must not end the others
        verdict, figure = "FAILED", f"the check itself: {error!r}"
        examples = traceback.format_exc().splitlines()
    return Result(check, verdict, figure, examples, time.monotonic() - started)


def demand(holds: bool, figure: str) -> str:
    """The figure, if it is as promised."""
    if not holds:
        raise Broken(figure)
    return figure


class Tally:
    """Number of faults that broke each promise."""

    def __init__(self, faults: str, kinds: Iterable[str] = STANDARD) -> None:
        self.faults = faults
        self.count = 0
        self.broken = dict.fromkeys(kinds, 0)
        self.examples: list[str] = []

    def add(self, where: str, problems: Mapping[str, str]) -> None:
        self.count += 1
        for kind, detail in problems.items():
            self.broken[kind] = self.broken.get(kind, 0) + 1
            if self.broken[kind] <= EXAMPLES:
                self.examples.append(f"{kind}: {where}: {detail}")

    def figure(self, addition: str = "") -> str:
        if self.count == 0:
            raise Broken(f"no {self.faults} took place")
        counts = ", ".join(f"{count} {kind}" for kind, count in self.broken.items())
        text = f"of {self.count} {self.faults} {counts}{addition}"
        if any(self.broken.values()):
            raise Broken("\n".join([text, *self.examples]))
        return text
