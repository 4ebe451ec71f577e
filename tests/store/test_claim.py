"""Abandoned or running: of an attempt whose start is in doubt exactly one of the two comes true."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sweeper.core.errors import DamagedTrialError, StorageError
from sweeper.core.model import Attempt
from sweeper.core.paths import SweepPaths
from sweeper.files import atomic
from sweeper.store import attempts
from tests.disks import Fail
from tests.store.builders import FIRST, TRIAL, out, prepare

ROUNDS = 150


def test_what_nobody_has_claimed_is_abandoned(paths: SweepPaths) -> None:
    """An attempt without a claim is claimed as abandoned, whether its folder was made or not, for good."""
    prepare(paths)
    for number in (1, 2):
        attempt = Attempt(0, number)
        assert attempts.claim_abandoned(paths, TRIAL, attempt, 3) is None
        assert (out(paths, number) / "owner").read_text() == "void 3\n"
        assert attempts.claim_abandoned(paths, TRIAL, attempt, 4) is None
        assert (out(paths, number) / "owner").read_text() == "void 3\n"


def test_what_was_claimed_stays_so(paths: SweepPaths) -> None:
    """A claim is told and not touched, even on a host whose name begins with the word."""
    prepare(paths)
    (out(paths) / "owner").write_text("void-host:boot:1:2\n")
    assert attempts.claim_abandoned(paths, TRIAL, FIRST, 3) == "void-host:boot:1:2"
    assert (out(paths) / "owner").read_text() == "void-host:boot:1:2\n"


def test_a_claim_in_the_making_is_waited_for(paths: SweepPaths) -> None:
    """Between the creation of `owner` and its only line nobody calls the attempt abandoned."""
    prepare(paths)
    (out(paths) / "owner").touch()
    with ThreadPoolExecutor() as pool:
        claim = pool.submit(attempts.claim_abandoned, paths, TRIAL, FIRST, 3)
        time.sleep(0.05)
        (out(paths) / "owner").write_text("uid\n")
        assert claim.result() == "uid"


@pytest.mark.parametrize("left", ["", "host:bo"])
def test_a_claim_that_was_never_finished_is_abandoned(
    paths: SweepPaths, monkeypatch: pytest.MonkeyPatch, left: str
) -> None:
    """What a full disk cut short is abandoned, and a shim that wakes up too late cannot change that."""
    monkeypatch.setattr(attempts, "_TIMEOUT", 0.02)
    prepare(paths)
    with open(out(paths) / "owner", "x") as frozen:
        frozen.write(left)
        frozen.flush()
        assert attempts.claim_abandoned(paths, TRIAL, FIRST, 3) is None
        frozen.write("host:boot:1:2\n")
    assert (out(paths) / "owner").read_text() == "void 3\n"


def test_a_claim_finished_at_the_last_moment_counts(
    paths: SweepPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shim that got its line out just before it would have been overruled keeps its attempt."""
    monkeypatch.setattr(attempts, "_TIMEOUT", 0.0)
    prepare(paths)
    owner, really = out(paths) / "owner", atomic.write
    owner.touch()

    def write(path: str, data: bytes) -> None:
        monkeypatch.setattr(atomic, "write", really)
        owner.write_text("uid\n")
        really(path, data)

    monkeypatch.setattr(atomic, "write", write)
    assert attempts.claim_abandoned(paths, TRIAL, FIRST, 3) == "uid"
    assert owner.read_text() == "uid\n"


def _link(owner: Path) -> None:
    owner.symlink_to("nowhere")


def _folder_link(owner: Path) -> None:
    owner.parent.rmdir()
    (owner.parents[1] / "elsewhere").mkdir()
    owner.parent.symlink_to("elsewhere")


def _file(owner: Path) -> None:
    owner.parent.rmdir()
    owner.parent.touch()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_link, "owner: is not a file that can be read"),
        (Path.mkdir, "owner: is not a file that can be read"),
        (os.mkfifo, "owner: is not a file that can be read"),
        (_folder_link, "attempts/1: is a link"),
        (_file, "attempts/1: File exists"),
    ],
)
def test_a_claim_that_a_program_made_unreadable_concerns_its_trial_alone(
    paths: SweepPaths, spoil: Callable[[Path], None], message: str
) -> None:
    """Not to know who has claimed an attempt does not make it abandoned: it may be running."""
    prepare(paths)
    spoil(out(paths) / "owner")
    with pytest.raises(DamagedTrialError, match=f"{message}, so nobody can tell whether this attempt"):
        attempts.claim_abandoned(paths, TRIAL, FIRST, 3)
    assert not list(Path(paths.trial(TRIAL).attempts).glob("elsewhere/*"))


def test_a_full_disk_is_one_clear_line(paths: SweepPaths, fail: Fail) -> None:
    """A claim that cannot be written is an error, and no claim."""
    prepare(paths)
    fail("fsync")
    with pytest.raises(StorageError, match=r"claiming .*/attempts/1: the disk or its quota is full"):
        attempts.claim_abandoned(paths, TRIAL, FIRST, 3)


def test_against_the_shim_exactly_one_wins(paths: SweepPaths) -> None:
    """Raced against the real shim, the attempt is abandoned and nothing runs, or it runs as who it says."""
    prepare(paths)
    shim, folder = paths.shim, paths.trial(TRIAL).folder
    Path(paths.trial(TRIAL).command).write_text('echo ran > "$CVSWEEP_OUT/ran"\n')
    environment = {"PATH": os.environ["PATH"]}
    delay, abandoned = 0.001, 0
    for number in range(2, ROUNDS + 2):
        place = out(paths, number)
        place.mkdir()
        process = subprocess.Popen(["sh", shim, folder, str(number)], env=environment)
        begun = time.perf_counter()
        while time.perf_counter() - begun < delay:
            pass
        claim = attempts.claim_abandoned(paths, TRIAL, Attempt(0, number), 7)
        code = process.wait(20)
        if claim is None:
            abandoned += 1
            assert code == 75
            assert os.listdir(place) == ["owner"]
        else:
            assert code == 0
            record = attempts.read_exit(str(place))
            assert record is not None
            assert record.uid == claim == (place / "owner").read_text().strip()
            assert (place / "ran").read_text() == "ran\n"
        # Whoever lost comes a little earlier the next time: so most rounds are close ones.
        delay = min(0.05, delay * 1.1) if claim is None else delay / 1.1
    assert 0 < abandoned < ROUNDS
