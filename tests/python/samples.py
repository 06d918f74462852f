"""Results made of plain data: studies of more workers than a test machine has."""

from typing import Any

Json = dict[str, Any]

STAGES = (
    ("read", False, 2, 0.4),
    ("decode", True, None, 24.0),
    ("resize", True, None, 3.0),
    ("encode", True, None, 1.5),
    ("write", False, 2, 0.3),
)  # name, on workers, limit, ms an image
IMAGES = 400


def machine(cpus: int = 8) -> Json:
    return {
        "summary": f"Test CPU, {cpus} of {cpus} CPUs, Linux 6.1",
        "cpu": "Test CPU",
        "cpus": cpus,
        "logical_cpus": cpus,
        "cores": cpus,
        "hypervisor": "",
        "governor": "performance",
        "memory_bytes": 16_000_000_000,
        "kernel": "Linux 6.1",
        "versions": {"imagemill": "0.1.0", "libpng": "1.6.39"},
    }


def profile(workers: int = 2, graph: str = "photos", stages: tuple = STAGES) -> Json:
    """Work takes longer the more of it there is at once, and 3 % of the workers' time is lost."""
    longer = 1 + 0.02 * (workers - 1)
    busy = sum(ms for _, on_workers, _, ms in stages if on_workers) * IMAGES / 1e3 * longer
    wall = busy / 0.97 / workers
    return {
        "schema": "imagemill-profile 1",
        "graph": graph,
        "workers": workers,
        "items": IMAGES,
        "wall_s": wall,
        "images_per_s": IMAGES / wall,
        "idle": [
            {"cause": "limit", "node": stages[0][0], "worker_s": 0.02 * workers * wall},
            {"cause": "tail", "worker_s": 0.01 * workers * wall},
        ],
        "bounds": [
            {"by": "workers", "images_per_s": workers * IMAGES / busy},
            {"by": "limit", "node": stages[0][0], "images_per_s": 2e3 / stages[0][3]},
        ],
        "stages": [
            _stage(name, on_workers, limit, ms * longer, wall)
            for name, on_workers, limit, ms in stages
        ],
        "sizes": [
            {
                "from_megapixels": 4.0,
                "to_megapixels": 16.0,
                "items": 300,
                "megapixels": 2400.0,
                "worker_s": 0.7 * busy,
                "exclusive_s": 0.1,
            },
            {
                "from_megapixels": 16.0,
                "to_megapixels": None,
                "items": 100,
                "megapixels": 2000.0,
                "worker_s": 0.3 * busy,
                "exclusive_s": 0.0,
            },
        ],
        "verdict": [
            f"Limited by the workers: {workers} are busy 97 % of the time.",
            "The next limit is far.",
        ],
    }


def scale(
    counts: tuple[int, ...] = (1, 2, 4, 8, 12, 16),
    graph: str = "photos",
    cpus: int = 8,
    stages: tuple = STAGES,
    modes: tuple[str, ...] = ("flow",),
) -> Json:
    """A study of the serial run, and of every mode with every number of workers."""
    serial = _point("serial", 1, cpus, graph, stages, None)
    points = [serial] + [
        _point(mode, workers, cpus, graph, stages, serial) for mode in modes for workers in counts
    ]
    best = max(
        (point for point in points if not point["beyond_machine"]),
        key=lambda point: point["images_per_s"],
    )
    return {
        "schema": "imagemill-scale 1",
        "graph": graph,
        "machine": machine(cpus),
        "items": IMAGES,
        "outputs": IMAGES,
        "identical": True,
        "different": [],
        "points": points,
        "best": {"mode": best["mode"], "workers": best["workers"]},
        "leaves_linear_at": 4,
        "usl": {
            "lambda": {"value": serial["images_per_s"], "low": 30.0, "high": 36.0},
            "sigma": {"value": 0.02, "low": 0.01, "high": 0.03},
            "kappa": {"value": 0.0004, "low": 0.0, "high": 0.001},
            "peak_workers": 49.0,
        },
        "findings": [
            "The fastest is said first.",
            "Then where the speed-up is no longer linear.",
            "And that all outputs are the same.",
        ],
    }


