"""`cvsweep init` in a folder that has a program already."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from sweeper.cli.main import main
from sweeper.compose import compose

ARGPARSE = """\
import argparse
p = argparse.ArgumentParser()
p.add_argument("--lr", type=float, default=0.01)
p.add_argument("--amp", action="store_true")
p.add_argument("--output_dir")
a = p.parse_args()
print(f"epoch=1 val_acc={a.lr * 2}")
"""
PRINTS = "lr = 0.5\nfor epoch in range(2):\n    print('loss:', lr)\n"
HYDRA = """\
import hydra
@hydra.main(config_path="{}", config_name="config", version_base=None)
def main(cfg):
    print("acc:", cfg.optim.lr)
main()
"""


@pytest.fixture
def make(project, monkeypatch):
    """Writes the files of a project."""
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.delenv("CONDA_PREFIX", raising=False)

    def write(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            place = project / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        return project

    return write


def files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def command(project: Path, file: str = "configs/config.yaml") -> list[str]:
    return list(yaml.safe_load((project / file).read_text())["task"]["command"])


def test_the_configuration_of_a_script_is_written_and_what_was_assumed_is_reported(make, capsys):
    """The command, its python, where metrics come from, the files, and the next two commands."""
    project = make({"train.py": ARGPARSE})
    assert main(["init"]) == 0
    assert set(files(project)) == {"train.py", "configs/config.yaml", ".gitignore"}
    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == [
        "train.py reads 3 options with argparse",
        "assumed: it is started by python train.py --output_dir={out} {args}",
    ]
    assert lines[2].startswith("assumed: python is /")
    assert lines[3:] == [
        "assumed: each trial writes into its own folder, by --output_dir={out}",
        "metrics: from what it prints (val_acc), ranked by val_acc",
        "wrote configs/config.yaml",
        "wrote .gitignore",
        "next: cvsweep -m lr=0.1,0.01 --dry-run   shows the trials",
        "      cvsweep -m lr=0.1,0.01   runs them",
    ]


def test_what_was_written_runs_and_gives_the_right_table(make, capsys):
    """Without any change by hand."""
    make({"train.py": ARGPARSE})
    main(["init"])
    assert main(["-m", "lr=0.1,0.01", "sweep.name=s"]) == 0
    capsys.readouterr()
    assert main(["results", "s", "-o", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["lr"], row["val_acc"]) for row in rows] == [(0.1, 0.2), (0.01, 0.02)]


def test_a_second_time_changes_nothing(make, capsys):
    """The configuration may have been edited in between."""
    project = make({"train.py": ARGPARSE})
    main(["init"])
    with open("configs/config.yaml", "a") as file:
        file.write("mine: 1\n")
    before = files(project)
    capsys.readouterr()
    assert main(["init"]) == 0
    assert files(project) == before
    lines = capsys.readouterr().err.splitlines()
    assert "configs/config.yaml is there already, with a command of its own; nothing was written" in lines
    assert lines[-1] == "      cvsweep -m lr=0.1,0.01   runs them"


def test_a_configuration_of_ones_own_is_left_as_it_is(make, capsys):
    """What varies in it is its own."""
    project = make({"train.py": ARGPARSE, "configs/config.yaml": "task: {command: [./run]}\nwd: 1\n"})
    before = files(project)
    assert main(["init"]) == 0
    assert files(project) == before
    assert capsys.readouterr().err.splitlines() == [
        "configs/config.yaml is there already, with a command of its own; nothing was written",
        "next: cvsweep --dry-run   shows the trials",
        "      cvsweep   runs them",
    ]


def test_another_script_that_is_named_gets_a_file_of_its_own(make, capsys):
    """And the next command names that file; a second time changes nothing."""
    project = make({"train.py": ARGPARSE, "other.py": ARGPARSE.replace("0.01", "0.5")})
    assert main(["init"]) == 0
    assert main(["init", "other.py"]) == 0
    assert command(project, "configs/other.yaml")[:2] == ["python", "other.py"]
    assert capsys.readouterr().err.endswith("      cvsweep -cn other -m lr=0.1,0.01   runs them\n")
    found = compose(["lr=1,2"], config_dir=None, config_name="other", multirun=True, project=project)
    assert found.trials[1].command.startswith("exec python other.py")
    before = files(project)
    assert main(["init", "other.py"]) == 0
    assert main(["init", "train.py"]) == 0
    assert files(project) == before


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        ("data.py", "a.py", "a"),  # the end of a name is another name
        ("train.py", "my-train.py", "my_train"),
        ("train.py", "scripts/config.py", "scripts_config"),
        ("train.py", "pkg/__main__.py", "pkg"),
    ],
)
def test_the_second_script_has_a_file_whatever_it_is_called(make, capsys, first, second, name):
    """And is the one that the next command runs."""
    project = make({first: ARGPARSE, second: ARGPARSE})
    assert main(["init", first]) == 0
    assert main(["init", second]) == 0
    assert capsys.readouterr().err.endswith(f"      cvsweep -cn {name} -m lr=0.1,0.01   runs them\n")
    assert command(project)[1] == first
    assert command(project, f"configs/{name}.yaml")[1:3] in ([second, "--output_dir={out}"], ["-m", "pkg"])


def test_a_second_hydra_app_of_the_same_configuration_has_a_file_of_its_own(make, capsys):
    """sweep.yaml runs the first one."""
    app = HYDRA.format("conf")
    project = make({"a.py": app, "b.py": app, "conf/config.yaml": "optim: {lr: 0.3}\n"})
    assert main(["init", "a.py"]) == 0
    assert main(["init", "b.py"]) == 0
    stderr = capsys.readouterr().err
    assert stderr.endswith("      cvsweep -cd conf -cn sweep_b -m optim.lr=0.1,0.01   runs them\n")
    assert command(project, "conf/sweep.yaml")[1] == "a.py"
    assert command(project, "conf/sweep_b.yaml")[1] == "b.py"


@pytest.mark.parametrize("text", ["lr: 1\n", None])
def test_a_configuration_without_a_command_is_left_and_what_to_add_is_shown(make, capsys, text):
    """A link to nowhere is a file, too."""
    project = make({"train.py": ARGPARSE, "configs/model/a.yaml": "x: 1\n"})
    place = project / "configs/config.yaml"
    place.write_text(text) if text else place.symlink_to("nowhere")
    before = sorted(project.rglob("*"))
    assert main(["init"]) == 2
    assert sorted(project.rglob("*")) == before
    stderr = capsys.readouterr().err
    assert "configs/config.yaml is there already and is left as it is; nothing was written." in stderr
    assert '      command: [python, train.py, "--output_dir={out}", "{args}"]\n' in stderr


def test_several_scripts_are_listed_and_none_is_guessed(make, capsys):
    """One line, exit code 2, nothing written; a named one is taken."""
    project = make({"a.py": ARGPARSE, "b.py": ARGPARSE})
    assert main(["init"]) == 2
    assert set(files(project)) == {"a.py", "b.py"}
    assert capsys.readouterr().err == (
        "cvsweep: init: several scripts could be meant: a.py, b.py; nothing was written."
        " Name one: cvsweep init a.py\n"
    )
    assert main(["init", "b.py"]) == 0
    assert command(project)[:2] == ["python", "b.py"]
    assert "other scripts: a.py; to take one: cvsweep init a.py" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("absent.py", "init: there is no script absent.py"),
        ("../other/train.py", "is not below this folder; go to its project: cd ../other"),
    ],
)
def test_a_script_that_is_not_here_is_one_line(make, monkeypatch, capsys, name, answer):
    """Nothing is written."""
    project = make({"here/x.py": "", "other/train.py": ARGPARSE})
    monkeypatch.chdir(project / "here")
    assert main(["init", name]) == 2
    stderr = capsys.readouterr().err
    assert answer in stderr
    assert stderr.count("\n") == 1
    assert set(files(project)) == {"here/x.py", "other/train.py"}


def test_a_hydra_app_gets_a_file_beside_its_own(make, capsys):
    """Its keys are not copied; the folder `conf` is named in the next command."""
    project = make({"train.py": HYDRA.format("conf"), "conf/config.yaml": "optim: {lr: 0.3}\n"})
    assert main(["init"]) == 0
    assert set(files(project)) == {"train.py", "conf/config.yaml", "conf/sweep.yaml", ".gitignore"}
    stderr = capsys.readouterr().err
    assert "train.py is a Hydra app with the configuration conf/config.yaml\n" in stderr
    assert "      cvsweep -cd conf -cn sweep -m optim.lr=0.1,0.01   runs them\n" in stderr
    assert command(project, "conf/sweep.yaml") == ["python", "train.py", "{overrides}"]
    given = {"config_dir": Path("conf"), "config_name": "sweep"}
    found = compose(["optim.lr=1,2"], multirun=True, project=project, **given)
    assert "optim.lr=1" in found.trials[0].command


def test_a_hydra_app_whose_folder_is_called_configs(make, capsys):
    """-cd is not needed; a script below the top is looked at from where it lies."""
    make({"src/train.py": HYDRA.format("../configs"), "configs/config.yaml": "optim:\n  lr: ???\n"})
    assert main(["init"]) == 0
    stderr = capsys.readouterr().err
    assert "to do: configs/sweep.yaml cannot be composed yet: optim.lr has no value yet" in stderr
    assert stderr.endswith("      cvsweep -cn sweep   runs them\n")


@pytest.mark.parametrize("folder", ["conf", "../../conf", "/conf"])
def test_a_hydra_app_without_its_configuration_is_one_line(make, capsys, folder):
    """There is nothing to put the file beside."""
    project = make({"train.py": HYDRA.format(folder)})
    assert main(["init"]) == 2
    stderr = capsys.readouterr().err
    assert "its configuration" in stderr
    assert stderr.count("\n") == 1
    assert set(files(project)) == {"train.py"}


@pytest.mark.parametrize(
    ("path", "first", "words"),
    [
        ("src/pkg/train.py", "from . import x", ["-m", "src.pkg.train"]),
        ("src/pkg/train.py", "import pkg.x", ["-m", "pkg.train"]),
        ("pkg/__main__.py", "", ["-m", "pkg"]),
        ("src/train.py", "from src.x import y", ["-m", "src.train"]),
        ("src/train.py", "import sys; sys.path.insert(0, ''); from src.x import y", ["src/train.py"]),
        ("scripts/train.py", "import os", ["scripts/train.py"]),
        ("odd-name/train.py", "from . import x", ["odd-name/train.py"]),
    ],
)
def test_a_script_in_a_package_is_started_so_that_it_can_import(make, project, path, first, words):
    """By -m if it imports its own package."""
    make(
        {path: f"{first}\n{ARGPARSE}", **({f"{Path(path).parent}/__init__.py": ""} if "pkg" in path else {})}
    )
    assert main(["init"]) == 0
    assert command(project)[: len(words) + 1] == ["python", *words]


def test_a_command_of_the_project_is_started_by_its_name(project):
    """If its module does nothing by itself."""
    (project / "pkg").mkdir()
    body = ARGPARSE.replace("\n", "\n    ").replace("import argparse", "import argparse\ndef run():", 1)
    (project / "pkg/cli.py").write_text(body)
    (project / "pyproject.toml").write_text('[project.scripts]\ntrain-it = "pkg.cli:run"\nother = "x:x"\n')
    assert main(["init"]) == 0
    text = (project / "configs/config.yaml").read_text()
    assert 'command: [train-it, "--output_dir={out}", "{args}"]' in text


@pytest.mark.parametrize("text", ["[project", "project = 1\n", "[project]\nscripts = 1\n"])
def test_a_pyproject_that_says_nothing_is_passed_over(make, project, text):
    """Whoever installs it will be told."""
    make({"train.py": ARGPARSE})
    (project / "pyproject.toml").write_text(text)
    assert main(["init"]) == 0


def test_the_environment_of_the_project_is_used_if_none_is_active(make, capsys):
    """Its packages are there."""
    project = make({"train.py": ARGPARSE})
    (project / ".venv/bin").mkdir(parents=True)
    (project / ".venv/pyvenv.cfg").touch()
    (project / ".venv/bin/python").write_text("#!/bin/sh\n")
    os.chmod(project / ".venv/bin/python", 0o755)
    assert main(["init"]) == 0
    assert command(project)[0] == ".venv/bin/python"
    assert f"assumed: python is {project}/.venv/bin/python\n" in capsys.readouterr().err


def test_options_that_another_module_declares_are_found(make, capsys):
    """Its file is named."""
    body = ARGPARSE.replace("\n", "\n    ").replace("import argparse", "import argparse\ndef options():", 1)
    project = make({"train.py": "from utils.cli import options\noptions()\n", "utils/cli.py": body})
    assert main(["init"]) == 0
    assert "train.py reads 3 options with argparse, declared in utils/cli.py\n" in capsys.readouterr().err
    assert command(project)[:2] == ["python", "train.py"]


@pytest.mark.parametrize("line", ["from ..far import x", "from . import options", "from .options import p"])
def test_a_relative_import_of_a_script_at_the_top_is_looked_at_beside_it(make, line):
    """Python would refuse it; reading does not end for it."""
    project = make(
        {"train.py": f"{line}\np()\n", "options.py": f"def p():\n    {ARGPARSE.splitlines()[0]}\n"}
    )
    assert main(["init"]) == 0
    assert command(project)[:2] == ["python", "train.py"]


def test_a_script_that_only_prints_is_told_how_something_can_vary(make, capsys):
    """It runs as it is, once."""
    project = make({"train.py": PRINTS})
    assert main(["init"]) == 0
    stderr = capsys.readouterr().err
    assert "train.py reads no options that are known here\n" in stderr
    assert (
        "to do: nothing can vary yet: write lr = float(os.environ.get('lr', 0.5)) into the script" in stderr
    )
    assert stderr.endswith("next: cvsweep --dry-run   shows the trials\n      cvsweep   runs them\n")
    assert command(project) == ["python", "train.py"]


def test_a_shell_script_is_started_by_its_shell(make, project, capsys):
    """Its variables are the parameters; what it passes on, and one without any, has to be filled in."""
    (project / "run.sh").write_text('#!/usr/bin/env bash\necho "acc=${lr:-0.1}"\n')
    assert main(["init"]) == 0
    assert command(project) == ["bash", "run.sh"]
    make({"other.sh": "x=1\n", "third.sh": 'exec ./program "$@"\n'})
    (project / "configs/config.yaml").unlink()
    capsys.readouterr()
    assert main(["init", "third.sh"]) == 0
    stderr = capsys.readouterr().err
    assert stderr.startswith("third.sh passes on the options that it gets\n")
    assert "to do: write the parameters of the program that it runs into configs/config.yaml\n" in stderr
    (project / "configs/config.yaml").unlink()
    assert main(["init", "other.sh"]) == 0
    stderr = capsys.readouterr().err
    assert "to do: nothing can vary yet: use a variable in the script" in stderr
    assert "no metric was recognised: write metrics.json" in stderr


def test_what_has_to_be_filled_in_is_reported(make, capsys):
    """A run is refused by name until it is."""
    more = 'p.add_argument("data")\np.add_argument("--x", required=True)\n'
    make({"train.py": ARGPARSE.replace("a = p", f"{more}a = p")})
    assert main(["init"]) == 0
    stderr = capsys.readouterr().err
    assert "to do: put the positional argument data in place of ??? in task.command\n" in stderr
    assert "to do: give a value to x in configs/config.yaml or on the command line\n" in stderr
    assert "      cvsweep -m lr=0.1,0.01 x=VALUE   runs them\n" in stderr
    assert main(["-m", "lr=1,2", "x=1"]) == 2
    assert "task.command" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("lines", "sentence", "settings"),
    [
        ("open('metrics.json', 'r')\n", "metrics.json seems to write into one folder for all trials", ""),
        ("import os\nos.environ['CVSWEEP_OUT']\n", "from what it writes into $CVSWEEP_OUT", ""),
        (
            "print('val_loss:', 1, 'val_acc:', 2)\n",
            "(val_loss, val_acc), ranked by val_acc",
            "metric: val_acc",
        ),
        ("print('acc:', 1, 'loss:', 2)\n", "(acc, loss), ranked by acc", "metric: acc"),
        ("print('value_loss:', 1, 'reward:', 2)\n", "reward), ranked by reward", "metric: reward"),
        ("print('acc:', 1, 'f1:', 2)\n", "(acc, f1)\n", '# metric: "acc"  # would rank the table (or f1)'),
        ("from x import SummaryWriter\nSummaryWriter()\n", "TensorBoard seems to write into one folder", ""),
    ],
)
def test_where_the_metrics_come_from_is_reported(make, project, capsys, lines, sentence, settings):
    """And how to hand one over if none was recognised."""
    make({"train.py": lines})
    assert main(["init"]) == 0
    assert sentence in capsys.readouterr().err
    assert settings in (project / "configs/config.yaml").read_text()


def test_the_files_of_a_tool_are_found_in_the_folder_of_the_trial(make, capsys):
    """It gets the folder by an option."""
    make({"train.py": ARGPARSE.replace("print(", "from transformers import Trainer\nTrainer()\nstr(")})
    assert main(["init"]) == 0
    assert "metrics: from the files of the Hugging Face Trainer\n" in capsys.readouterr().err
    make({"other.py": ARGPARSE.replace("print(", "open('metrics.json')\nstr(")})
    Path("configs/config.yaml").unlink()
    assert main(["init", "other.py"]) == 0
    assert "metrics: from the file that it writes (metrics.json)\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "sentence", "settings"),
    [
        (
            "open(a.output_dir + '/final_results.json', 'w')",
            "metrics: from the file that it writes (final_results.json)\n",
            "  file: final_results.json\n",
        ),
        (
            "json.dump({'val_acc': 1}, open(os.path.join(os.environ['CVSWEEP_OUT'], 'results.jsonl'), 'a'))",
            "metrics: from the file that it writes (results.jsonl), ranked by val_acc\n",
            "  file: results.jsonl\n",
        ),
        (
            "write(a.output_dir, 'final_results.json')",
            "metrics: from what it writes: if final_results.json lies in the folder of the trial, set"
            " results.file: final_results.json\n",
            "# results: {file: final_results.json}  # would read it, if the program writes it into {out}\n",
        ),
    ],
)
def test_a_file_of_the_programs_own_name_is_set_or_told(make, project, capsys, line, sentence, settings):
    """Set where it is surely written into the trial's folder; else it is said what to do."""
    make({"train.py": ARGPARSE.replace("print(", f"{line}\nstr(")})
    assert main(["init"]) == 0
    assert sentence in capsys.readouterr().err
    assert settings in (project / "configs/config.yaml").read_text()


