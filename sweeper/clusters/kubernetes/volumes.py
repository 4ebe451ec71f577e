"""The setting `cluster.volumes`: PersistentVolumeClaims of every pod, mostly mounted on this machine, too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sweeper.clusters.kubernetes.rules import dns_label, folder, not_blank
from sweeper.core.errors import UsageError
from sweeper.core.sections import read
from sweeper.core.setting import setting
from sweeper.core.setting_rules import Expand, Rule, optional, own_path


@dataclass(frozen=True)
class VolumeSettings:
    """A PersistentVolumeClaim, mounted at `path` in pods and at `here` on this machine (null: at `path`)."""

    claim: str = setting(
        "", "the claim that is mounted; it must be given", not_blank("the name of a PersistentVolumeClaim")
    )
    path: str = setting(
        "",
        "where the pods have it; it must be given",
        folder("the folder in the pods that it is mounted at, as in /data"),
    )
    here: str | None = setting(
        None,
        "where this machine has it",
        own_path(optional(folder("the folder that this machine has it at"), "for the same as path")),
    )
    read_only: bool = setting(False, "whether the pods can only read it")


class _Volumes(Rule):
    """The rule for volumes by name; a volume that is null is left out."""

    def read(self, where: str, value: Any, expand: Expand) -> dict[str, VolumeSettings]:
        given = {} if value is None else value
        if not self.accepts(given):
            raise UsageError(f"{where} must hold {self.sentence}, not {given!r}")
        return {name: _volume(where, name, one, expand) for name, one in given.items() if one is not None}


VOLUMES = _Volumes(lambda given: isinstance(given, dict), "volumes by name", written=dict[str, Any])
_NAME = dns_label("lower-case letters, digits and '-'")


def _volume(where: str, name: Any, given: Any, expand: Expand) -> VolumeSettings:
    if not isinstance(given, dict):
        raise UsageError(f"{where}.{name} must hold a volume's claim and path, not {given!r}")
    if not _NAME.accepts(name) or name == "dev-shm":
        raise UsageError(f"{where}: {name!r} cannot name a volume; use {_NAME.sentence}")
    return read(f"{where}.{name}", VolumeSettings, given, expand)


def check_paths(volumes: dict[str, VolumeSettings], *, shm: bool) -> None:
    """Raise UsageError if two volumes have the same path; with `shm`, /dev/shm is a volume, too."""
    taken = {"/dev/shm": "cluster.shm"} if shm else {}
    for name, volume in volumes.items():
        other = taken.setdefault(volume.path.rstrip("/"), f"cluster.volumes.{name}")
        if other != f"cluster.volumes.{name}":
            raise UsageError(f"cluster.volumes.{name}.path: {volume.path} is where {other} is mounted")
