"""How one attempt's processes are ended, decided without any process."""

from __future__ import annotations

import math
import signal

import pytest

from sweeper.clusters.local import processes
from sweeper.clusters.local.census import SeenProcesses
from sweeper.clusters.local.processes import Process
from sweeper.clusters.local.slots import Slot
from sweeper.clusters.local.tree import ProcessTree, own_session
from sweeper.core.model import Attempt

TERM, KILL = signal.SIGTERM, signal.SIGKILL
SHIM, PROGRAM, WORKER, ESCAPED = (
    Process(10, 1, 10, 100),
    Process(11, 10, 10, 101),
    Process(12, 11, 10, 102),
    Process(13, 12, 13, 103),
)
MARKED = Process(20, 1, 20, 104)
SESSION = {SHIM, PROGRAM, WORKER}
EVERYBODY = [*SESSION, ESCAPED, Process(1, 0, 1, 1), Process(9, 1, 9, 50)]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, signal.Signals]]:
    """What would have been sent to whom since the list was cleared."""
    sent: list[tuple[int, signal.Signals]] = []
    monkeypatch.setattr(processes, "send", lambda process, number: sent.append((process.pid, number)))
    return sent


def make_tree() -> ProcessTree:
    return ProcessTree(Attempt(0, 1), "/out", "uid", SHIM, Slot(0), 0.0, "here", 0, is_child=False)


def press(tree: ProcessTree, sent: list[tuple[int, signal.Signals]], now: float, *members: Process) -> object:
    """What is sent in one look, in order of the numbers."""
    sent.clear()
    tree.press(set(members), now)
    return sorted(sent)


def test_the_shim_is_asked_first_and_then_whoever_outlives_it(
    sent: list[tuple[int, signal.Signals]],
) -> None:
    """TERM goes to the shim, once; when it has gone to the others, once."""
    tree = make_tree()
    tree.begin_ending(100.0, grace=10.0)
    assert tree.look_at == 100.0
    assert press(tree, sent, 100.0, SHIM, PROGRAM, WORKER) == [(10, TERM)]
    assert press(tree, sent, 100.2, SHIM, PROGRAM, WORKER) == []
    assert press(tree, sent, 100.4, PROGRAM, WORKER) == [(11, TERM), (12, TERM)]
    assert press(tree, sent, 100.6, PROGRAM, WORKER, ESCAPED) == [(13, TERM)]


def test_all_are_asked_again_at_half_time_and_killed_at_the_end(
    sent: list[tuple[int, signal.Signals]],
) -> None:
    """At half of the grace time TERM goes to all, once; after it KILL, at every look, the shim last."""
    tree = make_tree()
    tree.begin_ending(100.0, grace=10.0)
    press(tree, sent, 100.0, SHIM, PROGRAM)
    assert press(tree, sent, 105.0, SHIM, PROGRAM, WORKER) == [(10, TERM), (11, TERM), (12, TERM)]
    assert press(tree, sent, 105.2, SHIM, PROGRAM, WORKER) == []
    for now in (110.0, 110.2):
        assert press(tree, sent, now, SHIM, PROGRAM, WORKER) == [(11, KILL), (12, KILL)]
    assert press(tree, sent, 110.4, SHIM) == [(10, KILL)]


def test_asking_twice_does_not_begin_anew(sent: list[tuple[int, signal.Signals]]) -> None:
    """A second stop moves no deadline; without a stop nothing is sent."""
    tree = make_tree()
    assert press(tree, sent, 1e9, SHIM, PROGRAM) == []
    tree.begin_ending(100.0, grace=0.0)
    tree.look_at = math.inf
    tree.begin_ending(200.0, grace=1000.0)
    assert tree.look_at == math.inf
    assert press(tree, sent, 200.0, SHIM, PROGRAM) == [(11, KILL)]


def test_members_are_the_session_and_the_marked_until_it_is_ended() -> None:
    """Only while an attempt is being ended its descendants without its mark are followed."""
    tree = make_tree()
    assert tree.members(SeenProcesses(SESSION), EVERYBODY) == SESSION
    assert tree.members(SeenProcesses(SESSION, {MARKED}), EVERYBODY) == {*SESSION, MARKED}
    tree.begin_ending(0.0, 1.0)
    assert tree.members(SeenProcesses(SESSION), EVERYBODY) == {*SESSION, ESCAPED}
    child = Process(21, 20, 21, 105)
    assert tree.members(SeenProcesses(set(), {MARKED}), [MARKED, child]) == {MARKED, child}


def test_a_session_that_has_died_out_is_never_ours_again() -> None:
    """Where only marked processes live, others may lead a session of the same number, and leave it too."""
    tree = make_tree()
    assert tree.members(SeenProcesses({PROGRAM}, {MARKED}), []) == {PROGRAM, MARKED}
    assert tree.members(SeenProcesses(set(), {MARKED}), []) == {MARKED}
    assert tree.members(SeenProcesses({Process(30, 1, 10, 900)}, {MARKED}), []) == {MARKED}


def test_whoever_left_is_followed_without_its_parent() -> None:
    """What was seen to leave still counts when its parents are gone, and its own children do."""
    tree = make_tree()
    tree.begin_ending(0.0, 1.0)
    tree.members(SeenProcesses(SESSION), EVERYBODY)
    orphan, grandchild = Process(13, 1, 13, 103), Process(14, 13, 13, 104)
    assert tree.members(SeenProcesses(), [orphan, grandchild]) == {orphan, grandchild}
    assert tree.members(SeenProcesses(), [Process(14, 1, 13, 104)]) == {grandchild}
    assert tree.members(SeenProcesses(), [Process(13, 1, 13, 999)]) == set()


@pytest.mark.parametrize(
    ("session", "want"),
    [
        (SESSION, SESSION),
        ({PROGRAM}, {PROGRAM}),
        (set(), set()),
        ({Process(10, 1, 10, 999), Process(15, 10, 10, 999)}, set()),
    ],
)
def test_a_session_under_another_leader_is_not_ours(session: set[Process], want: set[Process]) -> None:
    """A session counts as long as nobody else leads it."""
    assert own_session(SHIM, session) == want
