"""A controller on another host grants what commands here ask for, and is waited for in a pod."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import nullcontext
from itertools import count
from pathlib import Path

import pytest

from sweeper.app import requests as asking
from sweeper.app import taking
from sweeper.cli import controller
from sweeper.cli.main import main
from sweeper.cli.printing import printing
from sweeper.core.presence import ClusterHolder
from sweeper.store import requests
from sweeper.store.folder import SweepFolder
from tests.cli.conftest import Sweep
from tests.cli.tiny import Tiny
from tests.store.lockless import Virtual, control_elsewhere

Run = Callable[..., tuple[int, str]]

ASKING = {
    "cancel": ("x: its controller ends trial 1\n", "x", "1"),
    "retry": ("its controller goes on", "x", "0", "--completed"),
    "retry in the background": ("its controller goes on", "x", "0", "--completed", "--detach"),
    "collect": ("x: read 1 ended trial again", "x"),
}


@pytest.fixture
def folder(sweep: Callable[..., Sweep], project: Path) -> SweepFolder:
    """A sweep of a trial that has completed and one that has not run yet."""
    found = sweep("x", trials=2, metric=None).complete(0).folder
    found.change_code(str(project), str(project), {})
    return found


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """A command, here and now: its exit code, and what it says to people."""

    def run(*words: str) -> tuple[int, str]:
        code = main(words)
        return code, capsys.readouterr().err

    return run


def grant(folder: SweepFolder, granted: list[str]) -> None:
    """Do as another host's controller does."""
    for request in requests.pending(folder.paths):
        granted.append(request.kind)
        requests.remove(folder.paths, request.id)


def live(folder: SweepFolder, granted: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let another host control the sweep, with a heartbeat that looks old until it moves."""
    control_elsewhere(folder.paths, 60.0)

    def beat(now: float) -> None:
        os.utime(folder.paths.heartbeat)
        grant(folder, granted)

    Virtual(monkeypatch, beat)


@pytest.fixture(params=["its heartbeat moves", "its lease is renewed"])
def granted(
    request: pytest.FixtureRequest, folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """What another host's controller has granted, of which a first look at the folder shows nothing."""
    granted: list[str] = []
    if request.param == "its lease is renewed":
        version = count()

        def look() -> ClusterHolder:
            return ClusterHolder("bob@there:9", str(next(version)), 50.0)

        monkeypatch.setattr(taking, "asking", lambda *_: nullcontext(look))
        Virtual(monkeypatch, lambda now: grant(folder, granted))
    else:
        live(folder, granted, monkeypatch)
    return granted


@pytest.mark.parametrize("kind", ASKING)
def test_what_is_asked_for_is_granted_there(
    run: Run, folder: SweepFolder, granted: list[str], kind: str
) -> None:
    """It is said as on the same host; the controller there keeps the sweep, and no term begins here."""
    (answer, *words), (verb, *_) = ASKING[kind], kind.split()
    before = folder.read().term
    code, shown = run(verb, *words)
    assert (code, answer in shown) == (0, True), shown
    assert granted == [verb]
    assert folder.read().term == before


def test_more_points_are_added_there(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor are the settings changed that were given with them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(controller, "control", lambda folder: 0)
        tiny.run("x=0", "sweep.name=x")
    found, granted = SweepFolder(tiny.sweeps / "x"), list[str]()
    before = Path(found.paths.manifest).read_bytes()
    live(found, granted, monkeypatch)
    result = tiny.run("-m", "x=0,1", "sweep.name=x", "retry.wait_initial=7")
    assert (result.code, "its controller goes on" in result.err) == (0, True), result.err
    assert (granted, found.read().term) == (["add"], 1)
    assert Path(found.paths.manifest).read_bytes() == before


def test_one_that_does_not_answer_keeps_the_request(
    run: Run, folder: SweepFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named as one of this host would be."""
    version = count()
    monkeypatch.setattr(asking, "_TIMEOUT", 0.0)
    renewed = nullcontext(lambda: ClusterHolder("bob@there:9", str(next(version)), 50.0))
    monkeypatch.setattr(taking, "asking", lambda *_: renewed)
    Virtual(monkeypatch)
    code, shown = run("cancel", "x")
    assert (code, "has not answered" in shown) == (3, True)
    assert [one.kind for one in requests.pending(folder.paths)] == ["cancel"]


@pytest.mark.parametrize(
    "words", [("cancel", "x"), ("retry", "x", "0", "--completed"), ("resume", "x"), ("collect", "x")]
)
def test_a_copy_is_refused_and_nothing_is_asked_for(
    run: Run, folder: SweepFolder, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """A controller of the original does not look into the copy."""
    found = ClusterHolder("bob@there:9", "1", 50.0, "/data/sweeps/original")
    monkeypatch.setattr(taking, "asking", lambda *_: nullcontext(lambda: found))
    before = folder.read().term
    code, shown = run(*words)
    assert (code, "x is a copy of the sweep in /data/sweeps/original" in shown) == (2, True)
    assert requests.pending(folder.paths) == []
    assert folder.read().term == before


def test_in_a_pod_it_is_waited_for(
    run: Run, sweep: Callable[..., Sweep], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A controller that is started again must not give up because the former one has not left yet."""
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setattr(taking, "_LOOK_EVERY", 0.0)
    found = sweep("x", trials=1).complete(0, acc=0.5).folder
    path = found.paths.heartbeat

    def beat(now: float) -> None:
        if now % 40.0:
            os.utime(path)
        else:
            os.unlink(path)

    Virtual(monkeypatch, beat)
    control_elsewhere(found.paths)
    code, shown = run("resume", "x")
    assert code == 0, shown
    assert shown.count("on elsewhere since") == shown.count("; waiting until it leaves") == 1
    assert "1 trial: 1 completed" in shown
    control_elsewhere(found.paths)
    taking.wait_until_free(found, printing(), patient=taking.in_pod())  # what `--detach` does first
    assert not os.path.exists(path)
