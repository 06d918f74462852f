"""A run spread over hosts that fail, vanish, stop, come late, or are full."""

import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

from .checks import Broken, Family, Tally, demand
from .hosts import Host, await_that
from .job import Outcome
from .lab import Lab
from .machine import call, need
from .spread import (KINDS, LIMIT_S, PORT, PYTHON, Spread, need_module, spread, spread_and_up,
                     worker_below)
from .trees import temporaries

FAMILY = Family("cluster")
WHOLE = ("status, tree, manifest and failures of a serial run on one host; nothing temporary and "
         "no shard's process is left")
AGAIN = "did again what was done"
UNSAID = "were not named"
UNREFUSED = "were not refused"
Fault = Callable[[Spread, Host, int], None]
"""Befalls a host, whose worker has this nanny."""


def kill(*pids: int) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def midway(lab: Lab, faults: str, fault: Fault, times: int = 1,
           arms: Callable[[str], str] = lambda _: "") -> str:
    """Runs the same job anew for each fault. `arms`: by name of the host that it hits."""
    tally = Tally(faults, KINDS)
    missed, again, seconds = [], 0, 0.0
    for number in range(times):
        with spread_and_up(lab) as (made, nannies):
            host = made.net.hosts[-1]
            made.arm(arms(host.name))
            job = made.start()
            made.await_midway(host)
            made.fault()
            fault(made, host, nannies[host.name])
            outcome = job.wait(LIMIT_S)
            seconds += outcome.seconds
            tally.add(f"{number + 1}", made.problems(outcome))
            missed.append(made.missed())
            again += made.again()
    return tally.figure(f"; {', '.join(missed)}; {again} of {times * made.shards} shards begun "
                        f"again, {seconds / times:.0f} s a run")


def kill_worker(_: Spread, _host: Host, nanny: int) -> None:
    kill(nanny, worker_below(nanny))


def kill_child(_: Spread, _host: Host, nanny: int) -> None:
    kill(worker_below(nanny))


def stop_worker(_: Spread, _host: Host, nanny: int) -> None:
    os.kill(worker_below(nanny), signal.SIGSTOP)


def freeze(made: Spread, host: Host, _: int) -> None:
    """Stops a host until another one does its shard, and some seconds more."""
    host.send(signal.SIGSTOP)
    await_that(lambda: made.missed_after() is not None, "somebody else at the shard", 60)
    time.sleep(2)
    host.send(signal.SIGCONT)


def pull(made: Spread, host: Host, _: int) -> None:
    made.net.cable(host, "down")


def pull_and_plug(made: Spread, host: Host, _: int) -> None:
    made.net.cable(host, "down")
    time.sleep(10)
    made.net.cable(host, "up")


@FAMILY.check("worker-killed", "kill -9 of a host's worker and its nanny", WHOLE)
def worker_killed(lab: Lab) -> str:
    return midway(lab, "kills", kill_worker, lab.times(3, 1))


@FAMILY.check("child-killed", "kill -9 of a host's worker, whose nanny starts another", WHOLE)
def child_killed(lab: Lab) -> str:
    return midway(lab, "kills", kill_child, lab.times(2, 1))


@FAMILY.check("stopped", "a host's worker is stopped (SIGSTOP) for good", WHOLE)
def stopped(lab: Lab) -> str:
    return midway(lab, "stops", stop_worker)


@FAMILY.check("frozen", "all of a host stops, and goes on after its shard has begun elsewhere",
              WHOLE)
def frozen(lab: Lab) -> str:
    return midway(lab, "stops", freeze)


@FAMILY.check("cable", "a host's cable is pulled", WHOLE)
def cable(lab: Lab) -> str:
    return midway(lab, "cables", pull)


@FAMILY.check("cable-back", "a host's cable is pulled, and plugged in after 10 s", WHOLE)
def cable_back(lab: Lab) -> str:
    return midway(lab, "cables", pull_and_plug)


