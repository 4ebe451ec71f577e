"""Which clusters there are, and how their settings are read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sweeper import clusters
from sweeper.clusters import registry
from sweeper.clusters.kubernetes.settings import KubernetesSettings, VolumeSettings
from sweeper.clusters.local.settings import LocalSettings
from sweeper.core.cluster import ClusterSettings
from sweeper.core.errors import StorageError, UsageError
from sweeper.core.settings import CodeSettings, Settings

PODS = KubernetesSettings(
    namespace="lab",
    user="ada",
    uid=1000,
    priority=-5,
    image="torch:2",
    gpus=2,
    memory="16Gi",
    requests={"ephemeral-storage": "1Gi"},
    volumes={
        "home": VolumeSettings("home-{user}", "/home/ada", "/home/ada"),
        "data": VolumeSettings("data", "/data", None, True),
    },
    env_from=[{"secretRef": {"name": "wandb"}}],
    tolerations=[{"key": "gpu", "operator": "Exists"}],
    pod_template={"spec": {"dnsPolicy": "Default"}},
    max_gpus=8,
    keep_pods="failed",
    lease=False,
)


@pytest.mark.parametrize(
    "settings", [LocalSettings(max_parallel=3, trials_per_gpu=2, grace=1.5), PODS, KubernetesSettings()]
)
def test_settings_come_back_from_sweep_json_as_they_went_in(settings: Any) -> None:
    written = json.loads(json.dumps(clusters.plain(settings).to_json()))
    found = clusters.of(ClusterSettings.from_json(written))
    assert found.settings == settings
    assert clusters.of(found.plain()).settings == settings


def test_what_another_version_wrote_is_left_out_and_what_it_did_not_has_its_default() -> None:
    """So it is inside each of the volumes, too."""
    data = {"volumes": {"v": {"claim": "c", "path": "/p", "speed": "high"}}, "region": "moon"}
    found = clusters.of(ClusterSettings("kubernetes", data)).settings
    assert found == KubernetesSettings(volumes={"v": VolumeSettings("c", "/p")})
    assert clusters.of(ClusterSettings("local", {"grace": 5.0})).settings == LocalSettings(grace=5.0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (ClusterSettings("local", {"grace": None}), "damaged: grace cannot be None"),
        (ClusterSettings("kubernetes", {"volumes": {"v": {"claim": 3}}}), "damaged: claim cannot be 3"),
        (ClusterSettings("kubernetes", {"volumes": 3}), "damaged: "),
    ],
)
def test_a_value_of_another_kind_is_named(settings: ClusterSettings, message: str) -> None:
    """Somebody may have edited the file."""
    with pytest.raises(StorageError, match=message):
        clusters.of(settings)


def test_a_cluster_that_nothing_here_provides_is_named() -> None:
    message = r"^cluster\.backend must be local or kubernetes, not 'slurm'; a package that provides"
    with pytest.raises(UsageError, match=message):
        clusters.of(ClusterSettings("slurm"))
    with pytest.raises(UsageError, match=r"did you mean local\?"):
        registry.read({"backend": "locall"}, Path())


def test_pods_run_a_copy_of_the_project_and_local_trials_do_if_they_are_told_to() -> None:
    found = [clusters.is_frozen(Settings(cluster=clusters.plain(one))) for one in (PODS, LocalSettings())]
    shown = [clusters.is_frozen(Settings(code=CodeSettings(mode=mode))) for mode in ("snapshot", "in_place")]
    assert (found, shown) == ([True, False], [True, False])


def test_trials_that_share_a_gpu_get_no_more_than_one() -> None:
    LocalSettings(trials_per_gpu=2, gpus=1).check()
    LocalSettings(gpus=2).check()
    with pytest.raises(UsageError, match=r"^cluster\.trials_per_gpu=2 is for trials that share one GPU"):
        LocalSettings(trials_per_gpu=2, gpus=2).check()
