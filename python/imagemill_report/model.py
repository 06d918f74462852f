"""The three kinds of results as data: what is told of them, under the names of docs/files.md."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Machine:
    summary: str
    cpu: str = ""
    cpus: int | None = None
    logical_cpus: int | None = None
    cores: int | None = None
    hypervisor: str = ""
    governor: str = ""
    memory_bytes: int | None = None
    kernel: str = ""
    versions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Estimate:
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Cause:
    """Worker-seconds and their cause; `node` if the cause belongs to one."""

    cause: str
    worker_s: float
    node: str | None = None


@dataclass(frozen=True)
class Bound:
    by: str
    images_per_s: float
    node: str | None = None


@dataclass(frozen=True)
class Waits:
    limit_s: float
    workers_s: float
    partners_s: float
    calibration_s: float
    scheduler_s: float


@dataclass(frozen=True)
class Inflation:
    factor: float
    low: float
    high: float


@dataclass(frozen=True)
class Stage:
    node: str
    on_workers: bool
    limit: int | None
    visits: int
    service_s: float
    service_p50_s: float
    service_p99_s: float
    cpu_s: float
    blocked_s: float
    setup_s: float
    utilisation: float
    waits: Waits
    mean_at_once: tuple[float, ...]
    failed: int = 0
    inflation: Inflation | None = None
    exclusive_fraction: float | None = None
    capacity_fraction: float | None = None


@dataclass(frozen=True)
class SizeClass:
    from_megapixels: float
    to_megapixels: float | None
    items: int
    megapixels: float
    worker_s: float
    exclusive_s: float


@dataclass(frozen=True)
class Origin:
    """Provenance of a result: where it came from, and how to make it again."""

    date: str | None = None
    command: str | None = None
    config: str | None = None


@dataclass(frozen=True, kw_only=True)
class Profile(Origin):
    graph: str
    workers: int
    items: int
    wall_s: float
    images_per_s: float
    idle: tuple[Cause, ...]
    bounds: tuple[Bound, ...]
    stages: tuple[Stage, ...]
    sizes: tuple[SizeClass, ...]
    verdict: tuple[str, ...]
    machine: Machine | None = None


@dataclass(frozen=True)
class Way:
    """A way of running: an executor and its number of workers."""

    mode: str
    workers: int


@dataclass(frozen=True)
class Node:
    """A worker process of a distributed run. `share`: of the images; `busy`: of the time."""

    node: str
    shards: int
    images: int
    busy_s: float
    share: float
    busy: float


@dataclass(frozen=True)
class Cluster:
    """Where the time of a distributed run went: seconds of a mean process, which add up."""

    shards: int
    retries: int
    work_s: float
    start_up_s: float
    scheduling_s: float
    process_s: float
    straggler_s: float
    merge_s: float
    nodes: tuple[Node, ...]


@dataclass(frozen=True, kw_only=True)
class Point(Way):
    wall_s: tuple[float, ...]
    median_s: float
    images_per_s: float
    speedup: Estimate
    efficiency: float
    beyond_machine: bool = False
    losses: tuple[Cause, ...] = ()
    profile: Profile | None = None
    cluster: Cluster | None = None

    @property
    def rates(self) -> Estimate:
        """Images a second: the median, and the range over the repeats."""
        images = self.images_per_s * self.median_s
        return Estimate(self.images_per_s, images / max(self.wall_s), images / min(self.wall_s))


@dataclass(frozen=True)
class Usl:
    lambda_: Estimate = field(metadata={"json": "lambda"})
    sigma: Estimate
    kappa: Estimate

    def rate(self, workers: float) -> float:
        others = workers - 1
        return (
            self.lambda_.value
            * workers
            / (1 + self.sigma.value * others + self.kappa.value * workers * others)
        )


@dataclass(frozen=True, kw_only=True)
class Scale(Origin):
    graph: str
    machine: Machine
    items: int
    outputs: int
    identical: bool
    different: tuple[str, ...]
    points: tuple[Point, ...]
    best: Way
    usl: Usl | None
    findings: tuple[str, ...]
    failed: int = 0
    skipped: int = 0

    @property
    def best_point(self) -> Point:
        return next(
            point
            for point in self.points
            if (point.mode, point.workers) == (self.best.mode, self.best.workers)
        )

    @property
    def serial(self) -> Point:
        """The serial point, against which all others are measured."""
        return next((point for point in self.points if point.mode == "serial"), self.points[0])


@dataclass(frozen=True)
class PredictedPoint:
    workers: int
    beyond_machine: bool = False
    predicted: Estimate | None = None
    measured: Estimate | None = None
    error: float | None = None
    bounds: tuple[Bound, ...] = ()
    amdahl: float | None = None
    usl: float | None = None


@dataclass(frozen=True)
class RecordedRun:
    workers: int
    images: int
    images_per_s: float
    replay_error: float | None = None


@dataclass(frozen=True, kw_only=True)
class Prediction(Origin):
    graph: str
    recorded: RecordedRun = field(metadata={"json": "from"})
    shown: bool
    points: tuple[PredictedPoint, ...]
    findings: tuple[str, ...]
    worst_error: float | None = None
    changes: tuple[str, ...] = ()
    machine: Machine | None = None


Result = Scale | Profile | Prediction
