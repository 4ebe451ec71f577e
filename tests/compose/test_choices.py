"""Which option a config group has at a point is part of the point: of its key, and of what is told of it."""

from __future__ import annotations

import pytest

from sweeper.compose import Composed, compose, of_format_1
from sweeper.core.model import trial_key
from tests.compose.conftest import MakeProject

COMMANDS = {
    "experiment__resnet": "# @package _global_\ntask: {command: [python, resnet.py, '{args}']}\n",
    "experiment__vit": "# @package _global_\ntask: {command: [python, vit.py, '{args}']}\n",
}
EQUAL = {"model__cnn": "width: 64\n", "model__mlp": "width: 64\n", "model__vit": "width: 1\n"}
CONFIG = "defaults: [{%s}, _self_]\ntask: {command: [python, train.py, '{args}']}\nlr: 0.1\nseed: 0\n"


def composed(project: MakeProject, *overrides: str, group: str = "model: cnn", **files: str) -> Composed:
    root = project(config=CONFIG % group, **files)
    return compose(overrides, config_dir=None, config_name=None, multirun=True, project=root)


def test_experiments_that_differ_in_their_command_alone_are_distinguished(project: MakeProject) -> None:
    """What a group chooses is on the trial even where no parameter tells of it."""
    found = composed(project, "experiment=resnet,vit", "lr=1,2", group="experiment: vit", **COMMANDS)
    assert [(one.choices["experiment"], one.params["lr"]) for one in found.trials] == [
        ("resnet", 1), ("resnet", 2), ("vit", 1), ("vit", 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("override", "name"),
    [
        ("model=cnn,mlp", "model"),
        ("model=glob(*,exclude=vit)", "model"),
        ("+model@encoder=cnn,mlp", "model@encoder"),
        ("+aug=none,flip", "aug"),
    ],
)
def test_every_way_to_choose_is_recorded(project: MakeProject, override: str, name: str) -> None:
    """Choices of a glob, of a group under another package and of an added group are as good as any."""
    augs = {"aug__none": "{}\n", "aug__flip": "{}\n"}
    found = composed(project, override, **EQUAL, **augs)
    assert len({one.choices[name] for one in found.trials}) == len(found.trials) == 2


def test_options_with_equal_values_are_two_trials(project: MakeProject) -> None:
    """Two options with the same content are two points: the program may do anything with the name."""
    found = composed(project, "model=cnn,mlp", **EQUAL)
    assert found.repeated == 0
    assert len({one.key for one in found.trials}) == 2


def test_a_default_that_is_written_out_is_the_same_trial(project: MakeProject) -> None:
    """The same choice has the same key, whether it was a default or was asked for."""
    (default,), (shown,) = composed(project, **EQUAL).trials, composed(project, "model=cnn", **EQUAL).trials
    assert default.key == shown.key


def test_settings_and_hydras_own_groups_belong_to_no_trial(project: MakeProject) -> None:
    """Another cluster or another retry policy does not make another experiment."""
    files = {"retry__patient": "# @package retry\nwait_initial: 9\n", **EQUAL}
    (one,), (other,) = composed(project, **files).trials, composed(project, "retry=patient", **files).trials
    assert dict(one.choices) == {"model": "cnn"}
    assert one.key == other.key


def test_an_option_that_a_group_chooses_itself_is_recorded_too(project: MakeProject) -> None:
    """A choice made by another choice varies with it."""
    experiments = {
        f"experiment__{name}": f"# @package _global_\ndefaults: [{{override /model: {name}}}]\n"
        for name in ("cnn", "mlp")
    }
    group = "model: vit}, {experiment: cnn"
    found = composed(project, "experiment=cnn,mlp", group=group, **EQUAL, **experiments)
    assert [one.choices["model"] for one in found.trials] == ["cnn", "mlp"]


def test_several_options_of_one_group_are_one_choice(project: MakeProject) -> None:
    """A list of options is a choice as well, though Hydra records none."""
    found = composed(project, "model=[cnn],[cnn,mlp],mlp", **EQUAL)
    assert [one.choices["model"] for one in found.trials] == ["[cnn]", "[cnn,mlp]", "mlp"]
    assert len({one.key for one in found.trials}) == 3


def test_a_group_without_an_option_is_no_choice(project: MakeProject) -> None:
    """`model: null` chooses nothing."""
    assert dict(composed(project, group="model: null", **EQUAL).trials[0].choices) == {}


def test_a_sweep_of_format_1_knows_its_trials_again(project: MakeProject) -> None:
    """In an older sweep choices are no part of a key, so that repeating its grid runs nothing."""
    trials = composed(project, "model=cnn,vit", **EQUAL).trials
    old = of_format_1(trials)
    assert [one.key for one in old] == [trial_key(one.params, one.command) for one in trials]
    assert [one.choices for one in old] == [one.choices for one in trials]


def test_overrides_are_kept_without_what_is_cvsweeps(project: MakeProject) -> None:
    """A point keeps what a person would type to the program itself, the file's grid included."""
    grid = "hydra: {sweeper: {params: {seed: '1,2'}}}\n"
    root = project(config=CONFIG % "model: cnn" + grid, **EQUAL)
    words = ["model=mlp", "lr='0.1'", "+new='a, b'", "sweep.name=x", "retry.wait_initial=1",
             "task.time_limit=5", "hydra.job.name=x", "~nothing"]  # fmt: skip
    words.remove("~nothing")
    found = compose(words, config_dir=None, config_name=None, multirun=True, project=root)
    assert found.trials[0].overrides == ("seed=1", "model=mlp", "lr='0.1'", "+new='a, b'")


@pytest.mark.parametrize("text", ["model=[cnn, mlp]", "model=['cnn',\"mlp\"]", "model=[ cnn,mlp ]"])
def test_several_options_are_one_choice_however_they_are_written(project: MakeProject, text: str) -> None:
    """Spaces and quotes make no other trial."""
    (one,), (other,) = (
        composed(project, text, **EQUAL).trials,
        composed(project, "model=[cnn,mlp]", **EQUAL).trials,
    )
    assert one.choices["model"] == "[cnn,mlp]"
    assert one.key == other.key


@pytest.mark.parametrize("entry", ["[cnn,mlp]", "'[cnn,mlp]'", "[cnn, mlp]"])
def test_several_options_are_excluded_as_a_list_or_as_the_table_shows_them(
    project: MakeProject, entry: str
) -> None:
    """What is one choice can be left out as one."""
    found = composed(project, "model=[cnn,mlp],[mlp],mlp", f"sweep.exclude=[{{model: {entry}}}]", **EQUAL)
    assert [one.choices["model"] for one in found.trials] == ["[mlp]", "mlp"]
