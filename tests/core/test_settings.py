"""The typed settings and their plain-data form."""

import json

from sweeper.core.cluster import LocalSettings
from sweeper.core.settings import (
    RESERVED,
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


def test_round_trip():
    """Settings come back from sweep.json as they went in."""
    settings = Settings(
        SweepSettings("digits", "runs", [["lr", "batch"]], [{"lr": 0.1, "model": "big"}], 50, 0),
        LocalSettings(max_parallel=3, trials_per_gpu=2, grace=1.5),
        RetrySettings({"error": 3}, 0.5, 10.0, 0.0),
        ResultsSettings("loss", "min", True),
    )
    assert Settings.from_json(json.loads(json.dumps(settings.to_json()))) == settings


def test_unknown_keys_are_left_out():
    """What another version has written beside the known keys is ignored."""
    data = {"sweep": {"name": "x", "colour": "red"}, "retry": {"later": 1}, "news": {"a": 1}}
    assert Settings.from_json(data) == Settings(sweep=SweepSettings(name="x"))


def test_missing_keys_take_their_defaults():
    """A folder written before a setting existed reads with the default of that setting."""
    assert Settings.from_json({"cluster": {"grace": 5.0}}).cluster == LocalSettings(grace=5.0)


def test_defaults_are_not_shared():
    """A list inside one settings object belongs to no other."""
    assert TaskSettings().command is not TaskSettings().command
    assert SweepSettings().zip is not SweepSettings().zip


def test_reserved_words_cover_the_settings():
    """Every part of the settings has a reserved name, so that no parameter can be mistaken for one."""
    assert set(Settings.__dataclass_fields__) | {"task", "hydra"} == set(RESERVED)
