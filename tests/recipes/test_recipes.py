"""Every page of docs/recipes works: its files are written, its commands run word for word.

What a page shows below a command is what the command prints.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sysconfig
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from sweeper.results.curve_frame import load_curves
from sweeper.store.folder import SweepFolder
from tests.recipes.page import PAGES, blocks, shows

NEEDS = {
    "hydra-app": (),
    "hf-trainer": ("torch", "transformers", "accelerate"),
    "lightning-cli": ("torch", "lightning", "jsonargparse"),
    "optuna": ("optuna",),
    "scikit-learn": ("sklearn",),
    "shell": (),
    "torchrun": ("torch",),
}
"""What a page needs beside cvsweep."""


@dataclass
class Project:
    """A folder in which a reader follows pages."""

    folder: Path
    printed: list[str] = field(default_factory=list)

    def follow(self, page: str) -> None:
        """Write the files of a page, run its commands, and compare what they print with what it shows."""
        missing = [name for name in NEEDS[page] if find_spec(name) is None]
        if missing:
            pytest.skip(f"needs {', '.join(missing)}: pip install 'cvsweep[frameworks]'")
        for block in blocks(page):
            if files := block.files():
                for name, text in files.items():
                    (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                    (self.folder / name).write_text(text)
            elif block.kind == "sh":
                self.printed += [self.run(command) for command in block.text.splitlines()]
            else:
                assert block.kind == "text", f"nothing says what a block of {block.kind} is for"
                assert shows(block.text, self.printed[-1]), self.printed[-1]

    def run(self, command: str) -> str:
        """What a command prints, typed into a shell in which the environment of these tests is found."""
        scripts = sysconfig.get_path("scripts")
        ended = subprocess.run(
            ["sh", "-c", command],
            cwd=self.folder,
            env=os.environ | {"PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert ended.returncode == 0, f"{command}:\n{ended.stdout}{ended.stderr}"
        return ended.stdout

    def sweep(self, name: str) -> SweepFolder:
        return SweepFolder(self.folder / "sweeps" / name)

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The table of a sweep, in the order of its trials."""
        rows = json.loads(self.run(f"cvsweep results {name} --sort trial -o json"))
        assert isinstance(rows, list)
        return rows


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    for name in ("CVSWEEP_ROOT", "VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)
    return Project(tmp_path)


def test_a_hydra_app_is_launched_as_it_is(project: Project) -> None:
    project.follow("hydra-app")
    first = project.sweep("first")
    assert first.settings.cluster.data["max_parallel"] == 2
    seeds = [(row["model"], row["seed"], row["attempts"]) for row in project.rows("first")]
    assert seeds[4:] == [("cnn", 3, 1), ("mlp", 3, 1)], "the same name runs only what is new"
    assert [row["returned"] for row in project.rows("long")] == [1011, 1012]
    assert project.sweep("long").state().trials[0].trial.time_limit == 60


def test_lightning_cli_gets_its_options(project: Project) -> None:
    project.follow("lightning-cli")
    assert all(row["val_loss"] > 0 for row in project.rows("line"))
    assert not list(project.folder.glob("*logs*")), "each trial logs into its own folder"


def test_a_trainer_resumes_from_its_checkpoint_after_a_retry(project: Project) -> None:
    project.follow("hf-trainer")
    assert any("resumed from checkpoint-8\n" in text for text in project.printed)
    (row,) = project.rows("bert")
    curve = load_curves(str(project.folder / "sweeps" / "bert"))
    assert curve["eval_loss"].dropna().size == 4, "those of the first attempt, too"
    assert row["eval_loss"] == pytest.approx(curve["eval_loss"].dropna().iloc[-1])


def test_torchrun_is_one_trial_of_two_processes(project: Project) -> None:
    project.follow("torchrun")
    slow, fast = project.rows("ddp")
    assert fast["loss"] < 1e-3 < slow["loss"]


def test_scikit_learn_is_swept_as_a_script_and_as_a_function(project: Project) -> None:
    project.follow("scikit-learn")
    as_script, as_function = project.rows("script"), project.rows("function")
    assert [row["accuracy"] for row in as_script] == [row["accuracy"] for row in as_function]


def test_a_shell_script_is_swept(project: Project) -> None:
    project.follow("shell")
    sizes = {(row["level"], row["lines"]): row["bytes"] for row in project.rows("gzip")}
    assert sizes[9, 2000] < sizes[1, 2000]


def test_optuna_asks_and_is_told(project: Project) -> None:
    project.follow("optuna")
    rows = project.rows("search")
    assert [row["state"] for row in rows] == ["completed"] * 7
    assert len({row["lr"] for row in rows}) == 7


def test_every_page_is_followed_and_linked() -> None:
    """None is left out here, in the list of recipes, or on the start page."""
    pages = {path.stem for path in PAGES.glob("*.md")} - {"README"}
    assert pages == set(NEEDS)
    recipes = (PAGES / "README.md").read_text(encoding="utf-8")
    start = (PAGES.parent / "README.md").read_text(encoding="utf-8")
    assert pages == set(re.findall(r"\]\(([\w-]+)\.md\)", recipes))
    assert pages == set(re.findall(r"\]\(recipes/([\w-]+)\.md\)", start)) - {"README"}


@pytest.mark.parametrize("page", ["README", *NEEDS])
def test_each_link_of_a_page_leads_somewhere(page: str) -> None:
    text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
    for file, heading in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", text):
        target = PAGES / file if file else PAGES / f"{page}.md"
        assert target.exists(), file
        if heading:
            heads = re.findall(r"(?m)^#+ (.+)$", target.read_text(encoding="utf-8"))
            assert heading in [re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads]


@pytest.mark.parametrize("page", NEEDS)
def test_a_page_is_short(page: str) -> None:
    assert len((PAGES / f"{page}.md").read_text(encoding="utf-8").splitlines()) <= 60
