"""Whose configurations count: the project's own first, what cvsweep brings last."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sweeper.compose import Composed, compose
from sweeper.compose.project import packaged_configs
from sweeper.compose.session import Session
from sweeper.core.model import Cause

TASK = "task: {command: [run, '{args}']}\n"


def run(root: Path, *overrides: str, multirun: bool = False, **where: object) -> Composed:
    found = {"config_dir": None, "config_name": None} | where
    return compose(overrides, multirun=multirun, project=root, **found)  # type: ignore[arg-type]


def test_a_project_that_knows_nothing_of_cvsweep_has_every_setting(simple: Path) -> None:
    settings = run(simple, "cluster.max_parallel=2", "results.metric=acc", "retry.budgets.error=3").settings
    assert (settings.cluster.max_parallel, settings.results.metric) == (2, "acc")
    assert settings.retry.budgets["error"] == 3
    assert settings.sweep.root == "sweeps"


def test_settings_written_in_the_projects_own_file_count_and_are_typed(
    project: Callable[..., Path],
) -> None:
    root = project(config=TASK + "cluster: {max_parallel: '3'}\nretry: {budgets: {error: 0}}\nlr: 1")
    settings = run(root).settings
    assert settings.cluster.max_parallel == 3
    assert (settings.retry.budgets["error"], settings.retry.budgets["evicted"]) == (0, 100)


def test_groups_chosen_in_a_config_that_is_included_are_not_chosen_twice(
    project: Callable[..., Path],
) -> None:
    root = project(
        config="defaults: [base, {override cluster: own}, _self_]",
        base="defaults: [{cluster: local}, {optional retry: own}, _self_]\n" + TASK,
        cluster__own="defaults: [base_local, _self_]\nmax_parallel: 7",
    )
    assert run(root).settings.cluster.max_parallel == 7


def test_our_groups_are_there_and_the_projects_win(project: Callable[..., Path]) -> None:
    root = project(
        config="defaults: [{experiment: shell}, _self_]",
        experiment__own="# @package _global_\n" + TASK + "x: 1",
    )
    assert run(root).experiment == "shell"
    assert run(root, "experiment=own").trials[0].params == {"x": 1}
    (root / "configs/experiment/shell.yaml").write_text("# @package _global_\n" + TASK + "mine: true")
    assert run(root).trials[0].params == {"mine": True}


def test_a_search_path_of_the_users_is_kept_before_ours(project: Callable[..., Path], tmp_path: Path) -> None:
    lab = tmp_path / "the lab's"
    (lab / "experiment").mkdir(parents=True)
    (lab / "experiment/shell.yaml").write_text("# @package _global_\n" + TASK + "lab: 1")
    root = project(
        config=f'defaults: [{{experiment: shell}}, _self_]\nhydra: {{searchpath: ["file://{lab}"]}}',
        plain="defaults: [{experiment: shell}, _self_]",
    )
    assert run(root).trials[0].params == {"lab": 1}
    given = f'hydra.searchpath=["file://{lab}"]'
    assert run(root, given, config_name="plain").trials[0].params == {"lab": 1}
    assert run(root, given, "cluster=local", config_name="plain").settings.cluster.backend == "local"
    assert "lab" not in run(root, config_name="plain").trials[0].params


def test_a_given_config_dir_comes_first_and_the_projects_own_is_still_there(
    project: Callable[..., Path], tmp_path: Path
) -> None:
    root = project(config=TASK + "mine: 1", model__a="x: 1")
    other = tmp_path / "other"
    other.mkdir()
    (other / "config.yaml").write_text("defaults: [{model: a}, _self_]\n" + TASK + "theirs: 1")
    assert run(root, config_dir=other).trials[0].params == {"model": {"x": 1}, "theirs": 1}


def test_a_config_dir_serves_where_there_are_no_configs(simple: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert run(empty, config_dir=simple / "configs").trials[0].params["lr"] == 0.1


def test_a_package_header_of_the_primary_config_is_obeyed(project: Callable[..., Path]) -> None:
    root = project(config="# @package net\nlr: 1", full="defaults: [config, _self_]\n" + TASK)
    assert run(root, config_name="full").trials[0].params == {"net": {"lr": 1}}


def test_the_packaged_configs_compose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configs = packaged_configs()
    monkeypatch.chdir(tmp_path)
    found = run(tmp_path, "lr=1,2", config_dir=configs, multirun=True)
    assert found.experiment == "digits"
    assert set(found.settings.retry.budgets) <= {cause.value for cause in Cause}
    assert len(run(tmp_path, config_dir=configs, config_name="overnight").trials) == 36
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("config", "overrides", "composed"),
    [
        ("lr: 1\nseed: 1", ["lr=1,2,3", "seed=range(4)"], 1),
        ("lr: 1\nwd: ${lr}", ["lr=1,2,3", "+fixed={a: 1}"], 1),
        ("lr: 1\nhome: ${oc.env:HOME}", ["lr=1,2,3", "lr=4,5"], 1),
        ("defaults: [{model: a}, _self_]\nlr: 1", ["model=a,b", "lr=1,2,3"], 3),
        ("lr: 1\nwd: ${lr}", ["lr=1,2", "wd=3,4"], 5),
        ("lr: 1", ["+new=1,2"], 3),
        ("opt: {lr: 1}", ["opt={lr:1},{lr:2}"], 3),
        ("lr: 1\nout: ${hydra:job.override_dirname}", ["lr=1,2"], 3),
    ],
)
def test_hydra_composes_once_for_each_choice_of_groups_and_more_only_where_it_must(
    project: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    config: str,
    overrides: list[str],
    composed: int,
) -> None:
    root = project(config=config + "\n" + TASK, model__a="x: 1", model__b="x: 2")
    calls = []
    real = Session.load
    monkeypatch.setattr(
        Session, "load", lambda self, texts, **kw: calls.append(texts) or real(self, texts, **kw)
    )
    run(root, *overrides, multirun=True)
    assert len(calls) == composed


def test_hydras_own_values_are_those_of_the_point(project: Callable[..., Path]) -> None:
    root = project(
        config="defaults: [{model: a}, _self_]\nlr: 1\n"
        + TASK
        + "which: ${hydra:runtime.choices.model}\nname: ${hydra:job.override_dirname}",
        model__a="x: 1",
        model__b="x: 2",
    )
    found = run(root, "lr=1,2", "model=a,b", multirun=True)
    assert [t.params["which"] for t in found.trials] == ["a", "b", "a", "b"]
    assert [t.params["name"] for t in found.trials] == [f"lr={lr},model={m}" for lr in (1, 2) for m in "ab"]


def test_keys_that_are_numbers_become_text(project: Callable[..., Path]) -> None:
    root = project(config=TASK + "lr: 1\ntable: {1: a, 2: '${lr}'}")
    found = run(root, "lr=5,6", multirun=True)
    assert [t.params["table"] for t in found.trials] == [{"1": "a", "2": 5}, {"1": "a", "2": 6}]
