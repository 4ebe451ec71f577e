"""The folders of trials and attempts, which anybody may write into."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sweeper.core.errors import StorageError
from sweeper.core.model import Attempt, ExitRecord, Trial
from sweeper.core.paths import SweepPaths
from sweeper.store import atomic, attempts
from tests.store.conftest import Fail
from tests.world import make_trial

TRIAL = replace(make_trial(0), params={"lr": 1e-3, "name": "ünï"}, command="touch ran")
FIRST = Attempt(0, 1)
ROUNDS = 150
GOOD: dict[str, Any] = {
    "uid": "host:boot:12:34",
    "code": 3,
    "terminated": True,
    "start": 10.5,
    "end": 12,
    "host": "host",
}


def prepare(paths: SweepPaths, trial: Trial = TRIAL, number: int = 1) -> bool:
    return attempts.prepare(paths, trial, Attempt(trial.index, number), "/project")


def out(paths: SweepPaths, number: int = 1) -> Path:
    return Path(paths.trial(TRIAL).attempt(Attempt(0, number)))


class TestPrepare:
    def test_it_makes_all_that_the_attempt_needs(self, paths: SweepPaths) -> None:
        """The trial's parameters, command and checkpoints are there, and the attempt's empty folder."""
        assert prepare(paths)
        place = paths.trial(TRIAL)
        assert json.loads(Path(place.params).read_text()) == TRIAL.params
        assert Path(place.command).read_text().endswith("touch ran\n")
        assert sorted(os.listdir(place.folder)) == ["attempts", "checkpoints", "command.sh", "params.json"]
        assert os.listdir(out(paths)) == []

    def test_a_number_is_used_once(self, paths: SweepPaths) -> None:
        """A folder that is there already is another's; the next number is free."""
        assert prepare(paths)
        (out(paths) / "mine").touch()
        assert not prepare(paths)
        assert os.listdir(out(paths)) == ["mine"]
        assert prepare(paths, number=2)

    def test_of_many_at_once_one_gets_the_number(self, paths: SweepPaths) -> None:
        """However many prepare the same attempt, one does, and the trial's files are whole all the time."""
        with ThreadPoolExecutor(4) as pool:
            for number in range(1, 41):
                start = threading.Barrier(4)

                def attempt(_: int, number: int = number, start: threading.Barrier = start) -> bool:
                    start.wait()
                    return prepare(paths, number=number)

                assert sum(pool.map(attempt, range(4))) == 1
        assert json.loads(Path(paths.trial(TRIAL).params).read_text()) == TRIAL.params
        assert len(os.listdir(paths.trial(TRIAL).folder)) == 4

    def test_a_later_attempt_leaves_the_trials_files_alone(self, paths: SweepPaths) -> None:
        """What is there as it must be is not written again, and checkpoints stay."""
        prepare(paths)
        place = paths.trial(TRIAL)
        Path(place.checkpoints, "last").touch()
        before = os.stat(place.command)
        prepare(paths, number=2)
        assert os.stat(place.command) == before
        assert os.listdir(place.checkpoints) == ["last"]

    @pytest.mark.parametrize("left", [b"", b"touch", None], ids=["empty", "half", "gone"])
    def test_what_a_power_cut_or_a_program_spoilt_is_made_again(
        self, paths: SweepPaths, left: bytes | None
    ) -> None:
        """An attempt never runs half a command: that would look like a success of nothing."""
        prepare(paths)
        place = paths.trial(TRIAL)
        want = [Path(name).read_bytes() for name in (place.command, place.params)]
        os.rmdir(place.checkpoints)
        for name in (place.command, place.params):
            os.unlink(name)
            if left is not None:
                Path(name).write_bytes(left)
        prepare(paths, number=2)
        assert [Path(name).read_bytes() for name in (place.command, place.params)] == want
        assert os.path.isdir(place.checkpoints)

    def test_what_is_no_text_reaches_the_program_as_it_was(self, paths: SweepPaths) -> None:
        """A byte that is not UTF-8 is that byte in the command, and JSON's escape in the parameters."""
        odd = replace(TRIAL, params={"path": "\udcff"}, command="exec run '\udcff'")
        prepare(paths, odd)
        assert Path(paths.trial(odd).command).read_bytes().endswith(b"exec run '\xff'\n")
        assert json.loads(Path(paths.trial(odd).params).read_text("utf-8")) == odd.params

    @pytest.mark.parametrize("step", ["mkdir", "replace"])
    def test_a_full_disk_is_one_clear_line(self, paths: SweepPaths, fail: Fail, step: str) -> None:
        """Where nothing can be made, the line says what was being made."""
        fail(step)
        with pytest.raises(StorageError, match=r"making .*/attempts/1: the disk or its quota is full"):
            prepare(paths)


