"""Several hosts on this machine, made of namespaces: each with its name, its network, its processes
and its mounts. They share the file system, and a switch that cables lead to."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from .checks import Broken, NotPossible
from .machine import call, need, need_root

PORT = "eth0"
Words = Sequence[str | Path]
Found = TypeVar("Found")


def await_that(holds: Callable[[], Found], what: str, limit_s: float = 30) -> Found:
    """The first true value that `holds` returns."""
    until = time.monotonic() + limit_s
    while not (found := holds()):
        if time.monotonic() > until:
            raise Broken(f"after {limit_s:g} s not yet: {what}")
        time.sleep(0.02)
    return found


def children(pid: int) -> list[int]:
    """Child processes of all threads of `pid`."""
    with suppress(OSError):
        return [int(child) for thread in Path(f"/proc/{pid}/task").iterdir()
                for child in (thread / "children").read_text().split()]
    return []


def words_of(pid: int) -> list[str]:
    """The command line; empty if the process has ended."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")[:-1]
    return []


class Host:
    """Up from its construction until `close`; nothing that ran on it outlives it, nor this process:
    its first process ends when its input does, and with it the kernel ends all others. Until then
    that one waits for what has lost its parent."""

    def __init__(self, name: str, address: str) -> None:
        self.name = name
        self.address = address
        begin = ('hostname "$0" && ip link set lo up && exec 3<&0 || exit\n'
                 'cat <&3 >/dev/null & echo up; wait')
        namespaces = ["--net", "--uts", "--ipc", "--pid", "--fork", "--mount", "--mount-proc"]
        self._entered: list[subprocess.Popen[bytes]] = []
        self._holder = subprocess.Popen(
            ["unshare", *namespaces, "sh", "-c", begin, name], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        assert self._holder.stdout and self._holder.stderr
        if self._holder.stdout.readline() != b"up\n":
            raise NotPossible(f"no namespaces: {self._holder.stderr.read().decode().strip()}")
        [self.first] = children(self._holder.pid)
        self._own = [self.first, *children(self.first)]
        self._processes = os.readlink(f"/proc/{self.first}/ns/pid")

    def words(self, *words: str | Path) -> list[str | Path]:
        """Words that run a command on this host."""
        return ["nsenter", "--target", str(self.first), "--net", "--uts", "--ipc", "--pid",
                "--mount", *words]

    def start(self, words: Words, log: Path, environment: dict[str, str]) -> int:
        """Starts a process; returns its number as seen from here."""
        with log.open("ab") as stream:
            entered = subprocess.Popen(
                self.words(*words), stdin=subprocess.DEVNULL, stdout=stream, stderr=stream,
                cwd=log.parent, env=environment, start_new_session=True)
        self._entered.append(entered)
        return inner(entered)

    def call(self, *words: str | Path) -> None:
        call(*map(str, self.words(*words)))

    def processes(self) -> list[int]:
        """Processes on the host, without those that make it."""
        return [pid for pid in map(int, filter(str.isdecimal, os.listdir("/proc")))
                if pid not in self._own and self._has(pid) and words_of(pid)]

    def _has(self, pid: int) -> bool:
        with suppress(OSError):
            return os.readlink(f"/proc/{pid}/ns/pid") == self._processes
        return False

    def send(self, number: int) -> None:
        """Sends a signal to all processes on the host."""
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def close(self) -> None:
        """Ends all processes at one moment, as a power cut does."""
        if self._holder.returncode is not None:
            return
        os.kill(self.first, signal.SIGKILL)
        # One whose process was stopped has stopped as well, and the kernel waits for it.
        for entered in self._entered:
            entered.kill()
            entered.wait()
        self._holder.communicate()


def inner(entered: subprocess.Popen[bytes]) -> int:
    """The process that a command of `Host.words` has started."""
    return await_that(lambda: children(entered.pid), "a process on a host")[0]


class Network:
    """Hosts; the first one has the switch."""

    def __init__(self, hosts: list[Host]) -> None:
        self.hosts = hosts
        self._link("add", PORT, "type", "bridge")
        for host in hosts[1:]:
            self._link("add", host.name, "type", "veth", "peer", "name", PORT,
                       "netns", str(host.first))
            self._link("set", host.name, "master", PORT)
            self.cable(host, "up")
        for host in hosts:
            host.call("ip", "address", "add", f"{host.address}/24", "dev", PORT)
            host.call("ip", "link", "set", PORT, "up")

    def cable(self, host: Host, state: str) -> None:
        self._link("set", host.name, state)

    def _link(self, *words: str) -> None:
        """Runs a command at the switch, with process numbers as seen from here."""
        call("nsenter", "--target", str(self.hosts[0].first), "--net", "ip", "link", *words)


@contextmanager
def network(count: int) -> Iterator[Network]:
    """Hosts h1, h2, … with addresses unknown outside."""
    need_root()
    need("ip", "unshare", "nsenter")
    with ExitStack() as stack:
        hosts = []
        for number in range(1, count + 1):
            hosts.append(Host(f"h{number}", f"10.99.0.{number}"))
            stack.callback(hosts[-1].close)
        yield Network(hosts)
