"""`cvsweep status`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sweeper.app import status
from sweeper.cli.main import main
from sweeper.core.model import Attempt
from sweeper.core.records import Launched, Launching
from sweeper.core.snapshot import snapshot
from sweeper.files import atomic


def test_a_finished_sweep_is_counted_and_points_to_its_results(sweep, capsys):
    """A finished sweep is counted and points to its results."""
    sweep(trials=2).complete(0, acc=0.9).complete(1, acc=0.8)
    assert main(["status"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "digits-x",
        "2 trials: 2 completed",
        "next: cvsweep results digits-x",
    ]


def test_an_unfinished_sweep_that_nobody_holds_is_shouted(sweep, capsys):
    """An unfinished sweep that nobody holds says since when, and what to type."""
    sweep().complete(0).start(1)
    main(["status"])
    out = capsys.readouterr().out
    assert f"NO CONTROLLER SINCE {time.strftime('%H:%M')[:3]}" in out
    assert out.rstrip().endswith("cvsweep resume digits-x")
    assert "running when last seen:\n  trial 1  " in out


def test_a_live_sweep_shows_what_runs_where_and_how_long(sweep, shown, capsys):
    """A live sweep shows its slots, the time left, and each running trial with its node and time."""
    made = sweep().complete(0).start(1)
    shown(made, slots=4)
    main(["status"])
    out = capsys.readouterr().out
    assert "1 of 4 slots busy, about " in out
    assert "  trial 1  30s  node-a  lr=0.1: python train.py --lr=0.1\n" in out
    assert "NO CONTROLLER" not in out


def test_what_is_only_asked_for_is_called_pending(sweep, shown, capsys):
    """A trial whose pod waits for a node is not shown as if it ran."""
    made = sweep().write(
        Launching(Attempt(1, 2), time.time() - 30.0), Launched(Attempt(1, 2), "u", pending=True)
    )
    shown(made)
    main(["status"])
    assert (
        "  trial 1 (attempt 2)  30s  pending  lr=0.1: python train.py --lr=0.1\n" in capsys.readouterr().out
    )


def test_a_pod_is_shown_by_its_name(sweep, held, capsys):
    """So that kubectl can be asked about it."""
    made = sweep().start(1)
    pods = {Attempt(1, 1): "ada-abcd-00001-1"}
    held(made).write_status(snapshot(made.state, time.time(), 4, pods=pods))
    main(["status"])
    assert "  node-a  ada-abcd-00001-1  lr=0.1: python" in capsys.readouterr().out


def test_the_notes_of_the_backend_are_shown(sweep, held, capsys):
    """Each is one harmless line before the advice, and a script gets them whole."""
    made = sweep().start(1)
    notes = ["no quota \x1b[2J", "x" * 500]
    held(made).write_status(snapshot(made.state, time.time(), 4, notes))
    main(["status"])
    out = capsys.readouterr().out
    assert f"note: no quota \\x1b[2J\nnote: {'x' * 159}…\n" in out
    main(["status", "-o", "json"])
    assert json.loads(capsys.readouterr().out)["notes"] == notes


def test_the_notes_of_a_controller_that_is_gone_are_not_shown(sweep, capsys):
    """What the backend said held for as long as somebody looked at it."""
    made = sweep().start(1)
    status = snapshot(made.state, time.time(), 4, ["no quota"])
    atomic.write(made.paths.status, json.dumps(status.to_json()).encode())
    os.utime(made.paths.status, (time.time() + 5,) * 2)
    main(["status"])
    assert "no quota" not in capsys.readouterr().out


def test_a_stale_snapshot_is_not_believed(sweep, capsys):
    """A snapshot that is older than the journal is not believed."""
    made = sweep(trials=1)
    old = json.dumps(snapshot(made.state, time.time() - 60, 4).to_json())
    atomic.write(made.paths.status, old.encode())
    os.utime(made.paths.status, (1, 1))
    made.complete(0)
    main(["status"])
    assert "1 trial: 1 completed" in capsys.readouterr().out


def test_a_snapshot_newer_than_the_journal_saves_folding_it(sweep, capsys, monkeypatch):
    """A snapshot that was written after the last record is enough without a controller."""
    made = sweep(trials=1).complete(0)
    atomic.write(made.paths.status, json.dumps(snapshot(made.state, time.time(), 4).to_json()).encode())
    later = time.time() + 5
    os.utime(made.paths.status, (later, later))
    monkeypatch.setattr("sweeper.app.status.fold", None)
    assert main(["status"]) == 0
    assert "1 completed" in capsys.readouterr().out


def test_failures_are_shown_newest_first_and_cannot_steer_the_terminal(sweep, capsys):
    """Failures are shown newest first, with their control characters made visible."""
    sweep(trials=2).fail(0, "first").fail(1, "sec\x1b[2Jond")
    main(["status"])
    out = capsys.readouterr().out
    assert "  trial 1 (error): sec\\x1b[2Jond\n  trial 0 (error): first\n" in out
    assert "next: cvsweep logs digits-x 1, then cvsweep retry digits-x" in out


def test_a_pause_gives_its_reason_and_the_way_on(sweep, capsys):
    """A paused sweep gives its reason and the way on, and is not called abandoned."""
    sweep().pause("5 trials in a row failed alike")
    main(["status"])
    out = capsys.readouterr().out
    assert "PAUSED: 5 trials in a row failed alike\ngo on: cvsweep resume digits-x\n" in out
    assert "NO CONTROLLER" not in out


def test_a_pause_with_nothing_left_to_launch_is_none(sweep, capsys):
    """All verbs say the same of a sweep whose trials have all failed for good."""
    sweep(trials=1).fail(0, "KeyError").pause("the first 5 trials all ended alike")
    main(["status"])
    assert "PAUSED" not in capsys.readouterr().out
    main(["status", "-o", "json"])
    seen = json.loads(capsys.readouterr().out)
    assert (seen["state"], seen["finished"], seen["paused"]) == ("finished", True, "")
    main(["ls", "-o", "json"])
    assert json.loads(capsys.readouterr().out)[0]["state"] == "finished"


def test_json_has_everything_a_script_needs(sweep, shown, capsys):
    """-o json has the counts, what runs, the failures and whether a controller lives."""
    shown(sweep().start(0))
    main(["status", "-o", "json"])
    data = json.loads(capsys.readouterr().out)
    assert data["sweep"] == "digits-x"
    assert data["controller"] is True
    assert (data["finished"], data["state"]) == (False, "running")
    assert data["counts"]["running"] == 1
    assert data["running"][0]["trial"] == 0
    assert data["slots"] == 4


def test_a_sweep_can_be_named_by_its_path(sweep, capsys, monkeypatch, tmp_path):
    """A sweep can be named by its path, and advice then gives the path."""
    made = sweep(trials=1).complete(0)
    monkeypatch.chdir("/")
    assert main(["status", made.paths.folder]) == 0
    assert f"cvsweep results {made.paths.folder}" in capsys.readouterr().out


def test_the_newest_sweep_is_meant_where_none_is_named(sweep, capsys):
    """The newest sweep is meant where none is named."""
    old = sweep("old")
    os.utime(old.paths.manifest, (1, 1))
    sweep("new")
    main(["status"])
    assert capsys.readouterr().out.startswith("new\n")


@pytest.mark.parametrize(("argv", "code"), [(["nope"], 2), ([], 2)])
def test_no_such_sweep_is_one_line_and_exit_2(project, capsys, argv, code):
    """No such sweep is one line and exit code 2."""
    assert main(["status", *argv]) == code
    assert capsys.readouterr().err.count("\n") == 1


def test_a_damaged_manifest_is_exit_3(sweep, capsys):
    """A sweep that cannot be read is exit code 3."""
    Path(sweep().paths.manifest).write_text("{")
    assert main(["status"]) == 3
    assert "is damaged" in capsys.readouterr().err


def test_watching_says_each_change_once_and_ends_with_the_sweep(sweep, capsys, monkeypatch):
    """-w without a terminal says each change once and ends with the sweep."""
    made = sweep(trials=2)
    steps = [lambda: made.start(0), lambda: None, lambda: made.end(0), lambda: made.complete(1)]
    monkeypatch.setattr("time.sleep", lambda seconds: steps.pop(0)())
    assert main(["status", "-w"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == [
        "2 trials: 2 queued",
        "2 trials: 1 queued, 1 running",
        "2 trials: 1 queued, 1 completed",
        "2 trials: 2 completed",
        "cvsweep results digits-x",
    ]


def test_watching_gives_up_on_a_sweep_that_nobody_moves(sweep, capsys, monkeypatch):
    """-w ends, loudly, once no controller has lived for a while."""
    sweep()
    monkeypatch.setattr(status, "TIMEOUT", 0.0)
    assert main(["status", "-w"]) == 0
    assert "NO CONTROLLER" in capsys.readouterr().out


def test_watching_redraws_in_a_terminal(sweep, capsys, monkeypatch):
    """-w in a terminal draws the overview."""
    sweep(trials=1).complete(0)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert main(["status", "-w"]) == 0
    assert "1 trial: 1 completed" in capsys.readouterr().out


def test_status_imports_nothing_heavy(sweep, shown):
    """status of a live sweep imports neither the model nor anything slow."""
    shown(sweep().start(0))
    code = (
        "import sys; from sweeper.cli.main import main; main(['status']); "
        "print([m for m in sys.argv[1:] if m in sys.modules])"
    )
    others = "rich hydra omegaconf pandas numpy kubernetes tenacity"
    slow = "tempfile shutil subprocess secrets socket hashlib pathlib sweeper.core.state sweeper.store.folder"
    command = [sys.executable, "-c", code, *others.split(), *slow.split()]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
