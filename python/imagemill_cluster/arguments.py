"""The arguments of the command line."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from .progress import STYLES

PROGRAM = "imagemill cluster"

_RECORDS = {
    "stats": "measurements, as JSON",
    "manifest": "the SHA-256 of every output",
    "failures": "every failed item and its cause, as JSON Lines",
    "losses": "what outputs have lost of their inputs, as JSON Lines",
}


class _Help(argparse.HelpFormatter):
    """Help that begins like that of the other subcommands."""

    def add_usage(self, usage, actions, groups, prefix="Usage: "):
        super().add_usage(usage, actions, groups, prefix)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Parses the arguments; ends the process with status 2 if they are wrong."""
    parser = argparse.ArgumentParser(
        PROGRAM,
        formatter_class=_Help,
        description="Runs a graph on many machines: hands shards of its input to Dask workers.",
        epilog="Finished work stays done: the same command continues where the last one ended.",
    )
    run = parser.add_subparsers(required=True, metavar="run").add_parser(
        "run",
        help="runs a graph",
        formatter_class=_Help,
        description=parser.description,
        epilog=parser.epilog,
    )
    _add_job(run.add_argument_group("job (paths are the same on all workers)"))
    _add_cluster(run.add_argument_group("cluster"))
    _add_output(run.add_argument_group("records and progress"))
    options = parser.parse_args(arguments)
    tls: list[str] = [options.tls_ca_file, options.tls_cert, options.tls_key]
    if any(tls) and not all(tls):
        run.error("--tls-ca-file, --tls-cert and --tls-key are given together")
    if bool(options.scheduler and options.scheduler.startswith("tls://")) != all(tls):
        run.error(
            "a tls:// scheduler and --tls-ca-file, --tls-cert and --tls-key need each other"
        )
    for record in filter(None, [*(getattr(options, name) for name in _RECORDS), options.json]):
        if not os.access(record if os.path.exists(record) else _folder_of(record), os.W_OK):
            run.error(f"{record} can't be written")
    for pem in filter(None, tls):
        if not os.access(pem, os.R_OK):
            run.error(f"{pem} can't be read")
    if options.local and not options.workers:
        options.workers = str(max(1, len(os.sched_getaffinity(0)) // options.local))
    return options


def record_flags(options: argparse.Namespace) -> list[str]:
    """Flags for the merged records that the options ask for."""
    return [
        word
        for name in _RECORDS
        if (file := getattr(options, name))
        for word in (f"--{name}", file)
    ]


def _add_job(group: argparse._ArgumentGroup) -> None:
    group.add_argument("graph", type=_path, metavar="GRAPH", help="a YAML file")
    group.add_argument("--input", required=True, type=_path, metavar="FOLDER", help="input folder")
    group.add_argument(
        "--output", required=True, type=_path, metavar="FOLDER", help="output folder"
    )
    group.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NODE.PARAM=VALUE",
        help="replaces a parameter of a node; may be given several times",
    )
    group.add_argument(
        "--list",
        type=_path,
        metavar="FILE",
        help="a list that 'imagemill list' has made of the input",
    )
    earlier = group.add_mutually_exclusive_group()
    earlier.add_argument(
        "--resume",
        choices=("stamp", "hash"),
        default="stamp",
        help="how finished work is recognised: by size and time, skipping finished shards "
        "(the default); or by content, in all shards",
    )
    earlier.add_argument(
        "--retry-failed",
        action="store_true",
        help="makes only the images that failed in an earlier run",
    )
    group.add_argument(
        "--item-timeout", metavar="TIME", help="time that nodes may work on one image, as in 60s"
    )
    group.add_argument(
        "--workers",
        metavar="N",
        help="CPU workers of a shard (default: all CPUs of its machine; with --local an equal "
        "share)",
    )
    group.add_argument(
        "--memory", metavar="SIZE", help="upper bound of a shard's bytes in flight, as in 512MiB"
    )


def _add_cluster(group: argparse._ArgumentGroup) -> None:
    where = group.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--scheduler", metavar="ADDRESS", help="address of Dask's scheduler, as in tcp://HOST:8786"
    )
    where.add_argument(
        "--local", type=_positive, metavar="K", help="starts K workers on this machine instead"
    )
    group.add_argument(
        "--shards",
        type=_positive,
        metavar="N",
        help="number of shards (default: that of the last run over the same input, or of the "
        "last run into the same folder if it was at least 4 a worker; else 8 a worker)",
    )
    group.add_argument(
        "--attempts",
        type=_positive,
        default=4,
        metavar="N",
        help="attempts at each shard (default: 4)",
    )
    group.add_argument(
        "--wait",
        type=float,
        default=60,
        metavar="SECONDS",
        help="time to wait for the scheduler, and for a first worker (default: 60)",
    )
    group.add_argument(
        "--command",
        default=os.environ.get("IMAGEMILL_COMMAND", "imagemill"),
        metavar="FILE",
        help="path of imagemill on the workers (default: its path here)",
    )
    group.add_argument("--tls-ca-file", metavar="PEM", help="certificate of the authority")
    group.add_argument("--tls-cert", metavar="PEM", help="certificate of this machine")
    group.add_argument("--tls-key", metavar="PEM", help="private key of that certificate")


def _add_output(group: argparse._ArgumentGroup) -> None:
    for name, what in _RECORDS.items():
        group.add_argument(f"--{name}", metavar="FILE", help=f"{what}, of all shards")
    group.add_argument(
        "--json", type=Path, metavar="FILE", help="shards, nodes, retries and overheads, as JSON"
    )
    group.add_argument(
        "--progress",
        choices=STYLES,
        default="auto",
        help="auto (on a terminal a bar), plain (lines) or none",
    )


def _folder_of(file: str | Path) -> str:
    return os.path.dirname(file) or "."


def _path(text: str) -> str:
    return os.path.abspath(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no number from 1")
    return int(text)
