"""Values that only a running program knows, and times: never guessed, and never a new trial each time."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from omegaconf import OmegaConf

from sweeper.compose import Composed, compose, resolvers
from sweeper.core.errors import UsageError
from tests.compose.conftest import MakeProject

ARGS = 'task: {command: [python, train.py, "{args}"]}\nlr: 0.1\n'
OVERRIDES = ARGS.replace("{args}", "{overrides}")


def composed(project: MakeProject, text: str, *overrides: str) -> Composed:
    root = project(config=text)
    return compose(overrides, config_dir=None, config_name=None, multirun=True, project=root)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("ckpt: ${hydra:runtime.output_dir}/ckpt", "ckpt"),
        ("ckpt: '${hydra:run.dir}'", "ckpt"),
        ("n: '${hydra:job.num}'", "n"),
        ("n: run-${hydra:job.id}", "n"),
        ("where: '${hydra:sweep.dir}/${hydra:sweep.subdir}'", "where"),
        ("opt: {deep: ['${hydra:runtime.output_dir}']}", "opt.deep[0]"),
        ("all: '${hydra:job}'", "all"),
    ],
)
def test_what_only_a_run_knows_is_refused_by_name(project: MakeProject, text: str, key: str) -> None:
    """A program that gets values would get `None/ckpt`: the key is named, and the way out."""
    with pytest.raises(
        UsageError, match=rf"^{re.escape(key)}: .*only a running Hydra program.*\{{overrides\}}"
    ):
        composed(project, ARGS + text)


def test_an_alias_of_such_a_value_is_found(project: MakeProject) -> None:
    """However many keys lie between, the value is not known."""
    text = "a: ${b}\nb: x${c}\nc: ${hydra:runtime.output_dir}\n"
    with pytest.raises(UsageError, match=r"^a: "):
        composed(project, ARGS + text)


def test_it_depends_on_the_point_which_keys_are_unknown(project: MakeProject) -> None:
    """A swept value may choose between a known and an unknown one: every point is looked at."""
    text = OVERRIDES + "here: /data\nrun: ${hydra:runtime.output_dir}\nmode: here\nplace: ${${mode}}\n"
    known, unknown = composed(project, text, "mode=here,run").trials
    assert (known.params["place"], unknown.params["place"]) == ("/data", "${${mode}}")


def test_a_program_that_composes_resolves_them_itself(project: MakeProject) -> None:
    """With {overrides} such a key is left to the program, and its row shows the text."""
    (one,) = composed(project, OVERRIDES + "ckpt: ${hydra:runtime.output_dir}/ckpt\nalias: ${ckpt}\n").trials
    assert one.params["ckpt"] == "${hydra:runtime.output_dir}/ckpt"
    assert one.params["alias"] == "${ckpt}"


@pytest.mark.parametrize(
    "text",
    ["${hydra:job.name}", "${hydra:job.config_name}-x", "${hydra:mode}", "${oc.env:CVSWEEP_OUT,nowhere}"],
)
def test_what_an_app_resolves_to_another_value_is_its_text(project: MakeProject, text: str) -> None:
    """Its job has a name of its own, a trial its own variables; a program that gets values gets ours."""
    config = f"a: '{text}'\nalias: ${{a}}\n"
    (one,) = composed(project, OVERRIDES + config).trials
    assert (one.params["a"], one.params["alias"]) == (text, "${a}")
    (given,) = composed(project, ARGS + config).trials
    assert "${" not in str(given.params["a"])
    assert given.params["alias"] == given.params["a"]


def test_a_setting_of_ours_cannot_depend_on_a_run(project: MakeProject) -> None:
    """Nobody but us would resolve it."""
    text = OVERRIDES.replace("train.py", "train.py, '${hydra:runtime.output_dir}'")
    with pytest.raises(UsageError, match=r"^task\.command\[2\]: .*\"\{out\}\""):
        composed(project, text)


def test_what_composition_knows_is_resolved(project: MakeProject) -> None:
    """Choices, overrides and the job's name are known before anything runs."""
    text = "tag: '${hydra:overrides.task}'\njob: '${hydra:job.config_name}'\nc: '${hydra:runtime.choices}'\n"
    (one,) = composed(project, ARGS + text, "lr=2").trials
    assert one.params["tag"] == ["lr=2"]
    assert one.params["c"]["cluster"] == "local"
    assert one.params["job"] == "config"


def test_what_hydra_knows_of_overrides_is_without_cvsweeps_own(project: MakeProject) -> None:
    """The same point under another name and with another patience is the same trial."""
    text = (
        "name: '${hydra:job.override_dirname}'\ntag: '${hydra:overrides.task}'\nseed: 0\n"
        "hydra: {job: {config: {override_dirname: {exclude_keys: [seed], item_sep: ';', kv_sep: ':'}}}}\n"
    )
    words = ["seed=3", "lr=2", "++opt.x=1"]
    (one,) = composed(project, ARGS + text, *words).trials
    (other,) = composed(project, ARGS + text, "sweep.name=x", *words, "retry.wait_initial=1").trials
    assert one.params["name"] == other.params["name"] == "++opt.x:1;lr:2"
    assert other.params["tag"] == words
    assert one.key == other.key


@pytest.mark.parametrize("style", ["argparse", "hydra", "env", "json"])
def test_a_time_is_resolved_once_and_makes_no_new_trial(
    project: MakeProject, monkeypatch: pytest.MonkeyPatch, style: str
) -> None:
    """The same grid composed a day later has the same keys, and the program gets a time, not a pattern."""
    text = (
        ARGS.replace("task: {", f"task: {{args_style: {style}, ") + "run: exp_${now:%Y-%m-%d}\ntag: ${run}\n"
    )
    first = composed(project, text, "lr=1,2").trials
    monkeypatch.setattr(resolvers, "datetime", Tomorrow)
    second = composed(project, text, "lr=1,2").trials
    assert [one.key for one in first] == [one.key for one in second]
    assert first[0].params["run"] == datetime.now().strftime("exp_%Y-%m-%d")  # noqa: DTZ005
    assert second[0].params["run"] == second[0].params["tag"] == "exp_2121-12-21"
    assert "2121-12-21" in second[0].command or style == "env"


def test_a_time_in_the_command_makes_no_new_trial(
    project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A word of the command is hashed as it was written, too."""
    text = ARGS.replace("train.py", "train.py, '--run=${now:%Y-%m-%d}'")
    (first,) = composed(project, text).trials
    monkeypatch.setattr(resolvers, "datetime", Tomorrow)
    (second,) = composed(project, text).trials
    assert first.command != second.command
    assert first.key == second.key


def test_another_pattern_is_another_trial(project: MakeProject) -> None:
    """The raw text counts."""
    (one,) = composed(project, ARGS + "run: ${now:%Y}\n").trials
    (other,) = composed(project, ARGS + "run: ${now:%d}\n").trials
    assert one.key != other.key


def test_hydras_resolvers_are_back_afterwards(project: MakeProject) -> None:
    """A notebook that composes with us and then with Hydra has Hydra's own answers."""
    composed(project, ARGS)
    year = OmegaConf.create({"at": "${now:%Y}"}).at
    assert year == datetime.now().strftime("%Y")  # noqa: DTZ005


class Tomorrow(datetime):
    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        return datetime(2121, 12, 21)  # noqa: DTZ001