class TestClaimVoid:
    def test_what_nobody_has_claimed_is_void(self, paths: SweepPaths) -> None:
        """An attempt without a claim is claimed as void, whether its folder was made or not, for good."""
        prepare(paths)
        for number in (1, 2):
            attempt = Attempt(0, number)
            assert attempts.claim_void(paths, TRIAL, attempt, 3) is None
            assert (out(paths, number) / "owner").read_text() == "void 3\n"
            assert attempts.claim_void(paths, TRIAL, attempt, 4) is None
            assert (out(paths, number) / "owner").read_text() == "void 3\n"

    def test_what_was_claimed_stays_so(self, paths: SweepPaths) -> None:
        """A claim is told and not touched, even on a host whose name begins with the word."""
        prepare(paths)
        (out(paths) / "owner").write_text("void-host:boot:1:2\n")
        assert attempts.claim_void(paths, TRIAL, FIRST, 3) == "void-host:boot:1:2"
        assert (out(paths) / "owner").read_text() == "void-host:boot:1:2\n"

    def test_a_claim_in_the_making_is_waited_for(self, paths: SweepPaths) -> None:
        """Between the creation of `owner` and its only line nobody calls the attempt void."""
        prepare(paths)
        (out(paths) / "owner").touch()
        with ThreadPoolExecutor() as pool:
            claim = pool.submit(attempts.claim_void, paths, TRIAL, FIRST, 3)
            time.sleep(0.05)
            (out(paths) / "owner").write_text("uid\n")
            assert claim.result() == "uid"

    @pytest.mark.parametrize("left", ["", "host:bo"])
    def test_a_claim_that_was_never_finished_is_void(
        self, paths: SweepPaths, monkeypatch: pytest.MonkeyPatch, left: str
    ) -> None:
        """What a full disk cut short is void, and a shim that wakes up too late cannot change that."""
        monkeypatch.setattr(attempts, "_PATIENCE", 0.02)
        prepare(paths)
        with open(out(paths) / "owner", "x") as frozen:
            frozen.write(left)
            frozen.flush()
            assert attempts.claim_void(paths, TRIAL, FIRST, 3) is None
            frozen.write("host:boot:1:2\n")
        assert (out(paths) / "owner").read_text() == "void 3\n"

    def test_a_claim_finished_at_the_last_moment_counts(
        self, paths: SweepPaths, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A shim that got its line out just before it would have been overruled keeps its attempt."""
        monkeypatch.setattr(attempts, "_PATIENCE", 0.0)
        prepare(paths)
        owner, really = out(paths) / "owner", atomic.write
        owner.touch()

        def write(path: str, data: bytes) -> None:
            monkeypatch.setattr(atomic, "write", really)
            owner.write_text("uid\n")
            really(path, data)

        monkeypatch.setattr(atomic, "write", write)
        assert attempts.claim_void(paths, TRIAL, FIRST, 3) == "uid"
        assert owner.read_text() == "uid\n"

    def test_a_claim_that_cannot_be_read_is_an_error(self, paths: SweepPaths) -> None:
        """Not to know who has claimed an attempt does not make it void: it may be running."""
        prepare(paths)
        (out(paths) / "owner").symlink_to("nowhere")
        with pytest.raises(StorageError, match="owner cannot be read as a file, so nobody knows"):
            attempts.claim_void(paths, TRIAL, FIRST, 3)

    def test_a_full_disk_is_one_clear_line(self, paths: SweepPaths, fail: Fail) -> None:
        """A claim that cannot be written is an error, and no claim."""
        prepare(paths)
        fail("fsync")
        with pytest.raises(StorageError, match=r"claiming .*/attempts/1: the disk or its quota is full"):
            attempts.claim_void(paths, TRIAL, FIRST, 3)

    def test_against_the_shim_exactly_one_wins(self, paths: SweepPaths) -> None:
        """Raced against the real shim, either the attempt is void and nothing runs, or it runs as who it says."""
        prepare(paths)
        shim, folder = paths.shim, paths.trial(TRIAL).folder
        Path(paths.trial(TRIAL).command).write_text('echo ran > "$CVSWEEP_OUT/ran"\n')
        environment = {"PATH": os.environ["PATH"]}
        delay, voided = 0.001, 0
        for number in range(2, ROUNDS + 2):
            place = out(paths, number)
            place.mkdir()
            process = subprocess.Popen(["sh", shim, folder, str(number)], env=environment)
            begun = time.perf_counter()
            while time.perf_counter() - begun < delay:
                pass
            claim = attempts.claim_void(paths, TRIAL, Attempt(0, number), 7)
            code = process.wait(20)
            if claim is None:
                voided += 1
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
        assert 0 < voided < ROUNDS


class TestReadExit:
    @pytest.fixture
    def place(self, tmp_path: Path) -> Path:
        """An attempt's folder."""
        return tmp_path

    def test_a_whole_record_is_read(self, place: Path) -> None:
        """What the shim wrote comes back typed, dated as the file is."""
        (place / "exit.json").write_text(json.dumps(GOOD) + "\n")
        os.utime(place / "exit.json", (0, 1234.5))
        assert attempts.read_exit(str(place)) == ExitRecord(
            "host:boot:12:34", 3, True, 10.5, 12.0, 1234.5, "host"
        )

    def test_a_record_cut_anywhere_is_none(self, place: Path) -> None:
        """Cut at every single byte it is not there yet."""
        raw = json.dumps(GOOD).encode() + b"\n"
        for size in range(len(raw)):
            (place / "exit.json").write_bytes(raw[:size])
            assert attempts.read_exit(str(place)) is None

    @pytest.mark.parametrize(
        "changes",
        [
            {"uid": None},
            {"uid": 5},
            {"code": "3"},
            {"code": 1.5},
            {"code": float("inf")},
            {"terminated": "no"},
            {"start": "1"},
            {"start": float("nan")},
            {"end": float("inf")},
            {"end": 10**400},
            {"host": []},
        ],
        ids=str,
    )
    def test_a_record_of_another_make_is_none(self, place: Path, changes: dict[str, Any]) -> None:
        """A file that has the name but not the content of a record is no proof of anything."""
        (place / "exit.json").write_text(json.dumps(GOOD | changes) + "\n")
        assert attempts.read_exit(str(place)) is None

    @pytest.mark.parametrize(
        "text",
        ["{}\n", "}\n", '[{"uid":"u"}\n', "[" * 60_000 + "}\n", "\xff}\n", '{"a":' * 10_000 + "}\n", "1e999}\n"],
        ids=["empty", "brace", "list", "deep", "no text", "deep objects", "number"],
    )
    def test_garbage_is_none(self, place: Path, text: str) -> None:
        """Nor is one that is no JSON at all, or JSON made to break readers."""
        (place / "exit.json").write_text(text, "latin-1")
        assert attempts.read_exit(str(place)) is None

    def test_a_huge_file_is_none_at_once(self, place: Path) -> None:
        """A file of a terabyte is not read."""
        with open(place / "exit.json", "wb") as file:
            file.truncate(1 << 40)
            file.seek(-2, os.SEEK_END)
            file.write(b"}\n")
        assert attempts.read_exit(str(place)) is None
        assert attempts.read_limited(str(place / "exit.json"), 2, tail=True) == b"}\n"

    def test_what_is_no_file_is_none_and_blocks_nobody(self, place: Path) -> None:
        """A pipe, a folder, a socket's or a link's place: none of them is opened in earnest or followed."""
        path = place / "exit.json"
        assert attempts.read_exit(str(place)) is None
        os.mkfifo(path)
        assert attempts.read_exit(str(place)) is None
        path.unlink()
        path.mkdir()
        assert attempts.read_exit(str(place)) is None
        path.rmdir()
        (place / "real").write_text(json.dumps(GOOD) + "\n")
        path.symlink_to("real")
        assert attempts.read_exit(str(place)) is None
        assert attempts.read_exit(str(place / "real")) is None

    @pytest.mark.parametrize("number", [errno.EMFILE, errno.EIO, errno.ENOMEM, errno.ESTALE])
    def test_a_machine_in_trouble_proves_nothing(self, place: Path, fail: Fail, number: int) -> None:
        """A record that cannot be read now is not one that is not there: the outcome would be wrong for ever."""
        (place / "exit.json").write_text(json.dumps(GOOD) + "\n")
        fail("open", number)
        with pytest.raises(StorageError, match=r"reading .*/exit.json: "):
            attempts.read_exit(str(place))


class TestLogTail:
    @pytest.mark.parametrize("length", [0, 5, 16, 17, 100_000])
    def test_the_last_bytes_are_read(self, paths: SweepPaths, length: int) -> None:
        """Of a long log only its end is read, of a short one all of it."""
        prepare(paths)
        text = ("0123456789" * 10_000)[:length]
        Path(attempts.log_path(paths, TRIAL, FIRST)).write_text(text)
        assert attempts.read_log_tail(paths, TRIAL, FIRST, 16) == text[-16:]

    def test_a_character_cut_in_two_does_no_harm(self, paths: SweepPaths) -> None:
        """Where the end begins in the middle of a character, and where bytes are no text, marks stand."""
        prepare(paths)
        Path(attempts.log_path(paths, TRIAL, FIRST)).write_bytes("é".encode() + b"\xff ok")
        assert attempts.read_log_tail(paths, TRIAL, FIRST, 5) == "\ufffd\ufffd ok"

    def test_no_log_is_an_empty_one(self, paths: SweepPaths) -> None:
        """A log that is missing, a pipe or a link is empty, and nobody waits for it."""
        prepare(paths)
        assert attempts.read_log_tail(paths, TRIAL, FIRST) == ""
        log = Path(attempts.log_path(paths, TRIAL, FIRST))
        os.mkfifo(log)
        assert attempts.read_log_tail(paths, TRIAL, FIRST) == ""
        log.unlink()
        log.symlink_to("/etc/passwd")
        assert attempts.read_log_tail(paths, TRIAL, FIRST) == ""