def power_off(made: Spread, host: Host, _: int) -> None:
    await_that(lambda: temporaries(made.output), "an output on its way")
    made.fault()
    host.close()


def injecting(lab: Lab, host: str, fault: str) -> str:
    """Shell words that inject `fault` into the renames of shards on that host."""
    need("strace")
    return (f'[ "$(hostname)" = {host} ] && exec strace -D -f -qq -o /dev/null -e trace=renameat '
            f'-e inject=renameat:{fault} "{lab.command}" "$@"')


@FAMILY.check("host-off", "a host's power goes off while outputs are put into place (delayed, "
              "strace)", WHOLE)
def host_off(lab: Lab) -> str:
    return midway(lab, "hosts", power_off, lab.times(2, 1),
                  lambda host: injecting(lab, host, "delay_enter=100ms"))


def once_more(made: Spread, tally: Tally, where: str) -> Outcome:
    """Checks that the same command completes, and that finished shards stay."""
    before = made.done()
    outcome = made.start().wait(LIMIT_S)
    problems = made.problems(outcome)
    after = made.done()
    if again := [name for name, when in before.items() if after.get(name) != when]:
        problems[AGAIN] = f"{len(again)} of {len(before)} shards"
    tally.add(where, problems)
    return outcome


@FAMILY.check("scheduler-killed", "kill -9 of the scheduler, then another and other workers",
              "status 75 and no traceback; the same command goes on: " + WHOLE)
def scheduler_killed(lab: Lab) -> str:
    tally = Tally("runs", (*KINDS, AGAIN))
    with spread(lab) as made:
        scheduler = made.scheduler()
        workers = made.net.hosts[1:]
        nannies = [made.worker(host) for host in workers]
        job = made.start()
        made.await_midway(workers[0])
        killed = time.monotonic()
        kill(scheduler)
        outcome = job.wait(LIMIT_S)
        ended = time.monotonic() - killed
        await_that(lambda: not any(host.processes() for host in workers),
                   f"an end of the workers {nannies}")
        tally.add("without a scheduler", made.problems(outcome, 75))
        done = len(made.done())
        made.scheduler()
        for host in workers:
            made.worker(host)
        once_more(made, tally, "with another one")
    return tally.figure(f"; ended {ended:.1f} s after the kill, {done} of {made.shards} shards "
                        "stayed done")


@FAMILY.check("late", "no worker at first, one after 3 s and one after 6 s",
              "both get shards; " + WHOLE)
def late(lab: Lab) -> str:
    tally = Tally("runs", KINDS)
    with spread(lab) as made:
        made.scheduler()
        job = made.start()
        for host in made.net.hosts[1:]:
            time.sleep(3)
            made.worker(host, wait=False)
        tally.add("late workers", made.problems(job.wait(LIMIT_S)))
        figure = tally.figure(f"; shards: {made.by_host()}")
        return demand(len({start.host for start in made.starts()}) == 2, figure)


@FAMILY.check("poison", "a shard that kills each worker that it runs on, and one that crashes",
              "status 75, both are named, all others are done; when it is cured, the same command "
              "does the two: " + WHOLE)
def poison(lab: Lab) -> str:
    tally = Tally("runs", (*KINDS, AGAIN, UNSAID))
    with spread(lab) as made:
        made.environment["DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES"] = "2"
        made.arm("[ $shard = 3 ] && kill -9 $PPID && exit\n[ $shard = 5 ] && kill -SEGV $$")
        made.scheduler()
        for host in made.net.hosts[1:]:
            made.worker(host)
        outcome = made.start("--attempts", "2").wait(LIMIT_S)
        problems = made.problems(outcome, 75)
        said = outcome.stderr.decode(errors="replace")
        if not all(f"shard {shard} was not done: " in said for shard in (3, 5)):
            problems[UNSAID] = said[-1500:]
        done = len(made.done())
        if done != made.shards - 2:
            raise Broken(f"{done} of {made.shards - 2} other shards are done\n{said}")
        tally.add("poisoned", problems)
        begun = made.again()
        made.arm("")
        once_more(made, tally, "cured")
    return tally.figure(f"; the two were begun {begun + 2} times, {done} others done, given up "
                        f"after {outcome.seconds:.0f} s")


