"""Where several folders have a config of the same name, a trial has the one that a Hydra app takes."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from sweeper.arguments import parse_arguments
from sweeper.compose import composition
from tests.compose.reference import same

APP = """
    import json
    import sys
    import hydra
    from omegaconf import OmegaConf

    @hydra.main(config_path="configs", config_name="config", version_base="1.3")
    def main(cfg):
        print(json.dumps(OmegaConf.to_container(cfg, resolve=True)))

    for words in json.loads(sys.argv[1]):
        sys.argv[1:] = words
        main()
"""
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
    (root / "app.py").write_text(textwrap.dedent(APP))
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


@pytest.fixture(scope="module")
def answers(three: Path) -> list[Any]:
    """The app's configuration for each of `WORDS`; one process gives them all."""
    command = [sys.executable, "app.py", json.dumps([_here(three, words) for words in WORDS])]
    done = subprocess.run(command, cwd=three, capture_output=True, text=True, timeout=60, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def _here(root: Path, words: list[str]) -> list[str]:
    return [word.replace("{root}", str(root)) for word in words]


@pytest.mark.parametrize("case", range(len(WORDS)), ids=map(" ".join, WORDS))
def test_a_name_that_several_folders_have_is_taken_from_the_one_that_hydra_takes_it_from(
    three: Path, answers: list[Any], case: int
) -> None:
    """The project's own folder, then --config-dir, then hydra.searchpath: for configs and for groups."""
    given = parse_arguments(_here(three, WORDS[case]))
    found = composition.compose(
        given.overrides,
        config_dir=given.config_dir,
        config_name=given.config_name,
        multirun=False,
        project=three,
    )
    same(found.trials[0].params, answers[case])
