"""Keys of a file that land where they change nothing are named, before anything runs with other values."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sweeper.compose import Composed
from sweeper.core.errors import UsageError

CONFIG = "defaults: [_self_, {experiment: a}]\ntask: {command: [run, '{args}']}\nlr: 0.1\n"
PLACES = r"experiment/a\.yaml must begin with the line '# @package _global_'"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("lr: 0.3\n", "lr"),
        ("task: {time_limit: 3}\n", "task"),
        ("# an experiment\nsweep: {name: x}\n", "sweep"),
    ],
)
def test_an_experiment_without_its_package_is_refused(
    project: Callable[..., Path], grid: Callable[..., Composed], text: str, key: str
) -> None:
    """Its keys would be those of `experiment`, and the sweep would run with other values."""
    with pytest.raises(UsageError, match=f"{PLACES}.* its {key} is experiment.{key}, and the {key} of"):
        grid(root=project(config=CONFIG, experiment__a=text))


def test_every_option_of_a_swept_group_is_looked_at(
    project: Callable[..., Path], grid: Callable[..., Composed]
) -> None:
    """Not only the one that the configuration chooses."""
    root = project(config=CONFIG, experiment__b="# @package _global_\nlr: 1", experiment__a="lr: 2")
    with pytest.raises(UsageError, match=PLACES):
        grid("experiment=b,a", root=root)


@pytest.mark.parametrize(
    ("config", "text"),
    [
        (CONFIG, "# @package _global_\nlr: 0.3\n"),
        (CONFIG, "# mine\n# @package experiment\nlr: 0.3\n"),
        (CONFIG, "note: x\n"),
        (CONFIG, "task: {name: classify}\n"),
        (CONFIG.replace("lr: 0.1", "lr: ${experiment.lr}"), "lr: 0.3\n"),
    ],
)
def test_a_file_that_means_it_so_is_left_alone(
    project: Callable[..., Path], grid: Callable[..., Composed], config: str, text: str
) -> None:
    """It says its package, holds keys of its own, or is read from the top."""
    assert grid(root=project(config=config, experiment__a=text)).trials


def test_settings_in_an_option_of_any_group_are_refused(
    project: Callable[..., Path], grid: Callable[..., Composed]
) -> None:
    """They would be parameters, and no setting."""
    config = CONFIG.replace("experiment: a", "model: a")
    with pytest.raises(UsageError, match=r"model/a\.yaml must begin .* its retry is model\.retry"):
        grid(root=project(config=config, model__a="retry: {wait_max: 3}\n"))
    assert grid(root=project(config=config, model__a="lr: 3\n")).trials


def test_a_key_with_a_dot_is_named_where_an_override_cannot_reach_it(
    project: Callable[..., Path], grid: Callable[..., Composed]
) -> None:
    """A program may want such an option; only another of the same name beside it is refused."""
    root = project(config=CONFIG.replace("_self_, {experiment: a}", "_self_") + "opt.lr: 0.01\n")
    assert grid(root=root).trials[0].command == "exec run --lr=0.1 --opt.lr=0.01"
    with pytest.raises(
        UsageError, match=r"^opt: .*'opt\.lr' as one key with a dot.* write opt: \{lr: \.\.\.\}"
    ):
        grid("opt.lr=1,2", root=root)
    with pytest.raises(UsageError, match=r"^opt\.lr, written as one key with a dot, is there as nested keys"):
        grid("+opt.lr=1", root=root)
    with pytest.raises(UsageError, match=r"two different keys would both be written 'opt\.lr'"):
        grid("+opt.lr=1,2", root=root)
