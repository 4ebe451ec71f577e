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

    `code` is the project's folder; `start` is the folder in which commands start, as the attempts see it: by
    default the project's. `config` and `choices` are those of the first point. `imports` are folders from
    which Python imports before all others, relative to `start` (see snapshot/imports.py). `environment` is
    the stored part of the shell's environment (see core/environment_variables.py), empty if trials do not run
    on this machine; `flags` are the options of the command line that chose the configuration. `private` says
    that it holds a secret, so that other users may not read it. `made` is when it was made, as seconds since
    the machine's boot (see machine.py), which setting the clock does not change. `place` is the folder's
    location (see copies.py).
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
    """Write the manifest atomically, dated with the sweep's creation: sweep_index.py sorts by that."""
    text = json.dumps(with_checksum(asdict(manifest)), indent=2, ensure_ascii=False) + "\n"
    mode = atomic.PRIVATE if manifest.private else atomic.PUBLIC
    atomic.write(paths.manifest, text.encode(errors="backslashreplace"), mtime=manifest.created_at, mode=mode)


def read(paths: SweepPaths) -> Manifest:
    """Return the manifest of a sweep; UsageError if it is not a sweep, StorageError if it is not readable."""
    return Manifest(**sweep_json.read(paths))
