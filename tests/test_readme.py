"""README.md shows what works: a reader can type its commands in their order, and copy its examples.

The commands in its `sh` blocks and in its sentences run as they stand, in a project for each part of it; what
cannot run in a test is in `INSTEAD`, with the reason. A command that nothing here knows is a failure.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
import webbrowser
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from sweeper.arguments import parse_arguments
from sweeper.cli.main import VERBS, main
from sweeper.cli.parsers import parser_of
from tests.forked import Forked

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")

EXAMPLE = ("cvsweep", "Install and run", "The grid")
OWN = (
    "Your own script in five minutes",
    "Results and the report",
    "On a cluster",
    "While it runs",
    "Reference",
)
HYDRA = ("A Hydra app",)

INSTALLS = "it installs, which needs a network"
CLUSTER = "there is no cluster here; tests/cluster runs it on one"
ASKS = "it asks on a terminal"
SHELL = "it is for a shell that a person types into"
INSTEAD: dict[str, tuple[str, tuple[str, ...]]] = {
    "python3 -m venv .venv && .venv/bin/pip install -q -e . && .venv/bin/cvsweep -m lr=1e-2,1e-3": (
        INSTALLS, ("cvsweep -m lr=1e-2,1e-3",)
    ),
    "python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]' && .venv/bin/python -m pytest": (
        "it runs this test, too; .ci/run runs it word for word", ()
    ),
    ". .venv/bin/activate": (SHELL, ()),
    'eval "$(cvsweep completion bash)"': (SHELL, ("cvsweep completion bash",)),
    "pip install 'cvsweep[report]'": (INSTALLS, ()),
    "pip install 'cvsweep[launcher]'": (INSTALLS, ()),
    "make install": (INSTALLS, ()),
    "make test": ("it runs this test, too", ()),
    "make check": ("it takes a minute, and CI runs what it does", ()),
    "cvsweep --config-name overnight": (
        "it would run 36 trials", ("cvsweep --config-name overnight --dry-run",)
    ),
    "cvsweep doctor cluster=cvlab": (CLUSTER, ()),
    "cvsweep quota cluster=cvlab": (CLUSTER, ()),
    "cvsweep -m cluster=cvlab lr=1e-3,1e-4 'seed=range(5)'": (
        CLUSTER, ("cvsweep -m cluster=cvlab lr=1e-3,1e-4 'seed=range(5)' --dry-run",)
    ),
    "cvsweep shell 3": (SHELL, ("cvsweep shell 3 -- true",)),
    "cvsweep -m lr=0.1,0.2 --detach": (
        "nothing that it starts may outlive this test; tests/cli/test_detach.py runs it",
        ("cvsweep -m lr=0.1,0.2 --dry-run",),
    ),
    "cvsweep clean --checkpoints baseline": (ASKS, ("cvsweep clean --checkpoints baseline -y",)),
    "cvsweep rm tuesday": (ASKS, ("cvsweep rm tuesday -y",)),
}  # fmt: skip
"""Commands that cannot run here as they stand: why, and the commands that run in their place.

Those of cvsweep must be understood all the same: their verb takes their words.
"""

DIGITS = """\
import json, os, sys

given = dict(word.removeprefix("--").split("=") for word in sys.argv[1:])
with open(os.environ["CVSWEEP_OUT"] + "/metrics.jsonl", "w") as file:
    metrics = {"epoch": 1, "train_loss": 0.5, "val_loss": float(given["lr"]), "val_acc": 0.9}
    print(json.dumps(metrics), file=file)
"""
"""In the place of experiments/digits.py, which trains for seconds."""

APP = {
    "train.py": """\
import json, os
import hydra

@hydra.main(config_path="conf", config_name="config", version_base=None)
def train(cfg):
    with open(os.environ["CVSWEEP_OUT"] + "/metrics.json", "w") as file:
        json.dump({"val_acc": cfg.model.width * cfg.lr}, file)
    return cfg.model.width * cfg.lr

if __name__ == "__main__":
    train()
""",
    "conf/config.yaml": "defaults: [{model: cnn}, _self_]\nlr: 0.3\n",
    "conf/model/cnn.yaml": "width: 1\n",
    "conf/model/mlp.yaml": "width: 2\n",
}

GRID = {
    "configs/config.yaml": """\
