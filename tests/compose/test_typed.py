"""What Hydra's grammar accepts, but nobody can mean; and settings for other launchers and sweepers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sweeper.compose import Composed
from sweeper.core.errors import UsageError

PROGRAM = "task: {command: [run, '{args}']}\nlr: 0.1\nact: relu\n"
OTHERS = (
    "defaults: [{override hydra/launcher: joblib}, {override /hydra/sweeper: optuna},"
    " {override hydra/sweeper/sampler: tpe}, {override hydra/job_logging: colorlog}, _self_]\n"
)
VALUES = "hydra: {launcher: {n_jobs: 4}, sweeper: {n_trials: 20, params: {lr: '1,2'}}}\n"


def test_a_configuration_for_other_launchers_and_sweepers_still_runs(
    project: Callable[..., Path], grid: Callable[..., Composed]
) -> None:
    """Their plugins need not be here, their settings may stay, and a line of each says so."""
    found = grid(
        root=project(config=OTHERS + PROGRAM + VALUES + "seen: ${hydra:runtime.choices.hydra/launcher}")
    )
    assert [one.params for one in found.trials] == [
        {"lr": lr, "act": "relu", "seen": "joblib"} for lr in (1, 2)
    ]
    assert [line.split(" of the")[0] for line in found.remarks] == [
        "hydra/launcher: joblib", "hydra/sweeper: optuna",
    ]  # fmt: skip


def test_a_missing_option_of_another_group_is_still_missing(
    project: Callable[..., Path], grid: Callable[..., Composed]
) -> None:
    """Only what cvsweep does itself has a stand-in, and nothing that was typed."""
    root = project(config="defaults: [{override hydra/output: deep}, _self_]\n" + PROGRAM)
    with pytest.raises(UsageError, match="hydra/output"):
        grid(root=root)
    with pytest.raises(UsageError, match="hydra/job_logging/colorlog"):
        grid("hydra/job_logging=colorlog", root=project(config=PROGRAM))


def test_a_grid_in_the_file_that_is_not_run_is_noted(
    project: Callable[..., Path], grid: Callable[..., Composed]
) -> None:
    """Without -m it is one trial, as in Hydra, but not silently."""
    root = project(config=PROGRAM + "hydra: {sweeper: {params: {lr: '1,2'}}}\n")
    (remark,) = grid(root=root, multirun=False).remarks
    assert remark == "the configuration holds a grid, hydra.sweeper.params: add -m to run all of it"
    assert grid(root=root).remarks == ()


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ("{opt: {lr: '1,2'}}", r"hydra\.sweeper\.params\.opt must be one text: opt\.lr: '0\.1,0\.2'"),
        ("{lr: [1, 2]}", r"lr=\[1, 2\] is one value, a list; several values are written 'lr=1, 2'"),
        ("{lr: 0..4}", r"several values are written 'lr=range\(0,5\)'"),
        ("{lr: '1,'}", r"cannot read 'lr=1,': it ends with a comma"),
        ("'lr=1,2'", r"hydra\.sweeper\.params must hold keys and values"),
    ],
)
def test_a_mistake_in_the_grid_of_a_file_is_refused(
    project: Callable[..., Path], grid: Callable[..., Composed], params: str, message: str
) -> None:
    """As one on the command line."""
    with pytest.raises(UsageError, match=message):
        grid(root=project(config=PROGRAM + f"hydra: {{sweeper: {{params: {params}}}}}\n"))


def test_a_grid_for_a_sweeper_without_types_must_hold_keys(
    project: Callable[..., Path], grid: Callable[..., Composed]
) -> None:
    """The stand-in takes everything, the grid does not."""
    with pytest.raises(UsageError, match="must hold keys and values, as in params"):
        grid(root=project(config=OTHERS + PROGRAM + "hydra: {sweeper: {params: 'lr=1,2'}}\n"))


def test_a_list_beside_a_grid_is_noted(grid: Callable[..., Composed]) -> None:
    """It may be meant: something else varies."""
    (remark,) = grid("lr=[1,2]", "seed=0,1").remarks
    assert "lr=[1,2] is one value, a list" in remark
    assert grid("opt.betas=[1,2]", "lr=choice([1,2])").remarks == ()


def test_texts_that_are_meant_stay(grid: Callable[..., Composed]) -> None:
    """Quoted, escaped, deleted or for a key that is a text."""
    (one,) = grid("lr='0..4'", r"seed=1\ 2", "name=0..4", "~opt", multirun=False).trials
    assert one.params == {"lr": "0..4", "seed": "1 2", "name": "0..4"}


@pytest.mark.parametrize(
    ("override", "remark"),
    [
        ("opt={}", "opt={} changes nothing"),
        ("opt={},{momentum: 1}", "opt={} changes nothing"),
        ("lr={}", "lr={} is an empty dict"),
        ("+new={},1", "new={} is an empty dict"),
    ],
)
def test_an_empty_dict_is_noted(grid: Callable[..., Composed], override: str, remark: str) -> None:
    """Hydra takes it, but does not do what it looks like."""
    (shown,) = grid(override).remarks
    assert shown.startswith(remark)
