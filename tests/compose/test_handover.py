"""Questions that Hydra answers itself, asked the way Hydra users ask them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from sweeper.compose import hand_to_hydra, parse_arguments
from sweeper.core.errors import UsageError
from tests.compose.loggers import loggers_kept


@pytest.fixture(autouse=True)
def _loggers() -> Iterator[None]:
    """Hydra leaves a handler that writes to a stream which is closed by then."""
    with loggers_kept():
        yield


def ask(root: Path, *words: str) -> int:
    return hand_to_hydra(parse_arguments(words), project=root)


def test_cfg_job_shows_the_whole_configuration(
    simple: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(simple)
    assert ask(simple, "--cfg", "job", "lr=5", "cluster.max_parallel=2") == 0
    shown = yaml.safe_load(capsys.readouterr().out)
    assert (shown["lr"], shown["cluster"]["max_parallel"], shown["sweep"]["root"]) == (5, 2, "sweeps")
    assert sorted(path.name for path in simple.iterdir()) == ["configs"]


def test_a_package_of_it_can_be_shown_resolved(simple: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(simple, "--cfg", "job", "--package", "opt", "--resolve") == 0
    assert "momentum: 0.9" in capsys.readouterr().out


def test_a_wrong_override_is_exit_code_2(simple: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(simple, "--cfg", "job", "lrr=5") == 2
    assert "lrr" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--info", "searchpath"], ["-i", "defaults-tree"], ["--hydra-help"]])
def test_what_hydra_knows_is_shown(
    simple: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert ask(simple, *words) == 0
    assert capsys.readouterr().out


def test_a_configuration_is_shown_only_where_there_is_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no configs folder here"):
        ask(tmp_path, "--cfg", "job")
