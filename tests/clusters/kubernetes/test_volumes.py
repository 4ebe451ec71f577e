"""`cluster.volumes`: what is mounted in every pod."""

from __future__ import annotations

from typing import Any

import pytest

from sweeper.clusters.kubernetes.volumes import VOLUMES, VolumeSettings, check_paths
from sweeper.core.errors import UsageError

WHERE = "cluster.volumes"


def _expanded(where: str, path: str) -> str:
    return path.replace("~", "/home/ada")


def test_volumes_are_read_by_their_names_and_null_takes_one_back() -> None:
    """`here` is a path of this machine; the folder in the pods is not."""
    given = {"data": {"claim": "c", "path": "/data", "here": "~/data"}, "old": None}
    assert VOLUMES.read(WHERE, given, _expanded) == {"data": VolumeSettings("c", "/data", "/home/ada/data")}
    assert VOLUMES.read(WHERE, None, _expanded) == {}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (3, r"^cluster\.volumes must hold volumes by name, not 3$"),
        ({"v": 3}, r"^cluster\.volumes\.v must hold a volume's claim and path, not 3$"),
        ({"My": {}}, r"^cluster\.volumes: 'My' cannot name a volume; use lower-case letters, "),
        ({"dev-shm": {}}, r"'dev-shm' cannot name a volume"),
        ({3: {}}, r"^cluster\.volumes: 3 cannot name a volume"),
        ({"v": {"path": "/x"}}, r"^cluster\.volumes\.v\.claim must be the name of a PersistentVolumeCl"),
        ({"v": {"claim": "c"}}, r"^cluster\.volumes\.v\.path must be the folder in the pods"),
        ({"v": {"claim": "c", "path": "/a/../b"}}, r"^cluster\.volumes\.v\.path must be the folder"),
        ({"v": {"claim": "c", "path": "/x", "here": "x"}}, r"v\.here must be .* or null for the same as p"),
        ({"v": {"claim": "c", "path": "/x", "read_only": 5}}, r"v\.read_only must be true or false, not 5$"),
        ({"v": {"clam": "c"}}, r"v\.clam: there is no such setting \(did you mean claim\?\)"),
    ],
)  # fmt: skip
def test_a_wrong_volume_is_refused_by_its_name(given: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        VOLUMES.read(WHERE, given, _expanded)


def test_two_things_are_never_mounted_at_one_path() -> None:
    """A slash at the end makes no other path."""
    shm = {"v": VolumeSettings("c", "/dev/shm/")}
    check_paths(shm, shm=False)
    with pytest.raises(UsageError, match=r"^cluster\.volumes\.v\.path: /dev/shm/ is where cluster\.shm is"):
        check_paths(shm, shm=True)
    twice = {"v": VolumeSettings("c", "/x"), "w": VolumeSettings("c", "/x/")}
    with pytest.raises(UsageError, match=r"^cluster\.volumes\.w\.path: /x/ is where cluster\.volumes\.v is"):
        check_paths(twice, shm=False)
