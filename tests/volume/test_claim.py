"""A doubtful attempt on two hosts: abandoned, or running as who it says, and never both."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from sweeper.core.model import Attempt
from sweeper.files import atomic
from sweeper.store import attempts
from tests.store.builders import FIRST, TRIAL, out, prepare
from tests.volume.conftest import Shared

SHELLS = [
    pytest.param(words, marks=pytest.mark.skipif(shutil.which(words[0]) is None, reason="not installed"))
    for words in (["sh"], ["dash"], ["bash"], ["busybox", "sh"])
]
ROUNDS = 40
UID = "0a1b2c3d-0000-4000-8000-000000000000"


@pytest.fixture
def ready(shared: Shared) -> Shared:
    """Host a has prepared the first attempt; a pod that ran it would leave the file ran."""
    prepare(shared.a.paths)
    Path(shared.a.paths.trial(TRIAL).command).write_text('echo ran > "$CVSWEEP_OUT/ran"\n')
    return shared


def start(shared: Shared, shell: list[str], number: int = 1) -> subprocess.Popen[bytes]:
    """A pod on host b begins an attempt."""
    paths = shared.b.paths
    command = [*shell, paths.shim, paths.trial(TRIAL).folder, str(number)]
    environment = {"PATH": os.environ["PATH"], "CVSWEEP_UID": UID, "CVSWEEP_HOST": "b"}
    return subprocess.Popen(command, env=environment)


def claim_as_abandoned(shared: Shared, number: int = 1) -> str | None:
    """The controller on host a gives an attempt up."""
    return attempts.claim_abandoned(shared.a.paths, TRIAL, Attempt(0, number), 7)


def look(shared: Shared, number: int, hosts: str) -> None:
    """Some of the hosts learn, and remember, that nobody has claimed the attempt yet."""
    for host in hosts:
        folder = shared.a if host == "a" else shared.b
        assert not (out(folder.paths, number) / "owner").exists()


@pytest.mark.parametrize("looked", ["", "a", "b", "ab"])
@pytest.mark.parametrize("shell", SHELLS)
def test_a_pod_that_comes_too_late_touches_nothing(ready: Shared, shell: list[str], looked: str) -> None:
    """What is abandoned stays abandoned on a host that remembers it as free: the pod leaves with 75."""
    look(ready, 1, looked)
    assert claim_as_abandoned(ready) is None
    assert start(ready, shell).wait(20) == 75
    assert os.listdir(out(ready.truth.paths)) == ["owner"]
    assert (out(ready.truth.paths) / "owner").read_text() == "void 7\n"


@pytest.mark.parametrize("looked", ["", "a", "b", "ab"])
@pytest.mark.parametrize("shell", SHELLS)
def test_a_controller_that_comes_too_late_gets_the_owner(
    ready: Shared, shell: list[str], looked: str
) -> None:
    """What a pod has claimed is not abandoned, also for a host that remembers it as free."""
    look(ready, 1, looked)
    assert start(ready, shell).wait(20) == 0
    assert claim_as_abandoned(ready) == UID
    assert (out(ready.truth.paths) / "ran").exists()


def test_an_attempt_whose_folder_shows_late_is_claimed_all_the_same(ready: Shared) -> None:
    """Another controller has made the folder, and this host remembers that there was none."""
    for number, shell in ((2, None), (3, ["sh"])):
        assert not out(ready.a.paths, number).exists()
        out(ready.b.paths, number).mkdir()
        if shell:
            assert start(ready, shell, number).wait(20) == 0
        assert claim_as_abandoned(ready, number) == (UID if shell else None)


@pytest.mark.parametrize("shell", SHELLS)
def test_of_a_controller_and_a_pod_exactly_one_wins(ready: Shared, shell: list[str]) -> None:
    """Raced from two hosts with any caches: abandoned and nothing runs, or running and known as such."""
    chance = random.Random(0)
    delay, abandoned = 0.003, 0
    for number in range(2, ROUNDS + 2):
        out(ready.a.paths, number).mkdir()
        look(ready, number, chance.choice(["", "a", "b", "ab"]))
        process, begun = start(ready, shell, number), time.perf_counter()
        while time.perf_counter() - begun < delay:
            pass
        claim, code = claim_as_abandoned(ready, number), process.wait(20)
        left = out(ready.truth.paths, number)
        if claim is None:
            abandoned += 1
            assert code == 75
            assert os.listdir(left) == ["owner"]
        else:
            assert (code, claim) == (0, UID)
            assert (left / "ran").exists()
        # Whoever lost comes a little earlier the next time: so most rounds are close ones.
        delay = min(0.5, delay * 1.2) if claim is None else delay / 1.2
    assert 0 < abandoned < ROUNDS


@pytest.mark.parametrize("finished", [f"{UID}\n", ""])
def test_a_claim_that_was_seen_empty_is_looked_at_again(
    ready: Shared, monkeypatch: pytest.MonkeyPatch, finished: str
) -> None:
    """A host that has seen a claim half written believes it when it is whole, and abandons what never was."""
    monkeypatch.setattr(attempts, "_TIMEOUT", 0.02)
    owner = out(ready.b.paths) / "owner"
    owner.touch()
    assert (out(ready.a.paths) / "owner").stat().st_size == 0
    owner.write_text(finished)
    assert claim_as_abandoned(ready) == (UID if finished else None)
    assert (out(ready.truth.paths) / "owner").read_text() == (finished or "void 7\n")


def test_a_claim_finished_at_the_last_moment_counts(ready: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pod that gets its line out just before it would have been overruled keeps its attempt."""
    monkeypatch.setattr(attempts, "_TIMEOUT", 0.0)
    owner, really = out(ready.b.paths) / "owner", atomic.write
    owner.touch()

    def write(path: str, data: bytes) -> None:
        monkeypatch.setattr(atomic, "write", really)
        owner.write_text(f"{UID}\n")
        really(path, data)

    monkeypatch.setattr(atomic, "write", write)
    assert attempts.claim_abandoned(ready.a.paths, TRIAL, FIRST, 7) == UID
    assert (out(ready.truth.paths) / "owner").read_text() == f"{UID}\n"


def test_a_pod_that_was_overruled_reads_it(ready: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    """Frozen between making the file and writing to it, it does not read its own name when it wakes up."""
    monkeypatch.setattr(attempts, "_TIMEOUT", 0.0)
    with open(out(ready.b.paths) / "owner", "x") as frozen:
        assert claim_as_abandoned(ready) is None
        frozen.write(f"{UID}\n")
    assert (out(ready.b.paths) / "owner").read_text().strip() != UID
    assert (out(ready.truth.paths) / "owner").read_text() == "void 7\n"
