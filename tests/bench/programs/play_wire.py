"""Control a sweep of pods against a played API server in another process, and print as JSON what it cost.

python -m tests.bench.programs.play_wire FOLDER TRIALS QUOTA [PROFILE]

The controller is the product's own, with its observers, watches, requests and sweep folder; trials end at
once. With PROFILE, a file, it also leaves there what cProfile saw of the engine's thread.

    cpu      milliseconds of CPU a pod
    memory   the highest memory, in MiB, and `before`: the same before the sweep is taken
    wall     seconds
"""

from __future__ import annotations

import cProfile
import json
import resource
import subprocess
import sys
import time
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from sweeper import clusters
from sweeper.app.controller import Controller
from sweeper.app.events import Event, Observers, Turned
from sweeper.cli.plain_output import PlainLines
from sweeper.clusters.kubernetes.settings import KubernetesSettings, VolumeSettings
from sweeper.core.settings import Settings, SweepSettings
from sweeper.core.state import ENDS
from sweeper.store.folder import SweepFolder
from tests.builders import make_sweep


def _sweep(folder: Path, number: int) -> SweepFolder:
    pods = KubernetesSettings(
        kubeconfig=str(folder / "kubeconfig"),
        namespace="lab",
        user="ada",
        uid=1,
        gid=1,
        image="registry.example/lab/train:1",
        env={"LAB": "vision", "OMP_NUM_THREADS": "8"},
        reserve=0,
        volumes={"data": VolumeSettings("data", str(folder))},
    )
    settings = replace(Settings(), sweep=SweepSettings(pause_after=0), cluster=clusters.plain(pods))
    return make_sweep(folder, number, settings=settings)


class Lines:
    """What a run without a terminal prints."""

    def __init__(self) -> None:
        self._lines = PlainLines(None)

    def __call__(self, event: Event) -> None:
        if isinstance(event, Turned):
            self._lines(event.news, event.state, event.snapshot)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(folder: Path, number: int, quota: int, profile: str | None = None) -> None:
    words = [sys.executable, "-m", "tests.bench.programs.wire_server", str(folder), str(quota)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin
        assert server.stdout
        assert server.stdout.readline()
        sweep, profiler = _sweep(folder, number), cProfile.Profile() if profile else None
        controller = Controller(sweep, Observers([Lines()]))
        before, cpu, wall = _peak(), time.process_time(), time.monotonic()
        with profiler or nullcontext():
            state = controller.run()
        used = {"cpu": 1e3 * (time.process_time() - cpu) / number, "wall": time.monotonic() - wall}
        server.stdin.close()
    if profiler and profile:
        profiler.dump_stats(profile)
    assert sum(state.counts[status] for status in ENDS) == number
    print(json.dumps({**used, "memory": _peak(), "before": before}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
