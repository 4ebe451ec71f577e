"""What of Hydra's own settings is refused where it is typed, and noted where a configuration holds it."""

from __future__ import annotations

import pytest

from sweeper.core.hydra_own import refusal, remarks


@pytest.mark.parametrize(
    ("key", "value", "answer"),
    [
        ("hydra/launcher", "joblib", "hydra/launcher: cvsweep is the launcher"),
        ("hydra.launcher.n_jobs", 4, "set cluster.max_parallel=N for how many run at once"),
        ("hydra/sweeper", "optuna", "hydra/sweeper: cvsweep makes the points itself"),
        ("hydra/sweeper/sampler", "tpe", "write the grid as values: -m lr=1e-3,1e-4 'seed=range(5)'"),
        ("hydra.sweeper.n_trials", 20, "hydra.sweeper.n_trials: cvsweep makes the points itself"),
        ("hydra.sweeper.params", {}, "on the command line a grid is written as values"),
        ("hydra.sweeper.params.lr", "1,2", "a configuration file may hold hydra.sweeper.params"),
        ("hydra.mode", "RUN", "hydra.mode=RUN: -m runs every point of the grid, this only one"),
        ("hydra/launcher", "basic", ""),
        ("hydra/sweeper", "basic", ""),
        ("hydra.mode", "MULTIRUN", ""),
        ("hydra.run.dir", "x", ""),
        ("hydra", "mine", ""),
        ("sweeper.params", 1, ""),
    ],
)
def test_what_only_another_launcher_or_sweeper_could_do_is_refused(key, value, answer):
    """The answer names the key and what there is instead."""
    shown = refusal(key, value, multirun=True)
    assert answer in shown
    assert bool(shown) is bool(answer)


def test_one_trial_is_what_runs_without_m():
    """hydra.mode=RUN contradicts only -m."""
    assert refusal("hydra.mode", "RUN", multirun=False) == ""


def test_what_a_configuration_says_to_other_launchers_is_noted_once_each():
    """Nothing of it is silently ignored."""
    chosen = {"hydra/launcher": "joblib", "hydra/sweeper": "optuna", "model": "cnn"}
    lines = remarks(chosen, unused_grid=True, sweep_folder="hydra.sweep.dir")
    assert [line.split(" ")[0] for line in lines] == [
        "hydra/launcher:",
        "hydra/sweeper:",
        "the",
        "hydra.sweep.dir",
    ]
    assert "cluster.max_parallel=N" in lines[0]
    assert "every point of the grid" in lines[1]
    assert "add -m" in lines[2]


@pytest.mark.parametrize("chosen", [{}, {"hydra/launcher": "basic", "hydra/sweeper": "basic"}])
def test_without_such_settings_nothing_is_noted(chosen):
    """Hydra's defaults mean nothing special."""
    assert remarks(chosen, unused_grid=False, sweep_folder="") == []
