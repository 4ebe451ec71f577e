"""What to type instead of an option that a command does not have."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

import pytest

from sweeper.core.option_hints import hint


def options(flags: str, valued: str = "", hidden: str = "") -> Mapping[str, argparse.Action]:
    parser = argparse.ArgumentParser(add_help=False)
    for name in flags.split():
        parser.add_argument(f"--{name}", action="store_true", help="a flag")
    for name in valued.split():
        parser.add_argument(f"--{name}", help="takes a value")
    for name in hidden.split():
        parser.add_argument(f"--{name}", action="store_true", help=argparse.SUPPRESS)
    return parser._option_string_actions


RUN = options("help multirun dry-run detach", "config-name", "run")
VERB = options("watch follow", "root output top")


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("--dryrun", "--dry-run"),
        ("--dry_run", "--dry-run"),
        ("--DRY-RUN", "--dry-run"),
        ("--dry", "--dry-run"),
        ("--detatch", "--detach"),
        ("--confg-name=x", "--config-name"),
        ("--detatch --dryrun lr", "--detach, --dry-run"),
        ("--jobs=4", "cluster.max_parallel=4"),
        ("--jobs 4", "cluster.max_parallel=N"),
        ("-j", "cluster.max_parallel=N"),
        ("--bg", "--detach"),
    ],
)
def test_an_option_that_a_run_does_not_have_is_answered_with_what_is_meant(words: str, meant: str) -> None:
    message = f"unrecognized arguments: {words}"
    assert hint(message, RUN, run=True) == f"{message} (did you mean {meant}?)"


@pytest.mark.parametrize(
    ("words", "meant"),
    [("--wacth", "--watch"), ("--json", "-o json"), ("--limit 3", "--top"), ("--tail", "--follow")],
)
def test_an_option_that_a_verb_does_not_have_is_answered_with_what_is_meant(words: str, meant: str) -> None:
    message = f"unrecognized arguments: {words}"
    assert hint(message, VERB) == f"{message} (did you mean {meant}?)"


@pytest.mark.parametrize(("word", "meant"), [("detach", "--detach"), ("dry-run", "--dry-run")])
def test_a_long_option_with_one_dash_is_known(word: str, meant: str) -> None:
    """argparse takes it for a short one that has a value."""
    message = f"argument -{word[0]}/{meant}: ignored explicit argument '{word[1:]}'"
    assert hint(message, RUN, run=True) == f"unrecognized arguments: -{word} (did you mean {meant}?)"


@pytest.mark.parametrize(
    "message",
    [
        "unrecognized arguments: --xyzzy",
        "unrecognized arguments: word -v",
        "unrecognized arguments: --sort",
        "argument -m/--multirun: ignored explicit argument 'xx'",
        "argument -cn/--config-name: expected one argument",
        "unrecognized arguments: --runs=3",
        "unrecognized arguments: --multirnu=3",
    ],
)
def test_where_nothing_is_near_the_message_stays(message: str) -> None:
    assert hint(message, RUN, run=message.endswith("3")) == message
