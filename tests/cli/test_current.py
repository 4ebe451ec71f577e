"""The current metrics that views show: seldom, briefly, and never a reason for an error."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

import pytest

from sweeper.cli import current as module
from sweeper.cli.current import Background, Current
from sweeper.cli.main import main
from sweeper.core.snapshot import snapshot


def running(made):
    return snapshot(made.state, 0.0, 4).running


@pytest.fixture
def started(sweep):
    """A sweep with two running trials; the first has told a metric."""
    made = sweep().start(0).start(1)
    tell(made, 0, 0.5)
    return made


def tell(made, index, value):
    made.log(index).with_name("metrics.jsonl").write_text(json.dumps({"acc": value}) + "\n")


def test_status_shows_the_metric_of_a_running_trial(started, shown, capsys):
    """It stands before what tells the trial from the others; a trial that has told nothing shows none."""
    shown(started)
    assert main(["status"]) == 0
    out = capsys.readouterr().out
    assert "  trial 0  30s  node-a  acc=0.5  lr=1.0: python train.py" in out
    assert "  trial 1  30s  node-a  lr=0.1: python train.py" in out


def test_it_is_read_again_only_now_and_then(started, monkeypatch):
    """Within a few seconds a view gets what was read last."""
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    current = Current(started.paths)
    assert current.of(running(started)) == {(0, 1): "acc=0.5"}
    tell(started, 0, 0.75)
    now[0] += module.EVERY - 0.1
    assert current.of(running(started)) == {(0, 1): "acc=0.5"}
    now[0] += 0.2
    assert current.of(running(started)) == {(0, 1): "acc=0.75"}


def test_a_slow_volume_is_read_more_seldom_and_in_turns(started, monkeypatch):
    """A look ends after a while, the next one begins with what was not read, and rests are longer."""
    tell(started, 1, 0.25)
    now, reads = [100.0], []

    def slow(out, settings, **options):
        reads.append(out)
        now[0] += 1.0
        return f"acc={len(reads)}"

    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    monkeypatch.setattr("sweeper.results.current.current", slow)
    current = Current(started.paths)
    assert current.of(running(started)) == {(0, 1): "acc=1"}
    now[0] += 1.0 / module.SHARE - 1.0
    assert len(current.of(running(started))) == 1
    now[0] += 2.0
    assert current.of(running(started)) == {(0, 1): "acc=1", (1, 1): "acc=2"}


def test_a_trial_that_has_ended_is_forgotten(started, monkeypatch):
    """What is not shown any more is not kept."""
    monkeypatch.setattr(module, "EVERY", 0.0)
    monkeypatch.setattr(module, "SHARE", 1e9)
    current = Current(started.paths)
    assert current.of(running(started))
    started.end(0)
    assert current.of(running(started)) == {}


@pytest.mark.parametrize("broken", ["manifest", "link", "reader"])
def test_whatever_goes_wrong_nothing_is_shown(started, monkeypatch, broken):
    """A view never ends for it."""
    if broken == "manifest":
        Path(started.paths.manifest).write_text("{")
    elif broken == "link":
        started.log(0).with_name("metrics.jsonl").unlink()
        started.log(0).with_name("metrics.jsonl").symlink_to("/dev/zero")
    else:
        monkeypatch.setattr("sweeper.results.current.current", lambda *args, **options: 1 / 0)
    assert set(Current(started.paths).of(running(started)).values()) <= {""}


def test_a_key_cannot_lead_out_of_the_folder(started):
    """status.json may hold anything."""
    one = running(started)[0]._replace(key=f"x/../00000-{running(started)[0].key}")
    assert Current(started.paths).of([one]) == {}


def test_without_files_the_readers_are_not_imported(sweep, monkeypatch):
    """A look at trials that have left nothing costs next to nothing."""
    made = sweep().start(0, log=b"acc=1\n")
    monkeypatch.delitem(sys.modules, "sweeper.results.current", raising=False)
    assert Current(made.paths).of(running(made)) == {}
    assert "sweeper.results.current" not in sys.modules


def test_in_the_background_nobody_waits(started, until, monkeypatch):
    """The thread reads what it was asked for, and ends when it is told to."""
    monkeypatch.setattr(module, "_TURN", 0.001)
    reader = Background(started.paths)
    assert reader.found == {}
    reader.want(running(started))
    until(lambda: reader.found == {(0, 1): "acc=0.5"})
    reader.close()
    until(lambda: module.THREAD not in [one.name for one in threading.enumerate()])
