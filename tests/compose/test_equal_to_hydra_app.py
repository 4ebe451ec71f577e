"""Where several folders have a config of the same name, a trial has the one that a Hydra app takes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import hydra
import pytest
from omegaconf import OmegaConf

from sweeper.arguments import parse_arguments
from sweeper.compose import composition
from sweeper.compose.versions import VERSION_BASE
from tests.compose.loggers import loggers_kept
from tests.compose.reference import same

QUIET = "hydra: {output_subdir: null, run: {dir: .}}\n"


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same names in a project, in a folder for --config-dir, and in one of hydra.searchpath."""
    root = tmp_path_factory.mktemp("three")
    found = f"hydra: {{output_subdir: null, run: {{dir: .}}, searchpath: ['file://{root}/lab/configs']}}\n"
    task = "task: {command: [run]}\n"
    files = {
        "configs": {"config": "defaults: [{model: all}, _self_]\nwho: main\n" + found + task},
        "given/configs": {"config": "who: given\n" + QUIET + task, "only": "who: only\n" + QUIET + task},
        "lab/configs": {"config": "who: lab\n" + task},
    }
    for at, (folder, own) in enumerate(files.items()):
        options = {f"model/{name}": f"from: {folder}\n" for name in ("all", "two", "one")[: at + 1]}
        for name, text in {**own, **options}.items():
            path = root / folder / f"{name}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return root


WORDS = [
    ["model=all"],
    ["model=one"],
    ["--config-dir", "given/configs", "model=all"],
    ["--config-dir", "given/configs", "model=two"],
    ["--config-dir", "given/configs", "model=one"],
    ["--config-dir", "given/configs", "--config-name", "only"],
    ["--config-dir", "given/configs", "model=two", "hydra.searchpath=[]"],
    ["--config-dir", "lab/configs", "model=two", "hydra.searchpath=['file://{root}/given/configs']"],
]


def answer(monkeypatch: pytest.MonkeyPatch, root: Path, words: list[str]) -> Any:
    """The configuration that a Hydra app in this folder gets."""
    found = []
    quiet = ["hydra/job_logging=disabled", "hydra/hydra_logging=disabled"]
    main = hydra.main(config_path=str(root / "configs"), config_name="config", **VERSION_BASE)(found.append)
    monkeypatch.setattr(sys, "argv", ["app.py", *words, *quiet])
    with loggers_kept():
        main()
    return OmegaConf.to_container(found[0], resolve=True)


@pytest.mark.parametrize("words", WORDS, ids=map(" ".join, WORDS))
def test_a_name_that_several_folders_have_is_taken_from_the_one_that_hydra_takes_it_from(
    three: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    """The project's own folder, then --config-dir, then hydra.searchpath: for configs and for groups."""
    words = [word.replace("{root}", str(three)) for word in words]
    monkeypatch.chdir(three)
    wanted = answer(monkeypatch, three, words)
    given = parse_arguments(words)
    found = composition.compose(
        given.overrides,
        config_dir=given.config_dir,
        config_name=given.config_name,
        multirun=False,
        project=three,
    )
    same(found.trials[0].params, wanted)
