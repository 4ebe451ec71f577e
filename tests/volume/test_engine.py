"""Whole sweeps over two hosts: the controller on one, its pods, readers and rivals on others."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import nullcontext

import pytest

from sweeper.app.status import read_status
from sweeper.core.errors import SupersededError
from sweeper.core.model import Attempt, Status
from sweeper.core.records import Launching, Record
from sweeper.core.snapshot import Snapshot
from sweeper.core.state import State
from sweeper.store.folder import SweepFolder, SweepWriter
from tests.sim.processes import Run
from tests.volume.conftest import Hosts
from tests.volume.pods import COUNT, Pods, control

NAMES = ("owner", "log.txt", "exit.json", "metrics.json")
EACH_ONCE = [Attempt(index, 1) for index in range(COUNT)]


def measuring(attempt: Attempt) -> Run:
    """No two attempts end at the same time."""
    return Run(seconds=2.0 + 0.7 * attempt.trial, metrics={"seed": attempt.trial}, log="done")


def peep(folder: SweepFolder, live: Sequence[Attempt]) -> None:
    """Somebody on a host looks for everything that an attempt may leave, long before it does."""
    trials = State().apply_all(folder.read().records).trials
    for attempt in live:
        place = folder.paths.trial(trials[attempt.trial].trial).attempt(attempt)
        for name in NAMES:
            os.path.exists(f"{place}/{name}")


def test_whoever_looks_too_early_spoils_nothing(hosts: Hosts) -> None:
    """Names that the controller's host remembers as absent are found all the same when they are due."""
    pods = Pods(hosts, measuring)
    state = control(pods, pods.a, lambda news, state, at: peep(pods.a, list(state.live)))
    assert state.counts[Status.COMPLETED] == COUNT
    assert [one.outcome and one.outcome.metrics for one in state.trials] == [
        {"seed": i} for i in range(COUNT)
    ]
    assert pods.launched == EACH_ONCE


def test_a_failure_says_why_though_its_log_was_looked_for_too_early(hosts: Hosts) -> None:
    """The last line of the log is the error, also of a log that this host remembers as absent."""
    pods = Pods(hosts, lambda attempt: Run(code=1, log=f"ValueError: {attempt.number}\n"))
    state = control(pods, pods.a, lambda news, state, at: peep(pods.a, list(state.live)))
    assert {one.outcome and one.outcome.error for one in state.trials} == {"ValueError: 2"}


def test_a_controller_that_lost_the_sweep_launches_nothing_more(hosts: Hosts) -> None:
    """It stops at its next turn, and whoever took over runs each trial once."""
    pods = Pods(hosts, measuring)
    rivals: list[SweepWriter] = []

    def lose(news: Sequence[Record], state: State, at: Snapshot) -> None:
        if not rivals and state.live:
            rivals.append(SweepWriter.take(pods.b, by_force=True))
            launched.extend(pods.launched)

    launched: list[Attempt] = []
    with pytest.raises(SupersededError):
        control(pods, pods.a, lose)
    assert 0 < len(launched) == len(pods.launched) < COUNT
    rivals[0].release()
    state = control(pods, pods.b)
    assert state.counts[Status.COMPLETED] == COUNT
    assert pods.launched == EACH_ONCE
    for folder in (pods.a, pods.b, pods.truth):
        records = folder.read().records
        assert [one.attempt for one in records if isinstance(one, Launching)] == EACH_ONCE
        assert State().apply_all(records).counts == state.counts


def test_a_sweep_that_changes_hands_at_every_end_comes_out_right(hosts: Hosts) -> None:
    """From host to host and back, each time with attempts under way: every trial runs and counts once."""
    pods = Pods(hosts, measuring)
    rivals: list[SweepWriter] = []

    def lose(news: Sequence[Record], state: State, at: Snapshot) -> None:
        if len(rivals) < state.counts[Status.COMPLETED] < COUNT:
            rivals.append(SweepWriter.take(turn[-1], by_force=True))

    turn = [pods.a, pods.b]
    for losses in range(COUNT):
        with pytest.raises(SupersededError) if losses < COUNT - 1 else nullcontext():
            control(pods, turn[0], lose)
        turn.reverse()
    for writer in rivals:
        writer.release()
    assert pods.launched == EACH_ONCE
    assert [pods.a.read(), pods.b.read()] == [pods.truth.read()] * 2


def test_every_look_from_another_host_shows_what_the_controller_knows(hosts: Hosts) -> None:
    """`status` and `results` on b say after each turn on a just what its controller would say."""
    pods = Pods(hosts, measuring)
    messages: list[dict[str, int]] = []

    def watch(news: Sequence[Record], state: State, at: Snapshot) -> None:
        messages.append(dict(at.counts))
        assert read_status(pods.b.paths).snapshot.counts == at.counts
        assert State().apply_all(pods.b.read().records).counts == state.counts

    control(pods, pods.a, watch)
    assert len({tuple(counts.items()) for counts in messages}) > COUNT