@pytest.mark.parametrize(
    ("path", "file", "start", "settings"),
    [
        ("train.py", "metrics.json", 'python, "{code}/train.py"', "# results: {metric: NAME}"),
        ("train.py", "results/toy.json", 'python, "{code}/train.py"', "# results: {file: toy.json}"),
        (
            "pkg/__main__.py",
            "toy.json",
            'env, "PYTHONPATH={code}", python, "-m", pkg',
            "{file: toy.json}  # ",
        ),
    ],
)
def test_a_file_that_all_trials_would_write_is_named(make, capsys, path, file, start, settings):
    """With both ways out; an option for a folder changes nothing, since the path in the source is fixed."""
    project = make({path: ARGPARSE.replace("print(", f"open('{file}', 'w')\nstr(")})
    assert main(["init"]) == 0
    stderr = capsys.readouterr().err
    assert f"metrics: all trials would write the same file {file}. Either write it into" in stderr
    assert f"set task.cwd: out with task.command: [{start}, ...]" in stderr
    assert ("if the script makes the folder results and needs no other file" in stderr) == ("/" in file)
    assert settings in (project / "configs/config.yaml").read_text()


def test_an_option_that_puts_the_file_into_the_folder_of_the_trial_is_enough(make, project):
    """The command says where it goes."""
    option = "p.add_argument('--results_file', default='final_results.json')\na = p.parse_args()"
    text = ARGPARSE.replace("a = p.parse_args()", option).replace("print(", "open(a.results_file, 'w')\nstr(")
    make({"train.py": text})
    assert main(["init"]) == 0
    written = (project / "configs/config.yaml").read_text()
    assert "--results_file={out}/final_results.json" in written
    assert "  file: final_results.json\n" in written


def test_another_folder_is_named_in_the_next_command(make, monkeypatch, capsys):
    """init DIR, for a project that lies there."""
    make({"my/train.py": ARGPARSE, "my/b.py": ARGPARSE})
    assert main(["init", "my"]) == 0
    stderr = capsys.readouterr().err
    assert "other scripts: b.py; to take one: cd my && cvsweep init b.py\n" in stderr
    assert "next: cd my && cvsweep -m lr=0.1,0.01 --dry-run   shows the trials\n" in stderr


@pytest.mark.parametrize(
    "name", ["test_x.py", "x_test.py", "setup.py", ".hidden/train.py", "env/main.py", "tests/train.py"]
)
def test_what_is_no_program_of_the_project_is_passed_over(make, project, name):
    """The example is written if nothing else is there."""
    make({name: ARGPARSE, "env/pyvenv.cfg": "", "helper.py": "x = 1", "broken.py": "def ("})
    assert main(["init"]) == 0
    assert (project / "experiments/digits.py").exists()
