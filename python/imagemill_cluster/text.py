"""Text for a person who reads it in a terminal."""

import unicodedata
from collections.abc import Sequence


def duration(seconds: float) -> str:
    """A time with three significant digits and a unit: '12.3 ms', '4.56 s', '12:05 min'."""
    if seconds <= 0:
        return "0"
    if seconds < 60:
        for factor, unit in ((1e6, "µs"), (1e3, "ms"), (1, "s")):
            value = seconds * factor
            if value < 999.5 or factor == 1:
                return f"{value:.{2 if value < 9.995 else 1 if value < 99.95 else 0}f} {unit}"
    return f"{clock(seconds)} {'min' if round(seconds) < 3600 else 'h'}"


def clock(seconds: float) -> str:
    """A time as '0:07', '12:05', '1:02:03'."""
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02}"
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def counted(many: int, what: str, plural: str = "") -> str:
    return f"{many} {what if many == 1 else plural or what + 's'}"


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def printable(text: str) -> str:
    """The text on one line, with control characters escaped, so that a terminal is safe."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def width_of(text: str) -> int:
    """Columns on the screen: two of a wide letter, none of an accent that follows its letter."""
    return sum(_columns(c) for c in text)


def cut_to(text: str, columns: int) -> str:
    """The longest beginning of the text that fits into `columns`."""
    taken = 0
    for at, c in enumerate(text):
        taken += _columns(c)
        if taken > columns:
            return text[:at]
    return text


def _columns(c: str) -> int:
    # Vowels and ends of decomposed Korean syllables stand in the column of the first letter.
    if unicodedata.category(c) in ("Mn", "Me", "Cf") or "\u1160" <= c <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(c) in "WF" else 1


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns aligned, all but the first to the right, and a rule under the first row."""
    widths = [max(map(width_of, column)) for column in zip(*rows)]
    lines = []
    for row in rows:
        cells = []
        for column, (cell, width) in enumerate(zip(row, widths)):
            padding = " " * (width - width_of(cell))
            cells.append(padding + cell if column else cell + padding)
        lines.append("  ".join(cells).rstrip())
    rule = "─" * (sum(widths) + 2 * (len(widths) - 1))
    return "\n".join([lines[0], rule, *lines[1:]])
