"""The command line of a run, a superset of Hydra's."""

from __future__ import annotations

from pathlib import Path

import pytest

from sweeper.compose import Arguments, parse_arguments
from sweeper.core.errors import UsageError


def test_options_and_overrides_come_in_any_order() -> None:
    found = parse_arguments(["lr=1,2", "-m", "seed=3", "--dry-run", "+new=1", "~old"])
    assert found == Arguments(overrides=("lr=1,2", "seed=3", "+new=1", "~old"), multirun=True, dry_run=True)


def test_hydras_short_options_keep_their_meaning() -> None:
    found = parse_arguments(["-cn", "overnight", "-cd", "elsewhere", "-m", "x=-1"])
    assert (found.config_name, found.config_dir) == ("overnight", Path("elsewhere"))
    assert (found.multirun, found.overrides) == (True, ("x=-1",))


@pytest.mark.parametrize(
    ("words", "handed"),
    [
        (["--cfg", "job", "--resolve", "-p", "opt"], ("--cfg", "job", "--resolve", "--package", "opt")),
        (["-c", "all"], ("--cfg", "all")),
        (["--info", "defaults-tree"], ("--info=defaults-tree",)),
        (["-i"], ("--info=all",)),
        (["--hydra-help"], ("--hydra-help",)),
    ],
)
def test_questions_to_hydra_are_recognised(words: list[str], handed: tuple[str, ...]) -> None:
    found = parse_arguments(words)
    assert found.handed_to_hydra
    assert found.handed == handed


def test_a_run_is_not_handed_to_hydra() -> None:
    assert not parse_arguments(["lr=1"]).handed_to_hydra


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--dry"], "--dry"),
        (["--output", "csv"], "--output"),
        (["--cfg", "everything"], "everything"),
        (["--resolve"], "go with --cfg"),
    ],
)
def test_a_wrong_option_is_one_line_and_exit_code_2(words: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        parse_arguments(words)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)
