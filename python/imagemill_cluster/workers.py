"""The workers: those of a scheduler that is there, or some that are started here.

Nothing of this package is sent to them: all that they do is `subprocess.run`, by its name.
"""

import argparse
import asyncio
import contextlib
import logging
import signal
import socket
import subprocess
import threading
import time
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from multiprocessing import resource_tracker
from queue import SimpleQueue
from typing import Any

import dask
import distributed
from distributed.security import Security

from .command import INCOMPLETE, RunError
from .outcome import Outcome, of_error, of_process
from .runs import Span, Worker

_SETTINGS = {
    "distributed.scheduler.worker-ttl": "30s",
    "distributed.scheduler.allowed-failures": 10,
    # No shard waits at a busy worker while another one is idle.
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.comm.timeouts.connect": "10s",
    "distributed.comm.timeouts.tcp": "20s",
    # Applies to workers that are started here, from their first line on.
    "distributed.nanny.pre-spawn-environ": {"DASK_LOGGING__DISTRIBUTED": "critical"},
}
_POLL_S = 0.2
_ANSWER_S = 3
# Workers report in another order than their shards end.
_LATE_S = 10
_CLOSE_S = 5

# Ends the shards among the children of the worker that starts it, and says which. Arguments: the
# list that they read; those that have been told before, for a second signal would not end in order.
_TERMINATE = r"""
list=$1
shift
for status in $(grep -l "^PPid:[[:space:]]*$PPID\$" /proc/[0-9]*/status 2>/dev/null); do
  process=${status%/status}
  words=$(tr '\0' '\n' <"$process/cmdline") || continue
  printf '%s\n' "$words" | grep -Fxqe "$list" || continue
  shard=$(printf '%s\n' "$words" | sed -n '/^--shard$/{n;p;}')
  [ -n "$shard" ] || continue
  case " $* " in
    *" $shard "*) ;;
    *) kill -TERM "${process#/proc/}" && printf '%s\n' "$shard" ;;
  esac
done 2>/dev/null
"""


