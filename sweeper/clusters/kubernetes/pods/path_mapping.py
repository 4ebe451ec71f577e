"""Maps paths of this machine to the paths of the same folders in pods. Pure: it expects real paths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sweeper.clusters.kubernetes.pods.template import TRIAL
from sweeper.clusters.kubernetes.raw import part, parts, text
from sweeper.clusters.kubernetes.settings import KubernetesSettings, VolumeSettings
from sweeper.core.errors import UsageError


def in_pod(
    settings: KubernetesSettings, path: str, *, what: str = "sweep.root", writable: bool = True
) -> str:
    """Return the path in pods of an absolute path of this machine.

    Args:
        settings: the settings of the cluster.
        path: the path, without symbolic links.
        what: the name of the path in messages.
        writable: whether pods must be able to write there.

    Raises:
        UsageError: the path is not on a volume that pods see.
    """
    volumes = _volumes(settings)
    for volume in _longest_first(volumes):
        rest = _below(_here(volume), path)
        if rest is None or (writable and volume.read_only):
            continue
        there = _tidy(f"{_tidy(volume.path)}{rest}")
        # Another volume may be mounted over this path in the pod.
        if _mounted_at(volumes, there) is volume:
            return there
    raise UsageError(_nowhere(settings, path, what, writable))


def shared(settings: KubernetesSettings) -> list[str]:
    """Return the paths on this machine of the volumes that pods can write to."""
    return [_here(one) for one in _volumes(settings) if not one.read_only]


def holds(folder: str, path: str) -> bool:
    """Whether `path` is `folder` or is inside it."""
    return _below(folder, path) is not None


def _volumes(settings: KubernetesSettings) -> list[VolumeSettings]:
    """Return the volumes of the settings, and those that the template mounts as a whole at other paths."""
    own = list(settings.volumes.values())
    taken = {_tidy(one.path) for one in own}
    return [*own, *(one for one in _of_template(settings.pod_template) if _tidy(one.path) not in taken)]


def _of_template(template: Mapping[str, Any]) -> Iterator[VolumeSettings]:
    spec = part(template, "spec")
    claims = {
        text(one, "name"): text(part(one, "persistentVolumeClaim"), "claimName")
        for one in parts(spec, "volumes")
    }
    trial = next((one for one in parts(spec, "containers") if one.get("name") == TRIAL), {})
    for mount in parts(trial, "volumeMounts"):
        claim = claims.get(text(mount, "name"))
        path = text(mount, "mountPath")
        if claim and path and not any(key in mount for key in ("subPath", "subPathExpr")):
            yield VolumeSettings(claim, path, read_only=mount.get("readOnly") is True)


def _nowhere(settings: KubernetesSettings, path: str, what: str, writable: bool) -> str:
    fitting = [_here(one) for one in _volumes(settings) if not (writable and one.read_only)]
    if not fitting:
        return (
            f"cluster.volumes: pods see no volume that they can {'write' if writable else 'read'};"
            " name the one that this machine shares with them,"
            " as in cluster.volumes.data={claim: NAME, path: /data}"
        )
    if what == "sweep.root":
        advice = f"say sweep.root={_tidy(f'{fitting[-1]}/home/{settings.user}/sweeps')}"
    else:
        advice = "move it there"
    return f"{what}: {path} lies on none of the volumes that pods see ({', '.join(fitting)}); {advice}"


def _here(volume: VolumeSettings) -> str:
    return _tidy(volume.here or volume.path)


def _longest_first(volumes: Iterable[VolumeSettings]) -> list[VolumeSettings]:
    return sorted(volumes, key=lambda volume: len(_here(volume)), reverse=True)


def _mounted_at(volumes: Iterable[VolumeSettings], place: str) -> VolumeSettings | None:
    """Return the volume of a path in the pod: of those that contain it, the one mounted deepest."""
    candidates = [one for one in volumes if _below(_tidy(one.path), place) is not None]
    return max(candidates, key=lambda one: len(_tidy(one.path)), default=None)


def _below(folder: str, path: str) -> str | None:
    """Return the rest of `path` after `folder`, in whole components; None if it is not inside `folder`."""
    folder, path = folder.rstrip("/"), _tidy(path)
    if path == folder or path.startswith(f"{folder}/"):
        return path[len(folder) :]
    return None


def _tidy(path: str) -> str:
    return path.rstrip("/") or "/"
