"""Which file or module a command starts, and where that is not certain."""

from __future__ import annotations

import shlex

import pytest

from sweeper.core.entry_points import EntryPoint, entry_point, sources


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("python train.py", "train.py"),
        ("python3.12 -u -X importtime -Wignore -W error train.py x.py", "train.py"),
        ("/opt/venv/bin/python -- train.py", "train.py"),
        ("python -OO src/train.py {args}", "src/train.py"),
        ("python {code}/train.py", "{code}/train.py"),
        ("python package", "package"),
        ("pypy3 $HOME/train.py", "$HOME/train.py"),
        ("bash ./run.sh", "./run.sh"),
        ("bash -euo pipefail +x --norc -- run.sh", "run.sh"),
        ("bash -- run.sh", "run.sh"),
        ("torchrun --nproc_per_node 2 train.py", "train.py"),
        ("torchrun --standalone --nproc-per-node=gpu train.py --out x.py", "train.py"),
        ("accelerate launch --config_file conf.yaml train.py", "train.py"),
        ("python -m torch.distributed.run --nnodes 1 train.py", "train.py"),
        ("python -mcProfile -o out.prof train.py", "train.py"),
        ("python -m coverage run train.py", "train.py"),
        ("uv run train.py", "train.py"),
        ("uv run --with numpy --isolated train.py", "train.py"),
        ("uv run --python 3.12 python train.py", "train.py"),
        ("uv run --isolated python train.py", "train.py"),
        ("poetry run torchrun --nproc_per_node 2 train.py", "train.py"),
        ("conda run -n python python train.py", "train.py"),
        ("conda run -n bash bash run", "run"),
        ("nice -n 5 env A=b timeout 60 python train.py", "train.py"),
        ("py-spy record -o out.svg -- python train.py", "train.py"),
        ("Rscript fit.R", "fit.R"),
        ("julia fit.jl", "fit.jl"),
    ],
)
def test_the_file_that_a_command_starts_is_known(command: str, name: str) -> None:
    found = entry_point(shlex.split(command))
    assert found is not None
    assert (found.name, found.is_module) == (name, False)


@pytest.mark.parametrize(
    "command",
    [
        "",
        "train",
        "python",
        "python -",
        "python --",
        "python --help-all",
        "python -c pass train.py",
        "python -uc pass train.py",
        "python {out}/made.py",
        "python {args} train.py",
        "python -m",
        "sh -c 'python train.py'",
        "bash -s train.py",
        "bash -",
        "bash -x",
        "bash --rcfile rc run.sh",
        "torchrun -m pkg.train x.py",
        "torchrun --no-python ./train x.py",
        "torchrun ./train x.py",
        "torchrun --nproc_per_node 2",
        "accelerate config out.py",
        "accelerate",
        "coverage run -m pkg x.py",
        "uv run tool out.py",
        "uv run --isolated tool out.py",
        "uv run -m pkg x.py",
        "uv run --with",
        "uv run",
        "uv sync train.py",
        "uv run --directory other train.py",
        "env -C other python train.py",
        "srun --chdir=/data python train.py",
        "env",
        "nice train.py",
        "mytool out.py",
        "docker run image python train.py",
        "ssh host python train.py",
        "perl -e x.pl",
        "Rscript -e fit.R",
    ],
)
def test_where_it_is_not_certain_nothing_is_reported(command: str) -> None:
    """The program may write what looks like a script, run elsewhere, or read code from a word."""
    assert entry_point(shlex.split(command)) is None


@pytest.mark.parametrize(
    ("command", "want"),
    [
        ("python -m pkg.train", EntryPoint("pkg.train", is_module=True)),
        ("python -um pkg.train", EntryPoint("pkg.train", is_module=True)),
        ("python -P -m pkg.train", EntryPoint("pkg.train", is_module=True, isolated=True)),
        ("python -Im pkg.train", EntryPoint("pkg.train", is_module=True, isolated=True)),
        ("sh run", EntryPoint("run", on_path=True)),
        ("sh ./run", EntryPoint("./run")),
    ],
)
def test_how_it_is_looked_for_is_known(command: str, want: EntryPoint) -> None:
    assert entry_point(command.split()) == want


@pytest.mark.parametrize(
    ("name", "relative"), [("train.py", True), ("../x.py", True), ("/x.py", False), ("{code}/x.py", False)]
)
def test_a_relative_name_starts_where_the_command_starts(name: str, relative: bool) -> None:
    assert EntryPoint(name).is_relative is relative


def test_sources_are_all_that_may_be_started() -> None:
    """Also where a program that is not known here starts it."""
    command = ["launch", "-m", "pkg.train", "{code}/train.py", "-m", "{args}", "--x=1"]
    assert list(sources(command)) == [EntryPoint("pkg.train", is_module=True), EntryPoint("{code}/train.py")]


def test_a_launcher_that_is_a_module_is_not_the_first_that_may_be_meant() -> None:
    """What it starts has the options."""
    command = ["python", "-m", "torch.distributed.run", "-m", "pkg.train"]
    names = [one.name for one in sources(command)]
    assert names == ["pkg.train", "torch.distributed.run"]