def prediction(
    counts: tuple[int, ...] = (1, 2, 4, 8, 16),
    graph: str = "photos",
    shown: bool = True,
    cpus: int = 8,
) -> Json:
    def point(workers: int) -> Json:
        rate = profile(workers)["images_per_s"]
        within = workers <= cpus
        return {
            "workers": workers,
            "beyond_machine": not within,
            "predicted": {"value": 0.97 * rate, "low": 0.9 * rate, "high": 1.05 * rate}
            if shown
            else None,
            "wall_s": IMAGES / rate,
            "measured": {"value": rate, "low": 0.98 * rate, "high": 1.02 * rate}
            if within
            else None,
            "error": -0.03 if within else None,
            "baseline": rate,
            "bounds": [
                {"by": "workers", "images_per_s": 1.04 * rate},
                {"by": "limit", "node": "read", "images_per_s": 5000.0},
            ],
            "amdahl": 1.01 * rate,
            "usl": None,
            "verdict": ["Limited by the workers."],
        }

    return {
        "schema": "imagemill-prediction 1",
        "graph": graph,
        "machine": machine(cpus),
        "from": {"workers": 2, "images": IMAGES, "images_per_s": profile(2)["images_per_s"]},
        "changes": [],
        "shown": shown,
        "worst_error": 0.03 if shown else 0.34,
        "points": [point(workers) for workers in counts],
        "findings": ["The replay is within 3 % of what was measured."],
    }


def _point(
    mode: str, workers: int, cpus: int, graph: str, stages: tuple, serial: Json | None
) -> Json:
    run = profile(workers, graph, stages)
    # Neither mode's times may be the other's: tables are checked by them.
    wall = run["wall_s"] * (1 if mode in ("serial", "flow") else 1.13)
    speedup = serial["median_s"] / wall if serial else 1.0
    return {
        "mode": mode,
        "workers": workers,
        "beyond_machine": workers > cpus,
        "wall_s": [0.98 * wall, wall, 1.03 * wall],
        "median_s": wall,
        "images_per_s": IMAGES / wall,
        "speedup": {"value": speedup, "low": 0.97 * speedup, "high": 1.02 * speedup},
        "efficiency": speedup / workers,
        "karp_flatt": 0.02 if workers > 1 else None,
        "losses": [
            {"cause": "inflation", "node": stages[1][0], "worker_s": 0.02 * workers * wall},
            {"cause": "tail", "worker_s": 0.01 * workers * wall},
        ],
        "profile": run,
    }


def cluster() -> Json:
    """A distributed run by two processes; one did three quarters."""
    return {
        "shards": 16,
        "retries": 1,
        "work_s": 4.0,
        "start_up_s": 2.0,
        "scheduling_s": 0.5,
        "process_s": 0.25,
        "straggler_s": 0.75,
        "merge_s": 0.5,
        "nodes": [
            {
                "node": f"host{i}/{i}",
                "shards": shards,
                "images": 25 * shards,
                "busy_s": 0.5 * shards,
                "share": shards / 16,
                "busy": shards / 12,
            }
            for i, shards in enumerate((12, 4))
        ],
    }


def _stage(name: str, on_workers: bool, limit: int | None, ms: float, wall: float) -> Json:
    service = ms * IMAGES / 1e3
    return {
        "node": name,
        "type": name,
        "on_workers": on_workers,
        "limit": limit,
        "visits": IMAGES,
        "failed": 0,
        "service_s": service,
        "service_p50_s": ms / 1e3,
        "service_p90_s": 1.2 * ms / 1e3,
        "service_p99_s": 1.5 * ms / 1e3,
        "service_histogram": [[0.0, 0.001, IMAGES]],
        "cpu_s": 0.9 * service,
        "blocked_s": 0.1 * service,
        "setup_s": 0.0,
        "bytes_in": 1,
        "bytes_out": 1,
        "pixels_in": 1,
        "pixels_out": 1,
        "utilisation": min(1.0, service / wall),
        "waits": {
            "limit_s": 0.3 * service,
            "workers_s": service,
            "partners_s": 0.0,
            "calibration_s": 0.1 * service,
            "scheduler_s": 0.05 * service,
        },
        "inflation": {
            "factor": 1.07,
            "low": 1.01,
            "high": 1.13,
            "samples": 9,
            "alone_s": service / 1.07,
        },
        "exclusive_fraction": 0.01 if on_workers else None,
        "exclusive_share_of_wall": 0.01 if on_workers else None,
        "capacity_fraction": 0.05 if limit else None,
        "at_once_s": [0.0, wall],
        "mean_at_once": [service / wall] * 60,
    }