@FAMILY.check("full-disk", "on one host outputs cannot be put into place (ENOSPC, strace)",
              "its shards are done by the other host; " + WHOLE)
def full_disk(lab: Lab) -> str:
    tally = Tally("runs", KINDS)
    with spread_and_up(lab) as (made, _):
        full = made.net.hosts[-1].name
        made.arm(injecting(lab, full, "error=ENOSPC"))
        outcome = made.start().wait(LIMIT_S)
        tally.add(f"full {full}", made.problems(outcome))
        return tally.figure(f"; shards begun: {made.by_host()}, {outcome.seconds:.0f} s")


@FAMILY.check("last-host", "the same, and when all that is left must avoid that host the other one "
              "is killed, and the full one gets space", WHOLE)
def last_host(lab: Lab) -> str:
    tally = Tally("runs", KINDS)
    with spread_and_up(lab) as (made, nannies):
        other, full = made.net.hosts[1:]
        made.arm(injecting(lab, full.name, "error=ENOSPC"))
        job = made.start()
        await_that(lambda: len({start.shard for start in made.starts()}) == made.shards,
                   "each shard begun", 90)
        made.await_midway(other)
        made.arm("")
        made.fault()
        kill_worker(made, other, nannies[other.name])
        outcome = job.wait(LIMIT_S)
        tally.add(f"{full.name} alone", made.problems(outcome))
        return tally.figure(f"; {made.missed()}, {outcome.seconds:.0f} s")


@FAMILY.check("interrupt", "SIGINT to the command", "status 130 within 12 s, nothing temporary and "
              "no shard's process is left; the same command goes on: " + WHOLE)
def interrupt(lab: Lab) -> str:
    tally = Tally("runs", (*KINDS, AGAIN))
    took = []
    for number in range(lab.times(3, 1)):
        with spread_and_up(lab) as (made, _):
            job = made.start()
            made.await_midway(made.net.hosts[-1])
            sent = time.monotonic()
            made.interrupt(job)
            outcome = job.wait(LIMIT_S)
            took.append(time.monotonic() - sent)
            tally.add(f"interrupt {number + 1}", made.problems(outcome, 130))
            once_more(made, tally, f"after {number + 1}")
    return demand(max(took) < 12, tally.figure(f"; ended after {max(took):.1f} s at most"))


@FAMILY.check("local", "`--local 2`, one of whose workers is killed (kill -9)", WHOLE)
def local(lab: Lab) -> str:
    tally = Tally("kills", KINDS)
    with spread(lab, hosts=1) as made:
        [host] = made.net.hosts
        job = made.start(where=["--local", "2"])
        made.await_midway(host)
        made.fault()
        kill(worker_of_a_shard(made, host))
        outcome = job.wait(LIMIT_S)
        tally.add("local worker", made.problems(outcome))
        await_that(lambda: not host.processes(), "an end of all processes", 10)
        return tally.figure(f"; {made.missed()}, {made.again()} of "
                            f"{made.shards} shards begun again, {outcome.seconds:.0f} s")


def worker_of_a_shard(made: Spread, host: Host) -> int:
    shard = made.shard_processes(host)[0]
    return int(Path(f"/proc/{shard}/stat").read_text().rpartition(")")[2].split()[1])


