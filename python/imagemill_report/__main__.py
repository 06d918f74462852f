"""The command line: reads all files, renders all documents, and only then writes any."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from imagemill_files import write_whole

from .read import ReadError, Source, read

_PROGRAM = "imagemill report"
_FAILED = 2
# Debian's packages of the libraries.
_PACKAGES = {
    "matplotlib": "python3-matplotlib",
    "jinja2": "python3-jinja2",
    "weasyprint": "weasyprint",
}


def main(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    try:
        sources = [read(file) for file in options.results]
        documents = [(file, _renderer(file)(sources)) for file in options.output]
    except ReadError as error:
        return _fail(str(error))
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library not in _PACKAGES:
            raise
        return _fail(f"needs {library}: apt-get install {_PACKAGES[library]}")
    try:
        for file, content in documents:
            write_whole(file, content)
    except OSError as error:
        return _fail(f"{file}: {error.strerror}")
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        _PROGRAM,
        description="One document of scaling studies, profiles and predictions: HTML or PDF.",
    )
    parser.add_argument(
        "results",
        nargs="+",
        type=Path,
        metavar="RESULT.json",
        help="JSON files that scale, profile or predict wrote, in any mix",
    )
    parser.add_argument(
        "-o",
        "--output",
        action="append",
        required=True,
        type=_output,
        metavar="FILE",
        help="the document to write, .pdf or .html; may be given for both",
    )
    return parser.parse_args(arguments)


def _output(text: str) -> Path:
    if Path(text).suffix.lower() not in (".pdf", ".html"):
        raise argparse.ArgumentTypeError(f"'{text}' ends in neither .pdf nor .html")
    return Path(text)


def _renderer(file: Path) -> Callable[[Sequence[Source]], bytes]:
    # Not above: without the libraries there is a message, not a traceback.
    from . import document

    if file.suffix.lower() == ".pdf":
        return document.pdf
    return lambda sources: document.html(sources).encode()


def _fail(message: str) -> int:
    print(f"{_PROGRAM}: {message}", file=sys.stderr)
    return _FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
