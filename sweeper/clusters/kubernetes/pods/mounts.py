"""Determines the path on this machine of the volume of a sweep, from the path of the sweep folder. Pure.

The path depends on the machine, so it is not stored in a sweep (older versions stored it). A sweep stores the
path of its folder when it was last controlled, and the path at which pods saw the folder then.
"""

from __future__ import annotations

from dataclasses import replace

from sweeper.clusters.base import Place
from sweeper.clusters.kubernetes.pods.path_mapping import holds
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.errors import UsageError


def located(settings: KubernetesSettings, place: Place) -> KubernetesSettings:
    """Return the settings with the path on this machine of the sweep's volume.

    The first of these paths that contains the sweep is used: the path in the configuration, the path at the
    last start, the path in pods, and the folder below which the sweep has the same relative path as in pods.

    Args:
        settings: the settings of the cluster.
        place: the paths of the sweep folder, now and when it was last controlled.

    Raises:
        UsageError: none of these paths contains the sweep.
    """
    volumes = settings.volumes.values()
    if any(one.here and holds(one.here, place.folder) for one in volumes):
        return settings
    name = _volume(settings, place.inside)
    rest = place.inside[len(settings.volumes[name].path.rstrip("/")) :] if name else ""
    if name and (former := _above(place.former, rest)) and holds(former, place.folder):
        return _with(settings, name, former)
    for other, volume in settings.volumes.items():
        if holds(volume.path, place.folder):
            return _with(settings, other, None)
    if not name:
        return settings  # an older sweep, or one on a volume of the template: its paths are the same in pods
    if found := _above(place.folder, rest):
        return _with(settings, name, found)
    raise UsageError(
        f"pods see this sweep in {place.inside}, on the volume {name}, and it is not known where this machine"
        f" has that, as the sweep lies in {place.folder}: run the sweep's command again, with"
        f" cluster.volumes.{name}.here=FOLDER, the folder at which the volume is mounted here"
    )


def _volume(settings: KubernetesSettings, inside: str) -> str:
    """Return the name of the volume of a path in pods: the one mounted deepest; empty if there is none."""
    candidates = {
        name: one.path for name, one in settings.volumes.items() if inside and holds(one.path, inside)
    }
    return max(candidates, key=lambda name: len(candidates[name].rstrip("/")), default="")


def _above(path: str, rest: str) -> str:
    """Return the folder below which `path` is `rest`; empty if there is none."""
    if not path.endswith(rest):
        return ""
    return path.removesuffix(rest) or "/"


def _with(settings: KubernetesSettings, name: str, here: str | None) -> KubernetesSettings:
    volume = replace(settings.volumes[name], here=here)
    return replace(settings, volumes={**settings.volumes, name: volume})