class Cluster:
    """The connection to the scheduler. Calls raise RunError if it is gone."""

    def __init__(self, client: distributed.Client) -> None:
        self._client = client
        self._address = client.scheduler.address
        self._known: dict[str, Worker] = {}
        self._seen = 0.0
        # The scheduler records spans from now on; it may already do so for other clients.
        self._spans(count=1)

    def workers(self) -> dict[str, Worker]:
        """Workers that are connected, by address."""
        # Newer versions of Dask name the first five, unless asked for all.
        info = self._ask(self._client.scheduler_info, n_workers=-1)["workers"]
        if unknown := [address for address in info if address not in self._known]:
            hosts = self._ask(
                self._client.run, socket.gethostname, workers=unknown, on_error="ignore"
            )
            self._known.update(
                (address, _worker(address, host, info[address]["name"]))
                for address, host in hosts.items()
            )
        return {address: self._known[address] for address in info if address in self._known}

    def submit(
        self,
        commands: Sequence[Sequence[str]],
        keys: Sequence[str],
        priority: int = 0,
        only: Collection[str] = (),
    ) -> list[distributed.Future]:
        """Submits a command, one process each; a higher priority goes before all that wait.

        If addresses are given, only their workers run it; it never starts if they are gone.
        """
        return self._ask(
            self._client.map,
            subprocess.run,
            [list(command) for command in commands],
            key=list(keys),
            pure=False,
            priority=priority,
            workers=list(only) or None,
            capture_output=True,
            # Ctrl-C in the terminal does not reach a new session.
            start_new_session=True,
        )

    def outcome(self, future: distributed.Future) -> Outcome:
        """Outcome of a future that has ended; releases its result."""
        try:
            return of_process(future.result())
        except (Exception, asyncio.CancelledError) as error:
            if self._client.status != "running":
                raise self._gone() from error
            return of_error(error)
        finally:
            future.release()

    def spans(self) -> dict[str, Span]:
        """Spans by key of processes that have ended since the last call; some may be repeated."""
        return self._spans(start=self._seen - _LATE_S)

    def _spans(self, **which: float) -> dict[str, Span]:
        spans = {
            task["key"]: Span(task["worker"], part["start"], part["stop"])
            for task in self._ask(self._client.get_task_stream, **which)
            for part in task["startstops"]
            if part["action"] == "compute"
        }
        self._seen = max([self._seen, *(span.ended for span in spans.values())])
        return spans

    def cancel(self, futures: Sequence[distributed.Future]) -> None:
        self._ask(self._client.cancel, list(futures))

    def given(self) -> dict[str, set[str]]:
        """Keys of all tasks given to a worker, by its address, whoever gave them."""
        processing = self._ask(self._client.processing)
        return {address: set(keys) for address, keys in processing.items()}

    def terminate(self, addresses: Iterable[str], list_file: str, told: Iterable[str]) -> set[str]:
        """Sends SIGTERM to the processes of these workers' shards but those told.

        Which ones, as 'I/N', as far as workers answer: one that does not keeps no other waiting.
        """
        words = ["sh", "-c", _TERMINATE, "sh", list_file, *told]
        answers: SimpleQueue[list[subprocess.CompletedProcess[bytes]]] = SimpleQueue()

        def ask(address: str) -> None:
            # A worker that is gone has no process to end.
            with contextlib.suppress(Exception, asyncio.CancelledError):
                answer = self._client.run(
                    subprocess.run, words, capture_output=True, workers=[address], on_error="ignore"
                )
                answers.put(list(answer.values()))

        threads = [threading.Thread(target=ask, args=[each], daemon=True) for each in addresses]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + _ANSWER_S
        for thread in threads:
            thread.join(max(0, deadline - time.monotonic()))
        names: set[str] = set()
        while not answers.empty():
            names.update(name for each in answers.get() for name in each.stdout.decode().split())
        return names

    def _ask(self, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        try:
            return function(*arguments, **options)
        except (OSError, asyncio.CancelledError) as error:
            raise self._gone() from error
        except Exception as error:
            if self._client.status == "running":
                raise
            raise self._gone() from error

    def _gone(self) -> RunError:
        return RunError(f"the scheduler at {self._address} is gone", INCOMPLETE)


@contextlib.contextmanager
def cluster(options: argparse.Namespace, tell: Callable[[], None]) -> Iterator[Cluster]:
    """The cluster that the arguments name. Calls `tell` while it waits for a first worker."""
    dask.config.set(_SETTINGS)
    warnings.simplefilter("ignore")
    # Dask tells of each lost connection in many lines; the command does so once.
    logging.disable(logging.CRITICAL)
    with contextlib.ExitStack() as stack:
        if options.local:
            scheduler = _closed_by(stack, _start(options.local))
        else:
            scheduler = options.scheduler
        connected = Cluster(_closed_by(stack, _connect(scheduler, options)))
        deadline = time.monotonic() + options.wait
        while not connected.workers():
            if time.monotonic() > deadline:
                raise RunError(f"no worker came within {options.wait:g} s", INCOMPLETE)
            tell()
            time.sleep(_POLL_S)
        yield connected


def _connect(
    scheduler: str | distributed.LocalCluster, options: argparse.Namespace
) -> distributed.Client:
    security = None
    if options.tls_cert:
        security = Security(
            require_encryption=True,
            tls_ca_file=options.tls_ca_file,
            tls_client_cert=options.tls_cert,
            tls_client_key=options.tls_key,
        )
    try:
        return distributed.Client(
            scheduler, timeout=options.wait, security=security, set_as_default=False
        )
    except (OSError, ValueError, TypeError) as error:
        raise RunError(f"no scheduler at {scheduler}: {error}", INCOMPLETE) from error


def _start(count: int) -> distributed.LocalCluster:
    """Starts worker processes on this machine, which end with this process."""
    # Worker processes inherit the blocked signal, so that only this thread gets a Ctrl-C. The
    # tracker of multiprocessing would unblock it if it were started later.
    resource_tracker.ensure_running()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return distributed.LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            host="127.0.0.1",
            memory_limit=0,
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        )
    except (OSError, RuntimeError) as error:
        raise RunError(f"the workers were not started: {error}", INCOMPLETE) from error
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _worker(address: str, host: str, name: object) -> Worker:
    """A worker; without a name of its own (Dask gives it its address) it goes by the port."""
    return Worker(host, address.rpartition(":")[2] if name == address else str(name))


def _closed_by(stack: contextlib.ExitStack, connection: Any) -> Any:
    def close() -> None:
        # A connection that is gone need not be closed.
        with contextlib.suppress(Exception, asyncio.CancelledError):
            connection.close(timeout=_CLOSE_S)

    stack.callback(close)
    return connection
