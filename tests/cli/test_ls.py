"""`cvsweep ls`."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from sweeper.cli.main import main
from sweeper.core.snapshot import snapshot
from sweeper.files import atomic


def test_sweeps_are_listed_newest_first_with_counts_and_best(sweep, capsys):
    """Sweeps are listed newest first, with their trials by state and their best result."""
    old = sweep("old", trials=2, metric=None).complete(0, acc=0.5).fail(1, "no")
    os.utime(old.paths.manifest, (1, 1))
    sweep("new", trials=2).complete(0, acc=0.5).complete(1, acc=0.75)
    assert main(["ls"]) == 0
    head, first, second = capsys.readouterr().out.splitlines()
    assert head.split() == ["sweep", "made", "completed", "failed", "best", "state"]
    assert first.split()[0] == "new"
    assert first.endswith("acc=0.75 (trial 1)  finished")
    assert second.split()[0] == "old"
    assert [second.split()[i] for i in (2, 3, 4)] == ["1", "1", "finished"]


def test_the_best_is_the_least_where_less_is_better(sweep, capsys):
    """The best is the least where mode is min, and what is no number does not count."""
    made = (
        sweep(trials=4, mode="min").complete(0, acc=0.5).complete(1, acc=0.25).complete(2, acc=float("nan"))
    )
    made.complete(3, acc="low")
    main(["ls", "-o", "json"])
    assert json.loads(capsys.readouterr().out)[0]["best"] == 0.25


def test_a_sweep_says_who_sees_to_it(sweep, shown, capsys):
    """A sweep is running, paused, finished, or abandoned since some time."""
    shown(sweep("live").start(0))
    sweep("resting").pause("no luck")
    sweep("lost").start(0)
    sweep("ended", trials=1).complete(0)
    main(["ls", "-o", "json"])
    found = json.loads(capsys.readouterr().out)
    states = {one["name"]: one["state"] for one in found}
    assert states == {"live": "running", "resting": "paused", "lost": "abandoned", "ended": "finished"}
    main(["ls"])
    out = capsys.readouterr().out
    assert "no controller since " in out
    assert ": cvsweep resume lost\n" in out
    assert "paused: cvsweep resume resting\n" in out


def test_a_damaged_sweep_does_not_hide_the_others(sweep, capsys):
    """A damaged sweep is listed with what is wrong, and the others as ever."""
    Path(sweep("bad").paths.manifest).write_text("{")
    sweep("good", trials=1).complete(0)
    assert main(["ls"]) == 0
    out = capsys.readouterr().out
    assert "is damaged" in out
    assert "finished" in out


def test_no_sweeps_are_reported_on_stderr(project, capsys):
    """No sweeps: a word on stderr, nothing (or an empty list) on stdout."""
    assert main(["ls"]) == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "no sweeps in sweeps" in shown.err
    main(["ls", "-o", "json"])
    assert json.loads(capsys.readouterr().out) == []


def test_sweeps_elsewhere_are_listed_with_root(sweep, capsys, monkeypatch):
    """--root and CVSWEEP_ROOT name another place."""
    made = sweep()
    root = os.path.dirname(made.paths.folder)
    monkeypatch.chdir("/")
    main(["ls", "--root", root])
    assert "digits-x" in capsys.readouterr().out
    monkeypatch.setenv("CVSWEEP_ROOT", root)
    main(["ls"])
    assert "digits-x" in capsys.readouterr().out


def test_the_best_is_reported_without_the_journal_where_the_controller_has_kept_it(sweep, capsys):
    """By the metric and the mode that hold now; else the journal is folded."""
    made = sweep(trials=2).complete(0, acc=0.5).complete(1, acc=0.75)
    for best, wanted in [
        ({"metric": "acc", "mode": "max", "trial": 0, "value": 7.0}, (7.0, 0)),
        ({"metric": "acc", "mode": "max", "trial": None, "value": None}, (None, None)),
        ({"metric": "acc", "mode": "min", "trial": 0, "value": 7.0}, (0.75, 1)),
        ({"metric": "loss", "mode": "max", "trial": 0, "value": 7.0}, (0.75, 1)),
    ]:
        at = snapshot(made.state, time.time(), 2, best=best)
        atomic.write(made.paths.status, json.dumps(at.to_json()).encode())
        os.utime(made.paths.status, (time.time() + 5,) * 2)
        main(["ls", "-o", "json"])
        found = json.loads(capsys.readouterr().out)[0]
        assert (found["best"], found["best_trial"]) == wanted
