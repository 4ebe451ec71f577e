"""Waiting for a sweep, as a program does it."""

from __future__ import annotations

import threading
import time

import pytest

from sweeper.app import status, waiting
from sweeper.app.status import read_status
from sweeper.app.waiting import exit_code, wait
from sweeper.store import requests, status_reader


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Looks follow each other at once, and nobody is waited for that does not come."""
    monkeypatch.setattr(status, "EVERY", 0.01)
    monkeypatch.setattr(status, "TIMEOUT", 0.0)
    monkeypatch.setattr(waiting, "TIMEOUT", 0.0)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda made: made.complete(0).complete(1), 0),
        (lambda made: made.complete(0).fail(1, "boom"), 1),
        (lambda made: made.complete(0).cancel(), 1),
        (lambda made: made.complete(0).pause("look"), 1),
        (lambda made: made.complete(0), 130),
        (lambda made: made.start(0), 130),
    ],
    ids=["completed", "failed", "cancelled", "paused", "left alone", "left running"],
)
def test_the_exit_code_is_that_of_a_run_that_has_ended_so(sweep, make, code):
    """Whoever waits sees no more of it than whoever ran it."""
    made = make(sweep(trials=2))
    assert exit_code(wait(made.paths)) == code


def test_a_sweep_without_trials_is_over(sweep):
    """Nothing has failed."""
    assert exit_code(wait(sweep(trials=1, params=[{"lr": 1}]).complete(0).paths)) == 0


def test_a_controller_is_waited_for_until_its_sweep_is_over(sweep, held, monkeypatch, until):
    """However long that takes."""
    monkeypatch.setattr(status, "TIMEOUT", 30.0)
    made, seen, looked = sweep(trials=1), list[status.SweepStatus](), list[status.SweepStatus]()
    writer = held(made)
    monkeypatch.setattr(status, "read_status", lambda paths: looked.append(read_status(paths)) or looked[-1])
    thread = threading.Thread(target=lambda: seen.append(wait(made.paths)))
    thread.start()
    until(lambda: len(looked) > 2, 10)
    assert seen == []
    for record in made.completion(0, acc=0.5):
        writer.append(record)
    writer.flush()
    thread.join(10)
    assert seen[0].finished


def test_a_controller_at_its_end_is_given_time_to_write_the_table(sweep, held, monkeypatch):
    """Whoever reads results.csv right after the wait finds it."""
    made = sweep(trials=1).complete(0)
    held(made)
    monkeypatch.setattr(waiting, "TIMEOUT", 0.3)
    began = time.monotonic()
    assert wait(made.paths).held
    assert time.monotonic() - began >= 0.3


def test_points_that_were_asked_for_are_waited_for(sweep, held, monkeypatch, until):
    """All trials have ended, and the controller has a request that it has not granted yet."""
    monkeypatch.setattr(status, "TIMEOUT", 30.0)
    made, looked = sweep(trials=1).complete(0), list[status.SweepStatus]()
    held(made)
    request = requests.new_request("add")
    requests.post(made.paths, request)
    monkeypatch.setattr(status, "read_status", lambda paths: looked.append(read_status(paths)) or looked[-1])
    thread = threading.Thread(target=lambda: wait(made.paths))
    thread.start()
    until(lambda: len(looked) > 2, 10)
    assert thread.is_alive()
    requests.remove(made.paths, request.id)
    thread.join(10)
    assert not thread.is_alive()


def test_a_snapshot_from_before_points_were_added_ends_no_wait(sweep, held):
    """A controller that was started for them has not yet replaced the snapshot of the one before."""
    made = sweep(trials=2).complete(0)
    held(made)
    ended = status.fold(sweep(trials=1, name="ended").complete(0).paths)
    status_reader.write(made.paths, ended)
    assert read_status(made.paths).finished
    assert not next(status.follow_status(made.paths)).rests


def test_time_is_up(sweep, held):
    """The sweep goes on, and the last look says how far it is."""
    made = sweep(trials=2).complete(0)
    held(made)
    seen = wait(made.paths, time.monotonic())
    assert exit_code(seen) == 130
    assert seen.snapshot.counts["completed"] == 1
    assert read_status(made.paths).held