defaults: [{model: vit}, {experiment: a}, _self_]
task: {command: [echo, "{args}"]}
lr: 0.1
batch_size: 8
seed: 0
dims: [4]
opt: {name: adam}
name: x
old: 1
""",
    "configs/experiment/a.yaml": "# @package _global_\nfrom_a: 1\n",
    "configs/experiment/b.yaml": "# @package _global_\nfrom_b: 1\n",
    "configs/model/res18.yaml": "depth: 18\n",
    "configs/model/res50.yaml": "depth: 50\n",
    "configs/model/vit.yaml": "depth: 12\n",
}


@dataclass(frozen=True)
class Part:
    """A piece of the README: a fenced block of a `kind`, or `code` between backticks in a sentence."""

    section: str
    kind: str
    text: str

    @property
    def commands(self) -> list[str]:
        """The commands in it, without their comments."""
        if self.kind == "sh":
            return [_without_comment(line) for line in self.text.splitlines()]
        is_command = self.kind == "code" and re.match(r"(cvsweep|make|pip|eval|\.) ", self.text)
        return [self.text] if is_command else []


def _without_comment(line: str) -> str:
    return re.sub(r"\s+# .*", "", line)


def parts() -> Iterator[Part]:
    """All of them, in their order; tables are not among them."""
    section, kind, lines = "", "", list[str]()
    for line in TEXT.splitlines():
        if line.startswith("```"):
            if kind:
                yield Part(section, kind, "\n".join(lines) + "\n")
            kind, lines = ("" if kind else line[3:] or "nothing"), []
        elif kind:
            lines.append(line)
        elif line.startswith("#"):
            section = line.lstrip("# ")
        elif not line.startswith("|"):
            yield from (Part(section, "code", text) for text in re.findall(r"`([^`]+)`", line))


PARTS = list(parts())


class Reader:
    """Somebody who reads parts of the README and does what they say, in the current folder."""

    def __init__(
        self, capsys: pytest.CaptureFixture[str], configuration: str = "configs/config.yaml"
    ) -> None:
        self.names: dict[str, Any] = {}
        self._capsys = capsys
        self._configuration = Path(configuration)
        self._out = ""

    def read(self, *sections: str) -> None:
        for part in PARTS:
            if part.section in sections:
                self._follow(part)

    def _follow(self, part: Part) -> None:
        for command in part.commands:
            self.type(command)
        if part.kind == "text":
            assert part.text.splitlines()[0].split() == self._out.splitlines()[0].split()
        elif part.kind == "yaml":
            assert yaml.safe_load(part.text) == yaml.safe_load(self._configuration.read_text())
            self._configuration.write_text(part.text)
        elif part.kind == "python" and "import cvsweep" in part.text:
            exec(part.text, self.names)
        elif part.kind == "python":
            Path("train.py").write_text(part.text)
        elif part.kind == "code" and re.match(r"(sweep|cluster|task|code|retry|results)\.\w+=", part.text):
            self.type(f"cvsweep {part.text} --dry-run")

    def type(self, command: str) -> None:
        """Run a command, or what runs in its place."""
        words = shlex.split(command)
        if words[0] == "cvsweep":
            assert parses(words[1:]), command
        for one in INSTEAD[command][1] if command in INSTEAD else (command,):
            self._run(shlex.split(one))

    def _run(self, words: list[str]) -> None:
        program, *arguments = words
        if program == "python":
            found = subprocess.run([sys.executable, *arguments], capture_output=True, text=True)
            assert found.returncode == 0, found.stderr
            return
        assert program == "cvsweep", f"no rule of this test says how to try: {shlex.join(words)}"
        if arguments[0] == "shell":  # it becomes another program
            with open("shell", "wb") as file:
                assert Forked(arguments, stdout=file, stderr=file).wait(60) == 0, Path("shell").read_text()
            return
        self._capsys.readouterr()
        try:
            code = main(arguments)
        except SystemExit as end:  # argparse's --help
            code = 1 if end.code else 0
        captured = self._capsys.readouterr()
        self._out = captured.out
        assert code == 0, f"{shlex.join(words)}: {captured.err}"


def parses(arguments: list[str]) -> bool:
    """Are these words that the command or its verb takes?"""
    if "--help" in arguments:
        return True  # it is run
    if arguments[0] in VERBS:
        return bool(parser_of(arguments[0]).parse_intermixed_args(arguments[1:]))
    return bool(parse_arguments(arguments))


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and we are in it, with no environment active and no browser."""
    for name in ("CVSWEEP_ROOT", "VIRTUAL_ENV", "CONDA_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(webbrowser, "open", lambda url: True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _write(files: dict[str, str]) -> None:
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)


