"""What a killed run has left unfinished is removed by the next one, and nothing else is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sweeper.core.leftovers import OLD
from sweeper.core.paths import SweepPaths
from sweeper.store import heartbeat, leftovers, machine
from tests.builders import make_sweep

NAME = ".night.0123abcd.tmp"
_KILLED = """
import os, pathlib, signal, sys
from sweeper.store import creating
from tests.builders import make_sweep
creating._move = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
make_sweep(pathlib.Path(sys.argv[1]), 1)
"""


def left(root: Path, name: str = NAME, **who: object) -> Path:
    """A folder that a process has signed which is no more, unless `who` says otherwise."""
    place = root / name
    place.mkdir(parents=True)
    paths = SweepPaths(str(place))
    heartbeat.replace(paths, machine.me()._replace(**{"start": 1, **who}))
    (place / "code").mkdir()
    (place / "code" / "train.py").touch()
    return place


def test_a_run_that_was_killed_while_it_copied_is_cleared_away_by_the_next(tmp_path: Path) -> None:
    """kill -9 in the middle: the next sweep that is made there leaves nothing of it."""
    done = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path)], check=False)
    assert done.returncode == -9
    (unfinished,) = tmp_path.iterdir()
    assert leftovers.UNFINISHED.fullmatch(unfinished.name)
    made = make_sweep(tmp_path, 1)
    assert [one.name for one in tmp_path.iterdir()] == [made.name]
    assert not os.path.exists(made.paths.heartbeat)


def test_what_may_be_a_living_runs_stays(tmp_path: Path) -> None:
    """Of this machine, of another one, of another user, and whatever nobody has signed."""
    me = machine.me()
    kept = [
        left(tmp_path, ".a.00000000.tmp", start=me.start),
        left(tmp_path, ".b.00000000.tmp", boot_id="another"),
        left(tmp_path, ".c.00000000.tmp", pid_namespace="another"),
        left(tmp_path, "d.00000000.tmp"),
        left(tmp_path, ".e.tmp"),
    ]
    unsigned = tmp_path / ".f.00000000.tmp"
    unsigned.mkdir()
    spoilt = left(tmp_path, ".g.00000000.tmp")
    (spoilt / "heartbeat").write_text("?")
    linked = tmp_path / ".h.00000000.tmp"
    linked.symlink_to(left(tmp_path, "elsewhere"))
    assert leftovers.find(str(tmp_path), leftovers.UNFINISHED) == []
    make_sweep(tmp_path, 1)
    for place in (*kept, unsigned, spoilt, linked):
        assert place.exists()


def test_what_was_signed_elsewhere_goes_after_a_day(tmp_path: Path) -> None:
    """No copy takes that long. A probe leads to its pod, and is not for whoever makes a sweep."""
    old = left(tmp_path, boot_id="another")
    beat = old / "heartbeat"
    os.utime(beat, (beat.stat().st_mtime - OLD - 1.0,) * 2)
    probe = left(tmp_path, ".probe-0123abcd")
    make_sweep(tmp_path, 1)
    assert not old.exists()
    assert leftovers.find(str(tmp_path), leftovers.PROBES) == [str(probe)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_another_users_stays(tmp_path: Path) -> None:
    for number, what in enumerate(("", "/heartbeat")):
        place = left(tmp_path, f".a.0000000{number}.tmp")
        os.chown(f"{place}{what}", 1234, 1234)
    assert leftovers.find(str(tmp_path), leftovers.UNFINISHED) == []


def test_where_there_is_no_root_there_is_nothing_left(tmp_path: Path) -> None:
    assert leftovers.find(str(tmp_path / "none"), leftovers.PROBES) == []
