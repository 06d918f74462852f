"""Reads a result file, whichever of the three it is."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from .decode import Mismatch, clean, decode
from .model import Prediction, Profile, Result, Scale

_KINDS: dict[str, type[Scale | Profile | Prediction]] = {
    "imagemill-scale 1": Scale,
    "imagemill-profile 1": Profile,
    "imagemill-prediction 1": Prediction,
}


class ReadError(Exception):
    """An error in one line: the file and its fault."""

    def __init__(self, file: Path, cause: str) -> None:
        super().__init__(f"{clean(str(file))}: {clean(cause)}".replace("\n", " "))


@dataclass(frozen=True)
class Source:
    """A result and the name of its file."""

    name: str
    result: Result


def read(file: Path) -> Source:
    """Reads a result. Raises ReadError if the file can't be read, or is none of the three kinds."""
    try:
        content = json.loads(file.read_bytes())
    except OSError as error:
        raise ReadError(file, error.strerror or str(error)) from error
    except (ValueError, RecursionError) as error:
        raise ReadError(file, "is not JSON") from error
    return Source(clean(file.name), _result(file, content))


def _result(file: Path, content: Any) -> Result:
    schema = content.get("schema") if isinstance(content, dict) else None
    kind = _KINDS.get(schema) if isinstance(schema, str) else None
    if kind is None:
        what = f"has the schema '{schema}'" if isinstance(schema, str) else "has no schema"
        raise ReadError(file, f"{what}, which is none of {', '.join(_KINDS)}")
    try:
        result = cast(Result, decode(kind, content))
        _check(result)
    except Mismatch as error:
        raise ReadError(file, str(error)) from error
    return result


def _check(result: Result) -> None:
    """Checks the conditions that the rest relies on, beyond types."""
    if not isinstance(result, Profile) and not result.points:
        raise Mismatch("has no points")
    if isinstance(result, Scale):
        for i, point in enumerate(result.points):
            if not point.wall_s or min(point.wall_s) <= 0:
                raise Mismatch(f"'points[{i}].wall_s' has no time above 0")
        if not any(
            (point.mode, point.workers) == (result.best.mode, result.best.workers)
            for point in result.points
        ):
            raise Mismatch("'best' is none of the points")
    if (
        isinstance(result, (Scale, Prediction))
        and min(point.workers for point in result.points) < 1
    ):
        raise Mismatch("has a point without workers")
