"""What a sweep is made of: each builder makes one valid thing, and takes what should differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.model import Trial, trial_key
from sweeper.core.records import Record
from sweeper.core.settings import RetrySettings, Settings, SweepSettings
from sweeper.store import journal
from sweeper.store.creating import create
from sweeper.store.folder import SweepFolder
from sweeper.store.manifest import Manifest

PATIENT = Settings(
    sweep=SweepSettings(pause_after=0), retry=RetrySettings(wait_initial=10.0, wait_jitter=0.0)
)
"""A sweep that never pauses, and whose trials wait for ten seconds before they are tried again."""


def make_trial(
    index: int = 0, params: Mapping[str, Any] | None = None, command: str = "exec true", **changes: Any
) -> Trial:
    """A trial of one seed, or of other parameters."""
    params = {"seed": index} if params is None else params
    return replace(Trial(index, trial_key(params, command), params, command), **changes)


def make_manifest(settings: Settings | None = None, **changes: Any) -> Manifest:
    """What sweep.json says of a sweep that was made at the beginning of time."""
    known: dict[str, Any] = {
        "id": "0123abcd",
        "name": "played",
        "created_at": 0.0,
        "user": "ada",
        "host": "here",
        "version": "0",
        "code": "/nowhere",
        "experiment": "",
        "swept": ("seed",),
        "config": {},
    }
    return Manifest(settings=(settings or Settings()).to_json(), **(known | changes))


def make_sweep(
    root: Path,
    trials: int | Sequence[Trial] = 4,
    *,
    settings: Settings = PATIENT,
    time_limit: float | None = None,
    **changes: Any,
) -> SweepFolder:
    """The folder of a new sweep, whose commands are never run; `changes` are those of its manifest."""
    if isinstance(trials, int):
        trials = [make_trial(index, time_limit=time_limit) for index in range(trials)]
    return create(root, make_manifest(settings, **changes), trials)


def write_down(folder: SweepFolder, records: Sequence[Record]) -> None:
    """Write records into the journal of a sweep that nobody controls."""
    writer = journal.takeover(folder.paths, journal.read(folder.paths), {})
    for record in records:
        writer.append(record)
    writer.flush()
    writer.close()


def make_pods(**changes: Any) -> KubernetesSettings:
    """The settings of pods that can be made."""
    known = {"user": "ada", "uid": 1, "gid": 1, "namespace": "lab", "image": "i"}
    return KubernetesSettings(**(known | changes))
