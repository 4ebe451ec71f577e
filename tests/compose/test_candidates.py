"""Completion of overrides, by Hydra over a project with groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from sweeper.compose.candidates import candidates
from sweeper.compose.project import find_project
from sweeper.compose.session import Loaded, Session, open_session
from sweeper.core.completion.facts import Candidate
from tests.compose.conftest import write_project

CONFIG = """
    defaults: [_self_, {model: cnn}, {experiment: a}]
    task: {command: [python, train.py, "{args}"]}
    lr: 0.01
    seed: null
    verbose: false
    name: "a b"
    secret: ${oc.env:NOT_SET_ANYWHERE}
    password: hunter2
    opt: {momentum: 0.9, betas: [0.9, 0.99]}
    db: {user: ada, passwd: hunter2}
    pin: 1234
    sweep: {secrets: [pin]}
"""


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """One for all questions, and each configuration composed once: that takes a quarter of a second."""
    root: Path = write_project(
        tmp_path_factory.mktemp("project"),
        config=CONFIG,
        model__cnn="width: 3",
        model__mlp="depth: 3",
        model__big__vit="x: 1",
        experiment__a="# @package _global_\nextra: 1",
        experiment__b="# @package _global_\nother: 1",
    )
    with open_session(find_project(root, None, None)) as opened:
        load, known = opened.load, dict[tuple[str, ...], Loaded]()

        def load_once(overrides: Sequence[str], *, lenient: bool = False) -> Loaded:
            key = tuple(overrides)
            if key not in known:
                known[key] = load(overrides, lenient=lenient)
            return known[key]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(opened, "load", load_once)
            yield opened


@pytest.mark.parametrize(
    ("before", "text", "found"),
    [
        ((), "model=", "model=cnn model=mlp"),
        ((), "+model=m", "+model=cnn +model=mlp"),
        ((), "model=cnn,", "model=cnn,mlp"),
        ((), "model=[cnn,", ""),
        ((), "model/", "model/big="),
        ((), "+m", "+model= +model/"),
        (
            (),
            "",
            "experiment= model= model/ lr= seed= verbose= name= secret= password= opt. db. pin= "
            "model. extra=",
        ),
        ((), "cluster=", "cluster=cvlab cluster=kubernetes cluster=local cluster=runai"),
        ((), "~opt", "~opt ~opt."),
        ((), "~lr=", ""),
        ((), "opt.betas=", "opt.betas=[0.9,0.99]"),
        ((), "name=", "name='a b'"),
        ((), "verbose=", "verbose=true verbose=false"),
        ((), "seed=", ""),
        ((), "secret=", ""),
        ((), "password=", ""),
        ((), "db=", ""),
        ((), "db.user=", "db.user=ada"),
        ((), "pin=", ""),
        ((), "hydra.mo", "hydra.mode="),
        ((), "h", ""),
        (("model=mlp,cnn", "nonsense'"), "model.", "model.depth="),
        (("experiment=b",), "o", "opt. other="),
        (("nope=1",), "lr", "lr="),
    ],
)
def test_an_override_may_become(session: Session, before: tuple[str, ...], text: str, found: str) -> None:
    """Names of cvsweep's own are offered once a letter of them is typed, Hydra's once `hy` is."""
    assert " ".join(one.text for one in candidates(session, before, text)) == found


def test_our_own_settings_are_offered_once_a_letter_is_typed(session: Session) -> None:
    assert candidates(session, (), "sw") == [Candidate("sweep.", open=True)]
