"""Numbers with their units, and the names of causes, as a person reads them."""

import re
from collections.abc import Sequence
from datetime import datetime

from .model import Bound, Cause, Estimate, Way

# Causes of idle workers and of waits, in one vocabulary: a cause looks the same in every chart.
CAUSES = {
    "limit": "a stage's own limit",
    "workers": "all workers busy",
    "partners": "partners of a join",
    "memory": "memory",
    "in_flight": "images in flight",
    "source": "a stage with threads of its own",
    "listing": "listing of the input",
    "tail": "the last images",
    "calibration": "calibration",
    "scheduler": "handing on",
    "inflation": "work taking longer",
}

_LOST = {
    "limit": "workers waited for the limit of {node}",
    "memory": "no memory for the next image",
    "in_flight": "no more images could be in flight",
    "source": "workers waited for {node}",
    "listing": "workers waited for the listing of the input",
    "tail": "no image was left while the last ones ended",
    "calibration": "workers waited during calibration",
    "scheduler": "work was handed on late",
    "inflation": "{node} took longer beside other work",
}


def number(value: float, digits: int = 3) -> str:
    """A number with three significant digits, thousands apart: 0.0123, 1.23, 12.3, 1,234."""
    if value == 0:
        return "0"
    size = abs(value)
    decimals = 0
    while decimals < 6 and size * 10**decimals < 10 ** (digits - 1) - 0.5:
        decimals += 1
    return f"{value:,.{decimals}f}"


def seconds(value: float) -> str:
    for factor, unit in ((1, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if abs(value) >= factor:
            return f"{number(value / factor)} {unit}"
    return "0 s" if abs(value) < 5e-10 else f"{number(value / 1e-9)} ns"


def percent(share: float) -> str:
    text = f"{100 * share:.{1 if abs(share) < 0.0995 else 0}f}"
    return ("0" if float(text) == 0 else text) + " %"


def signed_percent(share: float) -> str:
    return ("+" if share > 0 else "−" if share < 0 else "") + f"{abs(100 * share):.1f} %"


def factor(value: float) -> str:
    return f"{value:.2f} ×"


def rate(value: float) -> str:
    return f"{number(value)} images/s"


def span(estimate: Estimate, say=number) -> str:
    return f"{say(estimate.low)} to {say(estimate.high)}"


def size(value: int) -> str:
    for power, unit in ((4, "TB"), (3, "GB"), (2, "MB"), (1, "kB")):
        if value >= 1000**power:
            return f"{number(value / 1000**power)} {unit}"
    return f"{value} bytes"


def date(text: str) -> str:
    """An ISO date as a person writes it; other text unchanged."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return text
    zone = f" {when.tzname()}" if when.tzinfo else ""
    return f"{when.day} {when:%B %Y}" + (f", {when:%H:%M}{zone}" if len(text) > 10 else "")


def count(many: int, what: str) -> str:
    return f"{many:,} {what}{'' if many == 1 else 's'}"


def way(mode: Way) -> str:
    """'serial', or 'flow, 2 workers'."""
    return mode.mode if mode.mode == "serial" else f"{mode.mode}, {count(mode.workers, 'worker')}"


def ways(modes: Sequence[Way]) -> str:
    """'serial; flow with 1, 2 and 4 workers'."""
    counts: dict[str, list[str]] = {}
    for mode in modes:
        counts.setdefault(mode.mode, []).append(str(mode.workers))
    return "; ".join(
        name
        if name == "serial"
        else f"{name} with {listed(workers)} worker{'' if workers == ['1'] else 's'}"
        for name, workers in counts.items()
    )


def cause(name: str) -> str:
    return CAUSES.get(name, name)


def lost(loss: Cause) -> str:
    node = f"'{loss.node}'" if loss.node is not None else "a stage"
    return _LOST.get(loss.cause, loss.cause).replace("{node}", node)


def bound(limit: Bound) -> str:
    return f"limit of '{limit.node}'" if limit.node is not None else limit.by.replace("_", " ")


def unbroken(text: str) -> str:
    """The text with no line break between a number and its sign."""
    return re.sub(r"(?<=\d) (?=[%×])", "\N{NO-BREAK SPACE}", text)


def listed(texts: Sequence[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    return " and ".join(filter(None, (", ".join(texts[:-1]), *texts[-1:])))
