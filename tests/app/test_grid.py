"""A sweep of a script or a function over a grid of Python values."""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable
from enum import Enum, IntEnum
from pathlib import Path
from typing import Any

import numpy
import pytest

import sweeper
from sweeper.app.grid import points_of
from sweeper.app.observers import Level
from sweeper.core.errors import UsageError
from sweeper.store.folder import SweepFolder

ARGPARSE = """
import argparse, json, os
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--amp", action="store_true")
given = parser.parse_args()
print("lr", given.lr)
with open(os.path.join(os.environ["CVSWEEP_OUT"], "metrics.json"), "w") as file:
    json.dump({"acc": 1 - given.lr, "amp": given.amp}, file)
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the project."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_script_runs_with_the_options_that_its_source_names(here: Path) -> None:
    (here / "train.py").write_text(ARGPARSE)
    made = sweeper.sweep("train.py", {"lr": [0.5, 0.25], "amp": [True, False]}, name="a", inline=True)
    frame = made.results()
    assert frame["acc"].tolist() == [0.5, 0.5, 0.75, 0.75]
    assert frame["metric.amp"].tolist() == frame["amp"].tolist() == [True, False, True, False]
    assert made.logs(2) == "lr 0.25\n"


def test_a_detached_controller_runs_it_by_default(here: Path) -> None:
    (here / "train.py").write_text(ARGPARSE)
    made = sweeper.sweep("train.py", {"lr": 0.5}, name="a")
    assert made.wait(60).finished
    assert made.best("acc") == {
        "trial": 0, "params": {"lr": 0.5}, "choices": {}, "metric": "acc", "value": 0.5,
    }  # fmt: skip


def test_a_command_is_given_by_its_words() -> None:
    words = ["sh", "-c", 'echo "{\\"v\\": $1}" > "$CVSWEEP_OUT/metrics.json"', "sh", "{args}"]
    made = sweeper.sweep(words, {"x": [1, 2]}, name="a", overrides=["results.metric=v"], inline=True)
    assert not made.results().empty


class Mode(str, Enum):  # noqa: UP042  # as older code has it, whose str() is another text
    RED = "red"


class Priority(IntEnum):
    A = 1


class Word(str):
    def __str__(self) -> str:
        return "another"


def test_a_parameter_is_a_plain_value_for_the_row_and_the_program(here: Path) -> None:
    """Whatever class its value has in the grid; an array of no dimension is one value."""
    grid = {"mode": list(Mode), "prio": list(Priority), "word": [Word("w")], "x": numpy.array(3), "y": True}
    words = ["sh", "-c", 'echo "$@"', "sh", "{args}"]
    made = sweeper.sweep(words, grid, name="a", inline=True)
    (trial,) = SweepFolder(made.path).state().trials
    assert trial.trial.params == {"mode": "red", "prio": 1, "word": "w", "x": 3, "y": True}
    assert {type(one) for one in trial.trial.params.values()} == {str, int, bool}
    assert made.logs(0).split() == ["--mode=red", "--prio=1", "--word=w", "--x=3", "--y=true"]


def test_best_of_a_curve_is_refused_with_what_shows_it() -> None:
    made = sweeper.sweep(_scaled, {"lr": [1], "factor": [1]}, name="a", inline=True)
    with pytest.raises(UsageError, match=r"name returned; for returned:max: cvsweep results --metric"):
        made.best("returned:max")


def test_another_program_under_the_same_name_is_no_earlier_result(here: Path) -> None:
    """Two builds of one program differ in their path alone; the path of Python is no difference."""
    found = []
    for number in (1, 2):
        build = here / f"v{number}"
        build.mkdir()
        (build / "solver").write_text(
            f'#!/bin/sh\necho "{{\\"v\\": {number}}}" > "$CVSWEEP_OUT/metrics.json"\n'
        )
        (build / "solver").chmod(0o755)
        words = [f"./v{number}/solver", "{args}"]
        made = sweeper.sweep(words, {"n": [1]}, name="a", overrides=["results.metric=v"], inline=True)
        found.append(made.results()["v"].tolist())
    assert found == [[1], [1, 2]]


def test_words_that_name_the_parameters_get_them_as_variables() -> None:
    """As the error message for programs that read their parameters by position recommends."""
    words = ["sh", "-c", 'echo "$lr ${opt_name}"']
    made = sweeper.sweep(words, {"lr": [1, 2], "opt": [{"name": "a b"}]}, name="a", inline=True)
    assert [made.logs(0), made.logs(1)] == ["1 a b\n", "2 a b\n"]


@pytest.mark.parametrize("text", ["echo", "echo $lr", "lr=$(cat $CVSWEEP_PARAMS); seed=$lr; echo $lr $seed"])
def test_words_that_do_not_get_all_parameters_are_warned_of(text: str) -> None:
    """The message is that of the command line, and a warning: nobody sees other lines of a library."""
    seen: list[Any] = []
    grid = {"lr": [1, 2], "seed": [3, 4]}
    made = sweeper.sweep(["sh", "-c", text], grid, name="a", inline=True, observers=[seen.append])
    warned = [str(one.text) for one in seen if getattr(one, "level", None) is Level.WARNING]
    assert any('task.command has no "{args}"' in one for one in warned)
    assert "export" not in SweepFolder(made.path).state().trials[0].trial.command


def test_a_function_is_not_warned_of_its_command() -> None:
    seen: list[Any] = []
    sweeper.sweep(_scaled, {"lr": [1, 2], "factor": [1]}, name="a", inline=True, observers=[seen.append])
    assert not any("{args}" in str(getattr(one, "text", "")) for one in seen)


def test_what_a_function_returns_is_its_metric() -> None:
    def train(lr: float, width: int = 8) -> float:
        return lr * width

    made = sweeper.sweep(train, {"lr": [1, 2], "width": numpy.array([4, 8])}, name="a", inline=True)
    assert made.results()["returned"].tolist() == [4, 8, 8, 16]
    assert made.best(mode="min") == {
        "trial": 0, "params": {"lr": 1, "width": 4}, "choices": {}, "metric": "returned", "value": 4,
    }  # fmt: skip


def test_the_same_sweep_again_runs_only_what_is_new() -> None:
    def train(lr: float) -> dict[str, float]:
        return {"acc": lr}

    sweeper.sweep(train, {"lr": [1, 2]}, name="a", inline=True)
    again = sweeper.sweep(train, {"lr": [2, 3]}, name="a", inline=True)
    assert again.results()["acc"].tolist() == [1, 2, 3]
    assert again.add({"lr": [3, 4]}, start=False) == [2, 3]
    again.run()
    assert again.results()["acc"].tolist() == [1, 2, 3, 4]


def _made_by(factor: int) -> Callable[[float], float]:
    def train(lr: float) -> float:
        return lr * factor

    return train


def _scaled(lr: float, factor: int) -> float:
    return lr * factor


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_made_by(2), _made_by(3)),
        (functools.partial(_scaled, factor=2), functools.partial(_scaled, factor=3)),
        (lambda lr: lr * 2, lambda lr: lr * 3),
    ],
    ids=["closures", "partials", "lambdas"],
)
def test_another_function_never_gets_the_results_of_a_former_one(one: Any, other: Any) -> None:
    made = sweeper.sweep(one, {"lr": [1]}, name="a", inline=True)
    assert made.results()["returned"].tolist() == [2]
    with pytest.raises(UsageError, match="made with another function"):
        sweeper.sweep(other, {"lr": [1]}, name="a", inline=True)


def test_a_function_that_raises_is_a_failed_trial_with_its_error() -> None:
    def train(lr: float) -> float:
        raise ValueError(f"no such rate: {lr}")

    never = ["retry.budgets.error=0"]
    made = sweeper.sweep(train, {"lr": [1]}, name="a", overrides=never, inline=True)
    assert made.results()["error"].tolist() == ["ValueError: no such rate: 1"]


@pytest.mark.parametrize(
    ("grid", "points"),
    [
        ({"a": range(2), "b": "xy"}, [{"a": 0, "b": "xy"}, {"a": 1, "b": "xy"}]),
        ({"a": [0, 1], "b": ["x"]}, [{"a": 0, "b": "x"}, {"a": 1, "b": "x"}]),
        ({"a": 1, "b": None}, [{"a": 1, "b": None}]),
        ({"dims": [[8, 16], [32]]}, [{"dims": [8, 16]}, {"dims": [32]}]),
        ({"a": (value for value in (True, 0.5))}, [{"a": True}, {"a": 0.5}]),
        ([{"a": 1}, {"a": 2, "b": 3}], [{"a": 1}, {"a": 2, "b": 3}]),
        ({}, [{}]),
        ({"a": numpy.eye(2)}, [{"a": [1.0, 0.0]}, {"a": [0.0, 1.0]}]),
    ],
)  # fmt: skip
def test_a_grid_is_all_combinations_or_the_points_themselves(grid: Any, points: Any) -> None:
    assert points_of(grid) == points


@pytest.mark.parametrize(
    "grid",
    [
        {"a": []},
        [],
        {"a": [object()]},
        {"a": [{1, 2}]},
        {1: 1, "1": 2},
        {"a": 1, "+a": 2},
        5,
        [("a", 1)],
        "abc",
    ],
)
def test_a_grid_without_points_or_with_a_value_that_json_lacks_is_refused(grid: Any) -> None:
    with pytest.raises(UsageError):
        points_of(grid)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"program": "nowhere.py"}, "there is no file nowhere.py"),
        ({"program": "a.py", "overrides": ["lr=1"]}, "lr"),
        ({"program": "a.py", "cluster": "nowhere"}, "nowhere"),
        ({"grid": {"lr": 1}}, "a grid needs a program"),
        ({"program": "a.py", "config_name": "x"}, "leave the program out"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_made(
    here: Path, words: dict[str, Any], message: str
) -> None:
    (here / "a.py").write_text("")
    with pytest.raises(UsageError, match=message):
        sweeper.sweep(**words)
    assert not (here / "sweeps").exists()


def test_the_best_trial_has_a_finite_value_of_the_only_metric() -> None:
    def train(x: int) -> float:
        return math.nan if x == 1 else float(-x)

    made = sweeper.sweep(train, {"x": [1, 2, 3]}, name="a", inline=True)
    found = made.best()
    assert found
    assert (found["trial"], found["value"]) == (1, -2.0)
    with pytest.raises(UsageError, match="mode is min or max"):
        made.best(mode="best")
    with pytest.raises(UsageError, match="no trial has the metric acc; there is returned"):
        made.best("acc")


def test_a_sweep_shows_itself_as_a_line_and_as_html() -> None:
    made = sweeper.sweep(_scaled, {"lr": [1, 2], "factor": 3}, name="a", inline=True)
    assert repr(made) == "<a [2/2] finished: 2 trials: 2 completed>"
    assert '<progress value="2" max="2">' in made._repr_html_()
    assert "<td>6</td>" in made._repr_html_()


def test_a_program_of_its_own_runs_its_function(here: Path) -> None:
    """As a user writes it: the function is the script's own."""
    import subprocess

    (here / "own.py").write_text(
        "import sweeper\n"
        "def helper(x):\n    return x + 1\n"
        "def train(x):\n    return helper(x)\n"
        "if __name__ == '__main__':\n"
        "    print(sweeper.sweep(train, {'x': [1, 2]}, inline=True).results()['returned'].tolist())\n"
    )
    found = subprocess.run([sys.executable, "own.py"], capture_output=True, text=True, check=True)
    assert found.stdout == "[2, 3]\n"


