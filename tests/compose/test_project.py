"""Whose configurations count: the project's own first, what cvsweep brings last."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sweeper.compose import Composed, compose
from sweeper.compose.project import find_project, packaged_configs
from sweeper.compose.session import Session, open_session
from sweeper.core.errors import UsageError
from sweeper.core.model import Cause
from tests.compose.conftest import write_project

TASK = "task: {command: [run, '{args}']}\n"


def run(root: Path, *overrides: str, multirun: bool = False, **where: object) -> Composed:
    found = {"config_dir": None, "config_name": None} | where
    return compose(overrides, multirun=multirun, project=root, **found)  # type: ignore[arg-type]


def options(root: Path, group: str, *, own: bool = False, config_dir: Path | None = None) -> list[str]:
    with open_session(find_project(root, config_dir, None)) as session:
        return session.options(group, own=own)


def test_a_project_that_knows_nothing_of_cvsweep_has_every_setting(simple: Path) -> None:
    settings = run(simple, "cluster.max_parallel=2", "results.metric=acc", "retry.budgets.error=3").settings
    assert (settings.cluster.data["max_parallel"], settings.results.metric) == (2, "acc")
    assert settings.retry.budgets["error"] == 3
    assert settings.sweep.root == "sweeps"


def test_settings_written_in_the_projects_own_file_count_and_are_typed(
    project: Callable[..., Path],
) -> None:
    root = project(config=TASK + "cluster: {max_parallel: '3'}\nretry: {budgets: {error: 0}}\nlr: 1")
    settings = run(root).settings
    assert settings.cluster.data["max_parallel"] == 3
    assert (settings.retry.budgets["error"], settings.retry.budgets["evicted"]) == (0, 100)


def test_groups_chosen_in_a_config_that_is_included_are_not_chosen_twice(
    project: Callable[..., Path],
) -> None:
    root = project(
        config="defaults: [base, {override cluster: own}, _self_]",
        base="defaults: [{cluster: local}, {optional retry: own}, _self_]\n" + TASK,
        cluster__own="defaults: [base_local, _self_]\nmax_parallel: 7",
    )
    assert run(root).settings.cluster.data["max_parallel"] == 7


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


def test_a_given_config_dir_adds_to_the_projects_own(project: Callable[..., Path], tmp_path: Path) -> None:
    """As in Hydra: what the project has too is the project's, and a config may be found in either."""
    root = project(config=TASK + "mine: 1", model__a="x: 1")
    other = write_project(tmp_path / "other", config="theirs: 1", model__a="x: 2", model__b="x: 3")
    write_project(other, night="defaults: [{model: a}, _self_]\n" + TASK + "night: 1")
    where = {"config_dir": other / "configs"}
    assert run(root, **where).trials[0].params == {"mine": 1}
    assert run(root, "+model=a", **where).trials[0].params == {"mine": 1, "model": {"x": 1}}
    assert run(root, "+model=b", **where).trials[0].params == {"mine": 1, "model": {"x": 3}}
    night = run(root, **where, config_name="night")
    assert night.trials[0].params == {"model": {"x": 1}, "night": 1}


@pytest.mark.parametrize("group", ["experiment", "model"])
def test_a_glob_means_the_projects_own_options(
    project: Callable[..., Path], tmp_path: Path, group: str
) -> None:
    """Also those of --config-dir and of hydra.searchpath; `exclude` takes some of them away."""
    named = {f"{group}__{name}": f"# @package _global_\nx: {name}" for name in ("a", "b")}
    root = project(config=TASK + "x: 0", **named)
    lab, given = tmp_path / "lab", tmp_path / "given"
    write_project(lab, **{f"{group}__l": "# @package _global_\nx: l"})
    write_project(given, **{f"{group}__g": "# @package _global_\nx: g"})
    path = f'hydra.searchpath=["file://{lab}/configs"]'

    def xs(*overrides: str, **where: object) -> list[object]:
        return [trial.params["x"] for trial in run(root, *overrides, multirun=True, **where).trials]

    assert xs(f"+{group}=glob(*)") == ["a", "b"]
    assert xs(f"+{group}=glob(*,exclude=a)") == ["b"]
    assert xs(f"+{group}=glob([a*,z*])") == ["a"]
    assert xs(f"+{group}=glob(*)", path, config_dir=given / "configs") == ["a", "b", "g", "l"]
    assert xs(f"+{group}=glob(*)", path) == ["a", "b", "l"]


