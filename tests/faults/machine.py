"""What the machine lends for faults: mounts, limits of memory, other users."""

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from .checks import NotPossible

NOBODY = 65534
_MARK = "IMAGEMILL_FAULTS_NAMESPACE"


def enter_own_namespace() -> None:
    """Enters a mount namespace: later mounts end with this process, however it ends."""
    if os.geteuid() != 0 or _MARK in os.environ or not shutil.which("unshare"):
        return
    os.environ[_MARK] = "entered"
    unshare = ["unshare", "--mount", "--propagation", "private"]
    if subprocess.run([*unshare, "true"], capture_output=True).returncode == 0:
        os.execvp("unshare", [*unshare, sys.executable, *sys.argv])


def need(*tools: str) -> None:
    for tool in tools:
        if not shutil.which(tool):
            raise NotPossible(f"no {tool}")


def need_root() -> None:
    if os.geteuid() != 0:
        raise NotPossible("needs root")


def call(*words: str | Path) -> None:
    """Runs a command that this machine may refuse."""
    told(*words)


def told(*words: str | Path) -> str:
    """Output of a command that this machine may refuse."""
    need(str(words[0]))
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        raise NotPossible(f"{words[0]}: {done.stderr.strip()}")
    return done.stdout.strip()


@contextmanager
def mounted(folder: Path, *options: str | Path) -> Iterator[Path]:
    need_root()
    folder.mkdir(exist_ok=True)
    call("mount", *options, folder)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def exfat_disk(folder: Path) -> Iterator[Path]:
    """A folder that ignores case in names: exFAT by FUSE, since not every kernel has it."""
    need_root()
    need("mkfs.exfat", "mount.exfat-fuse", "losetup")
    image = folder.with_suffix(".img")
    with image.open("wb") as file:
        file.truncate(64 << 20)
    call("mkfs.exfat", image)
    device = told("losetup", "--find", "--show", image)
    try:
        folder.mkdir(exist_ok=True)
        call("mount.exfat-fuse", device, folder)
        try:
            yield folder
        finally:
            subprocess.run(["umount", folder], check=True)
    finally:
        subprocess.run(["losetup", "--detach", device], check=True)


def small_disk(folder: Path, limits: str) -> AbstractContextManager[Path]:
    return mounted(folder, "-t", "tmpfs", "-o", limits, "none")


def resize_disk(folder: Path, limits: str) -> None:
    call("mount", "-o", f"remount,{limits}", folder)


@contextmanager
def immutable(path: Path) -> Iterator[None]:
    need_root()
    call("chattr", "+i", path)
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", path], check=True)


def as_nobody(command: Path) -> list[str]:
    """The words before a command that run it as a user who may write nowhere."""
    need_root()
    need("setpriv")
    words = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    if subprocess.run([*words, "test", "-x", command]).returncode != 0:
        raise NotPossible(f"uid {NOBODY} may not run {command}")
    return words


@contextmanager
def unanswered(path: Path) -> Iterator[None]:
    """Meanwhile whoever opens this file, or a file in this folder, waits in the kernel, as for a
    server that is gone: fanotify_mark(2), and nobody who answers."""
    need_root()
    content_class, add, open_permission, on_children, here = 4, 1, 0x10000, 0x8000000, -100
    libc = ctypes.CDLL(None, use_errno=True)
    mask = ctypes.c_uint64(open_permission | on_children)
    listener = libc.fanotify_init(content_class, os.O_RDONLY)
    if listener < 0:
        raise NotPossible(f"fanotify: {os.strerror(ctypes.get_errno())}")
    try:
        if libc.fanotify_mark(listener, add, mask, here, os.fsencode(path)) != 0:
            raise NotPossible(f"fanotify: {os.strerror(ctypes.get_errno())}")
        yield
    finally:
        os.close(listener)


class MemoryGroup:
    """A memory cgroup, of version 1 or 2."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder = folder
        self.second = (folder / "memory.max").exists()
        name = "memory.max" if self.second else "memory.limit_in_bytes"
        (folder / name).write_text(str(limit))
        if self.second:
            with suppress(OSError):
                (folder / "memory.swap.max").write_text("0")

    def entering(self) -> list[str]:
        return ["sh", "-c", 'echo $$ >"$0"/cgroup.procs && exec "$@"', str(self.folder)]

    def oom_kills(self) -> int:
        name = "memory.events" if self.second else "memory.oom_control"
        lines = (self.folder / name).read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))


@contextmanager
def memory_group(limit: int) -> Iterator[MemoryGroup]:
    need_root()
    roots = [Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")]
    root = next((r for r in roots if (r / "cgroup.procs").exists()), None)
    if root is None:
        raise NotPossible("no cgroups of memory")
    folder = root / f"imagemill-faults-{os.getpid()}"
    try:
        folder.mkdir()
    except OSError as error:
        raise NotPossible(f"cannot make a cgroup: {error.strerror}") from error
    try:
        if not any((folder / n).exists() for n in ("memory.max", "memory.limit_in_bytes")):
            raise NotPossible("the cgroup has no controller of memory")
        yield MemoryGroup(folder, limit)
    finally:
        folder.rmdir()
