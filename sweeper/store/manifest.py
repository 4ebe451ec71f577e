"""Reads and writes sweep.json, the manifest of a sweep: its settings, configuration and origin."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sweeper.core.checksum import with_checksum
from sweeper.core.paths import SweepPaths
from sweeper.files import atomic
from sweeper.store import sweep_json
from sweeper.store.sweep_json import FORMAT


@dataclass(frozen=True, slots=True)
class Manifest:
    """sweep.json: what a sweep was made from. Times are Unix seconds.

    `code` is the project's folder, `start` the one in which commands start, as the attempts see it:
    the project's own if none is named. `choices` are those of the first point, whose `config` is.
    `imports` are folders from which Python imports before all others, relative to `start` (see imports.py).
    `environment` is what is kept of the shell's environment (see core/environment_variables.py), empty where
    trials do not run on this machine; `flags` are those of the command line that chose the configuration.
    `private`: it holds a secret, and is for nobody else to read. `made` is when it was made by the clock of
    the machine's boot (see machine.py), which nobody sets. `place` is where the folder lies (see copies.py).
    """

    id: str
    name: str
    created_at: float
    user: str
    host: str
    version: str
    code: str
    experiment: str
    swept: Sequence[str]
    settings: Mapping[str, Any]
    config: Mapping[str, Any]
    format: int = FORMAT
    start: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    imports: Sequence[str] = field(default_factory=list)
    environment: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)
    private: bool = False
    made: str = ""
    place: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.start:
            object.__setattr__(self, "start", self.code)


def write(paths: SweepPaths, manifest: Manifest) -> None:
    """Put the manifest in its place, whole, dated as the sweep itself: sweep_index.py sorts by that."""
    text = json.dumps(with_checksum(asdict(manifest)), indent=2, ensure_ascii=False) + "\n"
    mode = atomic.PRIVATE if manifest.private else atomic.PUBLIC
    atomic.write(paths.manifest, text.encode(errors="backslashreplace"), mtime=manifest.created_at, mode=mode)


def read(paths: SweepPaths) -> Manifest:
    """The manifest of a sweep; UsageError where this is no sweep, StorageError where it is not readable."""
    return Manifest(**sweep_json.read(paths))
