"""What became of a run, as data: filled by the runner, read by the summary and the record."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Worker:
    """A worker as a person knows it; it keeps its name if its process is replaced."""

    host: str
    name: str

    def __str__(self) -> str:
        return f"{self.host}/{self.name}"


@dataclass(frozen=True)
class Span:
    """Place and times of a shard's process, by the clock of the scheduler."""

    address: str
    begun: float
    ended: float


@dataclass
class Attempt:
    """A shard that was given to the workers once. Times are those of time.time()."""

    shard: int
    number: int
    submitted: float
    heard: float = 0  # when its end was known here
    cause: str = ""  # why it is not done
    summary: dict[str, Any] | None = None

    @property
    def was_done(self) -> bool:
        """Whether an earlier run did the shard; the summary is that run's."""
        return bool(self.summary and self.summary["shard"]["was_done"])

    @property
    def images(self) -> int:
        """Images that no earlier attempt or run had done."""
        if not self.summary or self.was_done:
            return 0
        items = self.summary["items"]
        return items["ok"] + items["skipped"] + items["failed"] - self.summary["done_before"]

    @property
    def work_s(self) -> float:
        return 0 if not self.summary or self.was_done else self.summary["wall_s"]


@dataclass
class Run:
    """The state of a run. `attempts`, `spans` by key: those with a known end.

    `workers` by address: all that ever were there. `ready`: when the first shard was submitted.
    `retries`: the keys of attempts that others followed. `given_up`: shards and what kept them.
    """

    shards: int
    begun: float
    ready: float
    attempts: dict[str, Attempt] = field(default_factory=dict)
    retries: list[str] = field(default_factory=list)
    given_up: dict[int, str] = field(default_factory=dict)
    spans: dict[str, Span] = field(default_factory=dict)
    workers: dict[str, Worker] = field(default_factory=dict)
    digest: str = ""
    merged: dict[str, Any] | None = None
    merge_s: float = 0
    ended: float = 0
    # Why it ended before all shards had.
    refused: str = ""
    lost: str = ""

    def done(self) -> list[Attempt]:
        """The last attempt of each shard that is done."""
        return list({a.shard: a for a in self.attempts.values() if a.summary}.values())

    def not_done(self) -> dict[int, str]:
        """The cause for each shard that is not done; empty for those not reached."""
        done = {attempt.shard for attempt in self.done()}
        return {
            shard: self.given_up.get(shard, "") for shard in range(self.shards) if shard not in done
        }

    def worker(self, key: str) -> Worker | None:
        """The worker that ran an attempt, if known."""
        span = self.spans.get(key)
        return self.workers.get(span.address) if span else None

    def items(self) -> dict[str, int]:
        """Item counts of all shards that are done, whichever run did them."""
        if self.merged:
            return self.merged["items"]
        names = ("admitted", "ok", "skipped", "failed", "cancelled")
        done = self.done()
        return {name: sum(a.summary["items"][name] for a in done if a.summary) for name in names}

    def done_before(self) -> int:
        """Items among these that earlier attempts or runs had done."""
        if self.merged:
            return self.merged["done_before"]
        return sum(a.summary["done_before"] for a in self.done() if a.summary)