def test_the_commands_for_a_fresh_clone_run(capsys: pytest.CaptureFixture[str]) -> None:
    """They run on the example project, and the table at the top has the columns of a real one."""
    assert main(["init"]) == 0
    _write({"experiments/digits.py": DIGITS})
    Reader(capsys).read(*EXAMPLE)


def test_a_reader_gets_from_a_script_to_the_end_of_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    """The script, its configuration as `init` writes it, and all that is done with its sweeps afterwards."""
    reader = Reader(capsys)
    reader.read(*OWN)
    assert len(reader.names["table"]) == 10
    assert sorted(path.name for path in Path("sweeps").iterdir() if path.is_dir()) == ["baseline", "rates"]


def test_a_hydra_app_runs_as_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """The app itself chooses its model, and what it returns is its metric."""
    _write(APP)
    Reader(capsys).read(*HYDRA)
    capsys.readouterr()
    columns = ["--sort", "trial", "--columns", "model,lr,returned,val_acc"]
    assert main(["results", "app", *columns, "-o", "csv"]) == 0
    table = capsys.readouterr().out.split()
    assert table == ["model,lr,returned,val_acc", "cnn,0.1,0.1,0.1", "mlp,0.1,0.2,0.2"]


ROWS = re.findall(r"^\| (`.+`) \| (\d+) \|", TEXT, re.MULTILINE)


@pytest.mark.parametrize(("grid", "trials"), ROWS)
def test_each_grid_has_as_many_trials_as_its_row_says(
    grid: str, trials: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table of grids tells the truth."""
    _write(GRID)
    assert main(["-m", *shlex.split(grid.strip("`")), "--dry-run"]) == 0
    assert capsys.readouterr().out.split(" trial")[0] == trials


def test_there_is_a_table_of_grids() -> None:
    """Its rows are those that the test above tries."""
    assert len(ROWS) > 4


def test_every_part_is_read_and_every_exception_is_needed() -> None:
    """No section with a command is left out, no kind of block is ignored, and no exception is stale."""
    assert {part.section for part in PARTS if part.commands} <= {*EXAMPLE, *OWN, *HYDRA}
    assert {part.kind for part in PARTS} == {"sh", "text", "yaml", "python", "code"}
    assert set(INSTEAD) <= {command for part in PARTS for command in part.commands}
    prose = re.sub(r"(?ms)^```.*?^```$", "", TEXT)
    assert not re.search(r"(?m)^( {4}|\t)\S", prose), "a block that is no fenced one"
    assert all(line.count("`") % 2 == 0 for line in prose.splitlines()), "code that is broken into two lines"


def test_what_is_named_is_there() -> None:
    """Extras that can be installed, targets of make, and the commands that CI reads."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert set(re.findall(r"(?:cvsweep|\.)\[(\w+)\]'", TEXT)) <= set(extras)
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"`make (\w+)`", TEXT)
    assert [name for name in targets if f"\n{name}:" not in makefile] == []
    for marker in ("run", "test"):
        assert re.search(rf"(?m)^<!-- {marker} command -->\n```sh\n.+\n```$", TEXT)


LINKS = re.findall(r"\]\((?!https?:)([^)#]+)(?:#([^)]+))?\)", TEXT)


@pytest.mark.parametrize(("file", "heading"), sorted(set(LINKS)))
def test_each_link_leads_to_a_file_and_a_heading_of_it(file: str, heading: str) -> None:
    """Headings are named as code hosts name them."""
    assert (ROOT / file).exists()
    if heading:
        heads = re.findall(r"(?m)^#+ (.+)$", (ROOT / file).read_text(encoding="utf-8"))
        assert heading in [re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads]


def test_it_can_be_read_in_one_go() -> None:
    """At most 250 lines that fit an editor's window."""
    lines = TEXT.splitlines()
    assert len(lines) <= 250
    assert [line for line in lines if len(line) > 110] == []
