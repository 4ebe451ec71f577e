"""This machine's paths and the pods'."""

from __future__ import annotations

import pytest

from sweeper.clusters.kubernetes.pods.path_mapping import in_pod
from sweeper.clusters.kubernetes.settings import KubernetesSettings, VolumeSettings
from sweeper.core.errors import UsageError

LAB = {name: VolumeSettings(f"pv-{name}", f"/{name}") for name in ("cvlabsrc1", "cvlabdata1", "cvlabdata2")}
MAPPED = {
    "data": VolumeSettings("a", "/data", here="/mnt/nfs/"),
    "deep": VolumeSettings("b", "/deep/", here="/mnt/nfs/deep"),
    "seen": VolumeSettings("c", "/seen", here="/mnt/seen", read_only=True),
}


def _settings(volumes: dict[str, VolumeSettings]) -> KubernetesSettings:
    return KubernetesSettings(user="lis", volumes=volumes)


@pytest.mark.parametrize(
    ("volumes", "path", "want"),
    [
        (LAB, "/cvlabdata2/home/lis/sweeps", "/cvlabdata2/home/lis/sweeps"),
        (LAB, "/cvlabdata1", "/cvlabdata1"),
        (LAB, "/cvlabdata1/", "/cvlabdata1"),
        (MAPPED, "/mnt/nfs/a b/c", "/data/a b/c"),
        (MAPPED, "/mnt/nfs", "/data"),
        (MAPPED, "/mnt/nfs/deep/x", "/deep/x"),
        (MAPPED, "/mnt/nfs/deeper/x", "/data/deeper/x"),
        ({"root": VolumeSettings("a", "/data", here="/")}, "/home/x", "/data/home/x"),
    ],
)
def test_a_path_is_mapped_by_the_longest_volume(
    volumes: dict[str, VolumeSettings], path: str, want: str
) -> None:
    assert in_pod(_settings(volumes), path) == want


def test_a_path_on_no_volume_is_refused_with_a_way_out() -> None:
    with pytest.raises(UsageError) as caught:
        in_pod(_settings(LAB), "/home/x/sweeps")
    assert str(caught.value) == (
        "sweep.root: /home/x/sweeps lies on none of the volumes that pods see"
        " (/cvlabsrc1, /cvlabdata1, /cvlabdata2); say sweep.root=/cvlabdata2/home/lis/sweeps"
    )


def test_only_whole_components_count() -> None:
    with pytest.raises(UsageError, match="none of the volumes"):
        in_pod(_settings(LAB), "/cvlabdata22/home")


def test_a_volume_that_pods_only_read_is_no_place_to_write() -> None:
    with pytest.raises(UsageError, match=r"\(/mnt/nfs, /mnt/nfs/deep\)"):
        in_pod(_settings(MAPPED), "/mnt/seen/code")
    assert in_pod(_settings(MAPPED), "/mnt/seen/code", writable=False) == "/seen/code"


def test_a_place_that_another_volume_covers_in_the_pod_is_not_that_place() -> None:
    volumes = {
        "all": VolumeSettings("a", "/data", here="/mnt"),
        "ro": VolumeSettings("b", "/data/in", here="/elsewhere", read_only=True),
    }
    assert in_pod(_settings(volumes), "/mnt/out") == "/data/out"
    with pytest.raises(UsageError, match="/mnt/in/x lies on none"):
        in_pod(_settings(volumes), "/mnt/in/x")


def test_another_path_is_refused_under_its_own_name() -> None:
    with pytest.raises(UsageError, match=r"^the project: /home/x lies on none .*; move it there$"):
        in_pod(_settings(LAB), "/home/x", what="the project", writable=False)


@pytest.mark.parametrize(
    ("volumes", "word"), [({}, "write"), ({"x": VolumeSettings("a", "/x", read_only=True)}, "write")]
)
def test_without_a_volume_to_share_the_setting_is_named(
    volumes: dict[str, VolumeSettings], word: str
) -> None:
    with pytest.raises(UsageError, match=rf"^cluster\.volumes: pods see no volume that they can {word}"):
        in_pod(_settings(volumes), "/x/sweeps")