def certificate(folder: Path, name: str, *signed: str | Path) -> tuple[Path, Path]:
    """Files of a certificate and its key; signed by itself, unless another one is named."""
    made, key = folder / f"{name}.pem", folder / f"{name}.key"
    call("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         f"/CN={name}", "-keyout", key, "-out", made, *signed)
    return made, key


def tls_flags(folder: Path, name: str) -> list[str | Path]:
    """Flags for a certificate with an authority of its own."""
    authority, key = certificate(folder, f"{name}-authority")
    own, own_key = certificate(folder, name, "-CA", authority, "-CAkey", key)
    return ["--tls-ca-file", authority, "--tls-cert", own, "--tls-key", own_key]


@FAMILY.check("tls", "scheduler and workers with certificates; a command with one of theirs, "
              "with a stranger's, with none, and by tcp",
              "the others are told so within 30 s, and nothing is run; the first: " + WHOLE)
def tls(lab: Lab) -> str:
    tally = Tally("runs", (*KINDS, UNREFUSED))
    with spread(lab) as made:
        ours, strangers = (tls_flags(made.log, name) for name in ("ours", "strangers"))
        tcp = made.address("tcp")
        made.protocol, made.security = "tls", ours
        made.scheduler()
        for host in made.net.hosts[1:]:
            made.worker(host)
        refused: list[tuple[str, int, list[str | Path]]] = [
            ("none", 2, [made.address("tls")]), ("tcp", 75, [tcp]),
            ("a stranger's", 75, [made.address("tls"), *strangers])]
        for name, status, where in refused:
            outcome = made.start("--wait", "5", where=["--scheduler", *where]).wait(30)
            problems = made.problems(outcome, status)
            if made.starts() or not outcome.stderr:
                problems[UNREFUSED] = outcome.said()
            tally.add(name, problems)
        outcome = made.start().wait(LIMIT_S)
        tally.add("one of theirs", made.problems(outcome))
    return tally.figure(f"; {outcome.seconds:.0f} s with theirs")


def begin_sshd(made: Spread, host: Host, keys: Path) -> int:
    settings = (f"AuthorizedKeysFile={keys}/user.pub", f"HostKey={keys}/host", "StrictModes=no",
                "UsePAM=no", "PermitRootLogin=yes", "PidFile=none")
    begin = 'mount -t tmpfs none /run && mkdir /run/sshd && exec "$0" "$@"'
    return host.start(
        ["sh", "-c", begin, shutil.which("sshd") or "", "-D", "-e", "-f", "/dev/null",
         *(word for setting in settings for word in ("-o", setting))],
        made.log / f"sshd-{host.name}.log", made.environment)


@FAMILY.check("ssh", "`dask ssh` starts scheduler and workers by an sshd on each host; then Ctrl-C",
              WHOLE + "; after Ctrl-C none of Dask's on any host")
def ssh(lab: Lab) -> str:
    need("sshd", "ssh-keygen")
    need_module("paramiko")
    tally = Tally("runs", KINDS)
    with spread(lab) as made:
        keys = lab.folder("keys")
        for name in ("host", "user"):
            call("ssh-keygen", "-q", "-t", "rsa", "-m", "PEM", "-N", "", "-f", keys / name)
        first, *workers = made.net.hosts
        daemons = [[begin_sshd(made, host, keys)] for host in made.net.hosts]
        launcher = first.start(
            ["dask", "ssh", "--scheduler", first.address, "--scheduler-port", str(PORT),
             "--nthreads", "1", "--nworkers", "1", "--ssh-username", "root", "--ssh-private-key",
             keys / "user", "--remote-python", PYTHON, "--local-directory", keys,
             *(host.address for host in workers)], made.log / "ssh.log", made.environment)
        outcome = made.start().wait(LIMIT_S)
        tally.add("by ssh", made.problems(outcome))
        sent = time.monotonic()
        os.kill(launcher, signal.SIGINT)
        await_that(lambda: [host.processes() for host in made.net.hosts] == daemons,
                   "an end of all that ssh has started")
        return tally.figure(f"; shards: {made.by_host()}; ended {time.monotonic() - sent:.1f} s "
                            "after Ctrl-C")
