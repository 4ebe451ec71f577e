"""The typed settings and their plain-data form."""

import json

import pytest

from sweeper.core.cluster import KubernetesSettings, LocalSettings, VolumeSettings
from sweeper.core.errors import UsageError
from sweeper.core.settings import (
    RESERVED,
    CodeSettings,
    ResultsSettings,
    RetrySettings,
    Settings,
    SweepSettings,
    TaskSettings,
    is_frozen,
)


def test_defaults():
    """Nothing given means the documented defaults."""
    assert Settings.from_json({}) == Settings()
    assert (Settings().sweep.pause_after, Settings().cluster.backend, Settings().retry.budgets) == (
        5,
        "local",
        {},
    )


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
    "cluster", [LocalSettings(max_parallel=3, trials_per_gpu=2, grace=1.5), PODS, KubernetesSettings()]
)
def test_round_trip(cluster):
    """Settings come back from sweep.json as they went in, as those of their own backend."""
    settings = Settings(
        SweepSettings("digits", "runs", [["lr", "batch"]], [{"lr": 0.1, "model": "big"}], 50, 0),
        cluster,
        CodeSettings("snapshot", 7),
        RetrySettings({"error": 3}, 0.5, 10.0, 0.0, 1.5),
        ResultsSettings("loss", "min", True, "log", r"(?P<name>\w+) is (?P<value>\d+)"),
    )
    assert Settings.from_json(json.loads(json.dumps(settings.to_json()))) == settings


def test_unknown_keys_are_left_out():
    """What another version has written beside the known keys is ignored."""
    data = {"sweep": {"name": "x", "colour": "red"}, "retry": {"later": 1}, "news": {"a": 1}}
    assert Settings.from_json(data) == Settings(sweep=SweepSettings(name="x"))


def test_unknown_keys_of_a_cluster_are_left_out():
    """So it is inside a cluster's settings, and inside each of its volumes."""
    volume = {"claim": "c", "path": "/p", "speed": "high"}
    data = {"cluster": {"backend": "kubernetes", "volumes": {"v": volume}, "region": "moon"}}
    assert Settings.from_json(data).cluster == KubernetesSettings(volumes={"v": VolumeSettings("c", "/p")})


def test_missing_keys_take_their_defaults():
    """A folder written before a setting existed reads with the default of that setting."""
    assert Settings.from_json({"cluster": {"grace": 5.0}}).cluster == LocalSettings(grace=5.0)
    assert Settings.from_json({"cluster": {"backend": "kubernetes"}}).cluster == KubernetesSettings()


def test_defaults_are_not_shared():
    """A list inside one settings object belongs to no other."""
    assert TaskSettings().command is not TaskSettings().command
    assert SweepSettings().zip is not SweepSettings().zip
    assert KubernetesSettings().volumes is not KubernetesSettings().volumes


def test_reserved_words_cover_the_settings():
    """Every part of the settings has a reserved name, so that no parameter can be mistaken for one."""
    assert set(Settings.__dataclass_fields__) | {"task", "hydra"} == set(RESERVED)


def test_pods_run_a_copy_of_the_project_and_local_trials_do_if_they_are_told_to():
    found = [is_frozen(Settings(cluster=one)) for one in (PODS, LocalSettings())]
    told = [is_frozen(Settings(code=CodeSettings(mode=mode))) for mode in ("snapshot", "in_place")]
    assert (found, told) == ([True, False], [True, False])


@pytest.mark.parametrize(
    ("section", "value"),
    [
        ({"results": {"metric": 1e-320}}, "metric cannot be 1e-320"),
        ({"results": {"required": "no"}}, "required cannot be 'no'"),
        ({"sweep": {"max_trials": 1.5}}, "max_trials cannot be 1.5"),
        ({"retry": {"budgets": [1]}}, r"budgets cannot be \[1\]"),
        ({"cluster": {"grace": None}}, "grace cannot be None"),
        ({"cluster": {"backend": "kubernetes", "volumes": {"v": {"claim": 3}}}}, "claim cannot be 3"),
    ],
)
def test_a_value_of_another_kind_is_named(section, value):
    """Somebody may have edited the file."""
    with pytest.raises(TypeError, match=value):
        Settings.from_json(section)


@pytest.mark.parametrize(
    ("budgets", "message"),
    [
        ({"evictd": 1}, r"^retry\.budgets\.evictd: there is no such cause \(did you mean evicted\?\)$"),
        ({"error": -1}, r"^retry\.budgets\.error must be at least 0, not -1$"),
    ],
)
def test_a_budget_is_for_a_cause(budgets, message):
    """It is a number of retries, or none."""
    RetrySettings({"error": 0}).check()
    with pytest.raises(UsageError, match=message):
        RetrySettings(budgets).check()


def test_trials_that_share_a_gpu_get_no_more_than_one():
    LocalSettings(trials_per_gpu=2, gpus=1).check()
    LocalSettings(gpus=2).check()
    with pytest.raises(UsageError, match=r"^cluster\.trials_per_gpu=2 is for trials that share one GPU"):
        LocalSettings(trials_per_gpu=2, gpus=2).check()