def test_a_function_of_a_module_beside_the_program_is_found_by_its_trials(here: Path) -> None:
    import subprocess

    (here / "code").mkdir()
    (here / "code/models.py").write_text("def train(x):\n    return 2 * x\n")
    (here / "code/own.py").write_text(
        "import models, sweeper\n"
        "if __name__ == '__main__':\n"
        "    print(sweeper.sweep(models.train, {'x': [1, 2]}, inline=True).results()['returned'].tolist())\n"
    )
    found = subprocess.run([sys.executable, "code/own.py"], capture_output=True, text=True)
    assert found.stdout == "[2, 4]\n", found.stderr


def _run_own(here: Path, source: str, script: str = "own.py", cwd: str = ".") -> str:
    """Run a program that makes a sweep of its own function, and return what it prints."""
    import subprocess

    (here / cwd / script).write_text(source)
    found = subprocess.run([sys.executable, script], cwd=here / cwd, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    return found.stdout


OF_A_COPY = """
import helper, sweeper
def train(x):
    return {"v": helper.V, "of_copy": helper.__file__.endswith("/sweeps/a/code/" + WHERE)}
if __name__ == "__main__":
    made = sweeper.sweep(train, {"x": [1]}, PROJECT, name="a", inline=True, overrides=["code.mode=snapshot"])
    print(made.results()[["v", "of_copy"]].values.tolist())
"""


@pytest.mark.parametrize(("script", "where"), [("own.py", "helper.py"), ("sub/own.py", "sub/helper.py")])
def test_a_function_imports_from_the_copy_what_lies_in_the_project(
    here: Path, script: str, where: str
) -> None:
    """Also for a retry after the original was edited, and beside a program in a folder of the project."""
    (here / where).parent.mkdir(exist_ok=True)
    (here / where).write_text("V = 1\n")
    source = OF_A_COPY.replace("WHERE", repr(where)).replace(", PROJECT", "")
    assert _run_own(here, source, script) == "[[1, True]]\n"
    (here / where).write_text("V = 2\n")
    made = sweeper.open_sweep("a")
    made.retry([0], completed=True)
    made.run()
    assert made.results()["v"].tolist() == [1]


def test_a_function_of_a_project_behind_a_link_imports_from_the_copy(here: Path) -> None:
    (here / "real").mkdir()
    (here / "link").symlink_to("real")
    (here / "real/helper.py").write_text("V = 1\n")
    source = OF_A_COPY.replace("WHERE", "'helper.py'").replace(
        ", PROJECT", f", project={str(here / 'link')!r}"
    )
    assert _run_own(here, source, cwd="real") == "[[1, True]]\n"


def test_a_function_finds_modules_in_the_order_in_which_its_program_did(here: Path) -> None:
    """A module beside the program hides an installed one of its name."""
    (here / "iniconfig.py").write_text("V = 'mine'\n")
    source = (
        "import iniconfig as helper, sweeper\n"
        "def train(x):\n    return {'v': len(helper.V)}\n"
        "if __name__ == '__main__':\n"
        "    from sweeper.store.folder import SweepFolder\n"
        "    sweeper.sweep(train, {'x': [1]}, name='a', inline=True)\n"
        "    print(SweepFolder('sweeps/a').state().trials[0].outcome.metrics)\n"
    )
    assert _run_own(here, source) == "{'v': 4}\n"


def test_to_wait_after_adding_is_to_wait_for_what_was_added() -> None:
    made = sweeper.sweep(_scaled, {"lr": [1], "factor": [1]}, name="a", inline=True)
    assert made.add({"lr": 5, "factor": 1}) == [1]
    assert made.wait(60).finished
    assert made.results()["returned"].tolist() == [1, 5]


def test_what_a_hydra_app_returns_is_its_metric_too(here: Path) -> None:
    (here / "train.py").write_text(
        "import hydra\n"
        "@hydra.main(version_base=None, config_path='conf', config_name='config')\n"
        "def main(cfg):\n    return cfg.lr * cfg.model.width\n"
        "if __name__ == '__main__':\n    main()\n"
    )
    (here / "conf/model").mkdir(parents=True)
    (here / "conf/config.yaml").write_text("defaults: [{model: cnn}, _self_]\nlr: 1\n")
    (here / "conf/model/cnn.yaml").write_text("width: 8\n")
    (here / "conf/model/mlp.yaml").write_text("width: 16\n")
    made = sweeper.sweep("train.py", {"lr": [1, 2], "model": ["cnn", "mlp"]}, name="a", inline=True)
    assert made.results()["returned"].tolist() == [8, 16, 16, 32]
    assert not made.results().columns.duplicated().any()


def test_settings_hold_and_what_is_none_is_refused() -> None:
    made = sweeper.sweep(
        _scaled,
        {"lr": [1], "factor": [2]},
        name="1e3",
        overrides=["task.time_limit=60", "sweep.secrets=[factor]"],
        inline=True,
    )
    trial = SweepFolder(made.path).state().trials[0].trial
    assert (made.name, trial.time_limit, trial.secrets) == ("1e3", 60, ("factor",))
    for override in ("+wd=1", "lr=1"):
        with pytest.raises(UsageError, match="parameters belong to the grid"):
            sweeper.sweep(_scaled, {"lr": [1], "factor": [2]}, overrides=[override])


def test_points_that_wait_for_a_controller_have_their_indexes() -> None:
    made = sweeper.sweep(_scaled, {"lr": [1], "factor": [1]}, name="a", inline=True)
    assert [made.add({"lr": lr, "factor": 1}, start=False) for lr in (6, 7, 6)] == [[1], [2], [1]]
    made.run()
    assert made.results()["returned"].tolist() == [1, 6, 7]


def test_no_training_fails_for_what_it_returns() -> None:
    class Tensor:
        def item(self) -> None:
            raise RuntimeError("a Tensor with 2 elements")

    made = sweeper.sweep(lambda x: Tensor(), {"x": [1]}, name="a", inline=True)
    assert made.results()["state"].tolist() == ["completed"]
    assert "a Tensor with 2 elements" in made.results()["warning"].tolist()[0]
