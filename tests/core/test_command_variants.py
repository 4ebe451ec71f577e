"""Trials that differ in nothing but their commands, told apart."""

from __future__ import annotations

import pytest

from sweeper.core.command_variants import command_variants
from sweeper.core.model import Trial
from sweeper.core.secrets import MASK


def trial(index: int, command: str, choices: dict[str, str] | None = None, **params: object) -> Trial:
    return Trial(index, f"k{index}", params, command, choices=choices or {})


def test_trials_that_differ_in_their_points_need_no_more():
    """However different their commands are."""
    assert command_variants([trial(0, "a", x=1), trial(1, "b", x=2)], [1, 2]) is None
    assert command_variants([], []) is None


APP = "exec python app.py"


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("exec p --lr=0.1 --model.width=8 +seed=1 model=cnn", "p --lr= --model.width= +seed= model="),
        ("exec p --batch-size=16 --fast", "p --batch-size= --fast"),
        ("exec p --lr 0.1 --dims 3 4 'a b'", "p --lr _ --dims _ _ _"),
        ("p other=0.1 -x=1", "p other=0.1 -x=1"),
        (f"{APP} lr=0.1 hydra.job.num=3 hydra.job.id=3 'hydra.run.dir=${{x}}'", "python app.py lr="),
        (f"CVSWEEP_RESULTS_DIR=/d/3\n{APP} +hydra.job.env_set.X=1", "python app.py +hydra.job.env_set.X=1"),
        (
            'exec python "$T"/cvsweep_trial.py task-1.pkl 3 lr=0.1',
            "python $T/cvsweep_trial.py task-1.pkl lr=",
        ),
        ("exec p 3", "p _"),
        ("echo it's", "echo it's"),
    ],
)
def test_a_command_is_shown_without_the_values_of_the_point(command, text):
    """What is left is the same for all points of one program."""
    params = {"lr": 0.1, "model": {"width": 8}, "seed": 1, "batch_size": 16, "dims": [3, 4], "name": "a b"}
    one = Trial(0, "k", params, command, choices={"model": "cnn"})
    other = Trial(1, "l", params, "other", choices={"model": "cnn"})
    assert command_variants([one, other], ["same", "same"]) == [text, "other"]


def test_what_differs_in_nothing_that_is_shown_is_numbered():
    """As points do that differ in a secret, or jobs in their environment."""
    trials = [trial(index, "exec p", x=index // 2) for index in range(4)]
    assert command_variants(trials, [0, 0, 1, 1]) == ["p", "p (2)"] * 2


def test_a_secret_is_not_shown():
    """Neither as a value of its key, nor as another word."""
    params = {"api_key": "c4n4ry"}
    trials = [
        Trial(at, f"k{at}", params, f"exec p {at} api_key=c4n4ry", secrets=("api_key",)) for at in (0, 1)
    ]
    found = command_variants(trials, [0, 0])
    assert found == ["p 0 api_key=", "p 1 api_key="]
    assert MASK not in str(found)
