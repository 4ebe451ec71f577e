"""Which points a command line makes, in which order, and which of them are dropped."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sweeper.compose import Composed, compose
from sweeper.core.errors import UsageError
from sweeper.core.model import trial_key


def values(composed: Composed, *keys: str) -> list[tuple[object, ...]]:
    return [tuple(trial.params[key] for key in keys) for trial in composed.trials]


def test_the_last_override_varies_fastest(grid: Callable[..., Composed]) -> None:
    found = grid("lr=0.1,0.2", "seed=range(0,3)")
    assert values(found, "lr", "seed") == [(0.1, 0), (0.1, 1), (0.1, 2), (0.2, 0), (0.2, 1), (0.2, 2)]
    assert [trial.index for trial in found.trials] == list(range(6))
    assert found.swept == ("lr", "seed")


def test_a_trial_has_its_command_its_key_and_every_parameter(grid: Callable[..., Composed]) -> None:
    (trial,) = grid("lr=0.5", multirun=False).trials
    assert trial.params == {
        "lr": 0.5,
        "seed": 0,
        "name": "base",
        "opt": {"momentum": 0.9, "betas": [0.9, 0.99]},
    }
    assert trial.command == (
        "exec python train.py --lr=0.5 --seed=0 --name=base --opt.momentum=0.9 --opt.betas 0.9 0.99"
    )
    assert trial.key == trial_key(trial.params, trial.command)


def test_equal_points_are_one_trial_and_counted(grid: Callable[..., Composed]) -> None:
    found = grid("lr=1e-3,0.001,1,1.0", "seed=0,0")
    assert [repr(lr) for (lr,) in values(found, "lr")] == ["0.001", "1", "1.0"]
    assert found.repeated == 5


def test_a_later_override_of_a_key_takes_the_place_of_an_earlier_one(grid: Callable[..., Composed]) -> None:
    found = grid("lr=1,2", "seed=1,2", "lr=3,4")
    assert values(found, "lr", "seed") == [(3, 1), (3, 2), (4, 1), (4, 2)]


def test_zipped_keys_vary_together(grid: Callable[..., Composed]) -> None:
    found = grid("lr=1,2", "name=a,b", "seed=5,6", "sweep.zip=[[lr,seed]]")
    assert values(found, "lr", "name", "seed") == [(1, "a", 5), (1, "b", 5), (2, "a", 6), (2, "b", 6)]
    assert found.swept == ("lr", "name", "seed")


def test_excluded_points_are_dropped_and_counted(grid: Callable[..., Composed]) -> None:
    found = grid("lr=0.1,0.2", "seed=1,2", "sweep.exclude=[{lr:0.1,seed:2},{seed:1,opt:{momentum:0.9}}]")
    assert values(found, "lr", "seed") == [(0.2, 2)]
    assert found.excluded == 3


def test_a_number_excludes_equal_numbers_and_nothing_else(grid: Callable[..., Composed]) -> None:
    """The same rule as that of `results --where`: true is not 1, also inside of a list."""
    axis = "name=1,1.0,true,'1',[1],[true],null"
    left = [(True,), ("1",), ([1],), ([True],), (None,)]
    assert list(map(repr, values(grid(axis, "sweep.exclude=[{name:1}]"), "name"))) == list(map(repr, left))
    assert values(grid(axis, "sweep.exclude=[{name:[1.0]}]"), "name")[4:] == [([True],), (None,)]


def test_a_group_varies_by_its_options_name(project: Callable[..., Path]) -> None:
    root = project(
        config="""
            defaults: [model: small, _self_]
            task: {command: [run, "{args}"]}
            lr: 1
            """,
        model__small="depth: 1",
        model__big="depth: 9",
    )
    found = compose(
        ["lr=1,2", "model=glob(*)", "sweep.exclude=[{model:big,lr:1}]"],
        config_dir=None,
        config_name=None,
        multirun=True,
        project=root,
    )
    assert [(t.params["lr"], t.params["model"]["depth"]) for t in found.trials] == [(1, 1), (2, 9), (2, 1)]
    assert found.swept == ("lr", "model")


def test_the_experiment_names_the_sweep_where_it_does_not_vary(project: Callable[..., Path]) -> None:
    root = project(
        config="defaults: [experiment: a/first, _self_]\ntask: {command: [run]}",
        flat="defaults: [experiment: b, _self_]\ntask: {command: [run]}",
        experiment__a__first="# @package _global_\nx: 1",
        experiment__b="# @package _global_\nx: 2",
        experiment__c="# @package _global_\nx: 3",
    )
    arguments = {"config_dir": None, "config_name": None, "multirun": True, "project": root}
    assert compose([], **arguments).experiment == "a-first"
    assert compose([], **arguments | {"config_name": "flat"}).experiment == "b"
    assert compose(["experiment=b,c"], **arguments | {"config_name": "flat"}).experiment == ""


def test_task_may_vary_and_belongs_to_the_trial(grid: Callable[..., Composed]) -> None:
    found = grid("task.args_style=argparse,json", "task.time_limit=60")
    assert [trial.command.split()[2][:6] for trial in found.trials] == ["train.", "train."]
    assert len({trial.key for trial in found.trials}) == 2
    assert {trial.time_limit for trial in found.trials} == {60.0}
    assert found.swept == ("task.args_style",)


def test_how_options_are_spelled_may_be_swept_and_given_in_part(grid: Callable[..., Composed]) -> None:
    found = grid("+amp=false", "task.args.bool=value,python,no-flag", "task.args.list=json")
    spelled = [trial.command.split()[-1] for trial in found.trials]
    assert spelled == ["--amp=false", "--amp=False", "--no-amp"]
    assert found.swept == ("task.args.bool",)


def test_a_yaml_file_can_hold_the_grid_and_the_command_line_wins(project: Callable[..., Path]) -> None:
    root = project(
        night="""
            defaults: [config, _self_]
            hydra:
              mode: MULTIRUN
              sweeper: {params: {lr: "0.1,0.2", seed: "range(2)", name: fixed}}
            """,
        config="task: {command: [run, '{args}']}\nlr: 0\nseed: 9\nname: x",
    )
    arguments = {"config_dir": None, "config_name": "night", "multirun": False, "project": root}
    found = compose([], **arguments)
    assert values(found, "lr", "seed", "name") == [(lr, s, "fixed") for lr in (0.1, 0.2) for s in (0, 1)]
    assert values(compose(["lr=7"], **arguments), "lr", "seed") == [(7, 0), (7, 1)]


def test_the_whole_first_configuration_is_kept_for_the_record(grid: Callable[..., Composed]) -> None:
    config = grid("lr=7,8", "sweep.name=x").config
    assert (config["lr"], config["sweep"]["name"]) == (7, "x")
    assert "hydra" not in config


@pytest.mark.parametrize(
    "override",
    [
        "lr=range(0,1000000000)",
        "lr=range(0,1,1e-9)",
        "lr=shuffle(range(0,1000000000))",
        "seed=range(0,99999)",
    ],
)
def test_a_huge_grid_is_refused_at_once_with_its_size(grid: Callable[..., Composed], override: str) -> None:
    start = time.process_time()
    with pytest.raises(
        UsageError, match=r"points .* more than sweep\.max_trials=10,000; .* give sweep\.max_trials=\d+"
    ):
        grid(override, "name=a,b")
    assert time.process_time() - start < 3


def test_a_huge_grid_runs_where_it_is_asked_for(grid: Callable[..., Composed]) -> None:
    assert len(grid("seed=range(11)", "sweep.max_trials=11").trials) == 11


def test_ten_thousand_points_are_composed_and_checked_in_seconds(grid: Callable[..., Composed]) -> None:
    start = time.process_time()
    found = grid("lr=range(100)", "seed=range(100)")
    assert len(found.trials) == 10_000
    # 0.6 seconds where it was measured; Hydra would need twenty minutes.
    assert time.process_time() - start < 6


def test_nothing_is_written(
    grid: Callable[..., Composed], simple: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(simple)
    grid("lr=1,2")
    assert sorted(p.name for p in simple.rglob("*")) == ["config.yaml", "configs"]