def test_what_cvsweep_brings_is_still_there_by_name_and_for_a_project_without_that_group(
    project: Callable[..., Path],
) -> None:
    """A glob falls back to the packaged options only if the project has none at all."""
    root = project(config=TASK + "x: 0")
    assert options(root, "experiment", own=True) == ["digits", "shell"]
    write_project(root, experiment__mine="# @package _global_\nx: 1")
    assert options(root, "experiment", own=True) == ["mine"]
    assert options(root, "experiment") == ["digits", "mine", "shell"]
    assert options(root, "cluster", own=True)
    assert options(root, "nothing", own=True) == []
    assert run(root, "+experiment=shell").experiment == "shell"
    with pytest.raises(UsageError, match="experiment has no values"):
        run(root, "+experiment=glob(d*)", multirun=True)


def test_the_packaged_configs_can_be_given_themselves(
    project: Callable[..., Path],
) -> None:
    """Then they are the user's own: their config and all of their experiments."""
    root = project(other="x: 1")
    assert run(root, config_dir=packaged_configs()).experiment == "digits"
    assert options(root, "experiment", own=True, config_dir=packaged_configs()) == ["digits", "shell"]


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
        ("lr: 1\nwd: ${lr}", ["+fixed={a: 1}", "lr=1,2,3"], 1),
        ("lr: 1\nwd: ${lr}", ["lr=1,2,3", "+fixed={a: 1}"], 2),
        ("lr: 1\nhome: ${oc.env:HOME}", ["lr=1,2,3", "lr=4,5"], 1),
        ("defaults: [{model: a}, _self_]\nlr: 1", ["model=a,b", "lr=1,2,3"], 3),
        ("lr: 1\nwd: ${lr}", ["lr=1,2", "wd=3,4"], 1),
        ("lr: 1", ["+new=1,2", "++x=3,'${new}'"], 1),
        ("opt: {lr: 1}", ["opt={lr:1},{lr:2}"], 1),
        ("lr: 1\nopt: {lr: '${lr}'}", ["opt={lr:1},{lr:2}"], 3),
        ("lr: 1\nwd: ${lr}\ngone: 1", ["wd='${lr}',2", "~gone"], 2),
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
        + "which: ${hydra:runtime.choices.model}\nname: ${hydra:job.override_dirname}\n"
        + "part: override_dirname\nsame: '${hydra:job.${part}}'",
        model__a="x: 1",
        model__b="x: 2",
    )
    found = run(root, "lr=1,2", "model=a,b", multirun=True)
    assert [t.params["which"] for t in found.trials] == ["a", "b", "a", "b"]
    names = [f"lr={lr},model={m}" for lr in (1, 2) for m in "ab"]
    assert [t.params["name"] for t in found.trials] == [t.params["same"] for t in found.trials] == names


def test_what_hydra_refers_to_is_that_of_the_point(project: Callable[..., Path]) -> None:
    root = project(
        config="hydra: {job: {name: 'job-${hydra.job.override_dirname}'}}\nlr: 1\n"
        + TASK
        + "name: ${hydra:job.name}\nversion: ${hydra:runtime.version}"
    )
    found = run(root, "lr=1,2", multirun=True)
    assert [t.params["name"] for t in found.trials] == ["job-lr=1", "job-lr=2"]


def test_keys_that_are_numbers_become_text(project: Callable[..., Path]) -> None:
    root = project(config=TASK + "lr: 1\ntable: {1: a, 2: '${lr}'}")
    found = run(root, "lr=5,6", multirun=True)
    assert [t.params["table"] for t in found.trials] == [{"1": "a", "2": 5}, {"1": "a", "2": 6}]
