"""Where this machine has the volume of a sweep, worked out from where the sweep lies."""

from __future__ import annotations

import pytest

from sweeper.clusters.base import Place
from sweeper.clusters.kubernetes.pods.mounts import located
from sweeper.clusters.kubernetes.pods.path_mapping import in_pod
from sweeper.clusters.kubernetes.settings import KubernetesSettings, VolumeSettings
from sweeper.core.errors import UsageError

PLAIN = {"data": VolumeSettings("a", "/data"), "home": VolumeSettings("b", "/data/home/")}
MNT = {"data": VolumeSettings("a", "/data"), "mnt": VolumeSettings("c", "/mnt")}
GIVEN = {"data": VolumeSettings("a", "/data", here="/mnt/data")}
SWEEP = "/lab/sweeps/x"
INSIDE = f"/data{SWEEP}"


def settings_of(volumes: dict[str, VolumeSettings]) -> KubernetesSettings:
    return KubernetesSettings(user="ada", volumes=volumes)


@pytest.mark.parametrize(
    ("volumes", "place", "inside"),
    [
        # The same machine, where the volume is at another place than in pods: as when it was made, and moved.
        (PLAIN, Place(f"/mnt/data{SWEEP}", f"/mnt/data{SWEEP}", INSIDE), INSIDE),
        (PLAIN, Place("/mnt/data/old/lab/sweeps/x", f"/mnt/data{SWEEP}", INSIDE), "/data/old/lab/sweeps/x"),
        (MNT, Place(f"/mnt/data{SWEEP}", f"/mnt/data{SWEEP}", INSIDE), INSIDE),
        # Another machine, which has it where pods do, or somewhere else.
        (PLAIN, Place(INSIDE, f"/mnt/data{SWEEP}", INSIDE), INSIDE),
        (PLAIN, Place("/data/moved/x", f"/mnt/data{SWEEP}", INSIDE), "/data/moved/x"),
        (PLAIN, Place(f"/srv{SWEEP}", f"/mnt/data{SWEEP}", INSIDE), INSIDE),
        (PLAIN, Place(SWEEP, f"/mnt/data{SWEEP}", INSIDE), INSIDE),
        # The volume is the one that is mounted deepest there.
        (PLAIN, Place("/srv/home/x", "/home/x", "/data/home/x"), "/data/home/x"),
        (PLAIN, Place("/nfs/x", "/mnt/x", "/data/home/x"), "/data/home/x"),
        # Sweeps of older versions store where the machine that made them had it; a configuration says it.
        (GIVEN, Place(f"/mnt/data{SWEEP}", f"/mnt/data{SWEEP}", INSIDE), INSIDE),
        (GIVEN, Place(INSIDE, f"/mnt/data{SWEEP}", INSIDE), INSIDE),
        (GIVEN, Place(f"/srv{SWEEP}", f"/mnt/data{SWEEP}", INSIDE), INSIDE),
        (GIVEN, Place("/mnt/data/y", f"/srv{SWEEP}", INSIDE), "/data/y"),
        # Nothing is known of its former place.
        (GIVEN, Place("/mnt/data/y"), "/data/y"),
        (PLAIN, Place("/data/y"), "/data/y"),
    ],
)
def test_pods_see_the_sweep_where_it_lies(
    volumes: dict[str, VolumeSettings], place: Place, inside: str
) -> None:
    assert in_pod(located(settings_of(volumes), place), place.folder) == inside


def test_what_cannot_be_worked_out_is_asked_for() -> None:
    """The sweep was moved on its volume, and the volume is at another place than before."""
    with pytest.raises(UsageError) as caught:
        located(settings_of(PLAIN), Place("/srv/y", f"/mnt/data{SWEEP}", INSIDE))
    assert str(caught.value) == (
        "pods see this sweep in /data/lab/sweeps/x, on the volume data, and it is not known where this"
        " machine has that, as the sweep lies in /srv/y: run the sweep's command again, with"
        " cluster.volumes.data.here=FOLDER, the folder at which the volume is mounted here"
    )


def test_what_is_not_known_of_an_older_sweep_stays_as_it_is() -> None:
    """Its place is looked for on the volumes, and the error names them."""
    assert located(settings_of(PLAIN), Place("/srv/y")) == settings_of(PLAIN)


def test_other_volumes_stay_as_they_are() -> None:
    found = located(settings_of(PLAIN), Place(f"/srv{SWEEP}", f"/mnt/data{SWEEP}", INSIDE))
    assert found.volumes == {**PLAIN, "data": VolumeSettings("a", "/data", here="/srv")}
