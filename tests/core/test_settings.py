"""The typed settings and their plain-data form."""

import json

import pytest

from sweeper.core.cluster import ClusterSettings
from sweeper.core.errors import UsageError
from sweeper.core.settings import (
    RESERVED,
    CodeSettings,
    ResultsSettings,
    RetrySettings,
    Settings,
    SweepSettings,
    TaskSettings,
)


def test_defaults():
    """Nothing given means the documented defaults."""
    assert Settings.from_json({}) == Settings()
    assert (Settings().sweep.pause_after, Settings().cluster.backend, Settings().retry.budgets) == (
        5,
        "local",
        {},
    )


@pytest.mark.parametrize(
    "cluster", [ClusterSettings(), ClusterSettings("pods", {"volumes": {"home": {"here": None}}, "gpus": 2})]
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


def test_what_a_cluster_has_is_kept_as_it_is():
    """Only the cluster itself knows what it means; a sweep of one that is not named runs on this machine."""
    data = {"backend": "pods", "region": "moon", "volumes": {"v": {"claim": "c"}}}
    settings = Settings.from_json({"cluster": data})
    assert settings.cluster == ClusterSettings("pods", {"region": "moon", "volumes": {"v": {"claim": "c"}}})
    assert settings.to_json()["cluster"] == data
    assert Settings.from_json({"cluster": {"grace": 5.0}}).cluster == ClusterSettings("local", {"grace": 5.0})


def test_defaults_are_not_shared():
    """A list inside one settings object belongs to no other."""
    assert TaskSettings().command is not TaskSettings().command
    assert SweepSettings().zip is not SweepSettings().zip


def test_reserved_words_cover_the_settings():
    """Every part of the settings has a reserved name, so that no parameter can be mistaken for one."""
    assert set(Settings.__dataclass_fields__) | {"task", "hydra"} == set(RESERVED)


@pytest.mark.parametrize(
    ("section", "value"),
    [
        ({"results": {"metric": 1e-320}}, "metric cannot be 1e-320"),
        ({"results": {"required": "no"}}, "required cannot be 'no'"),
        ({"sweep": {"max_trials": 1.5}}, "max_trials cannot be 1.5"),
        ({"retry": {"budgets": [1]}}, r"budgets cannot be \[1\]"),
        ({"cluster": {"backend": 1}}, "backend cannot be 1"),
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
