"""`cvsweep logs` of a pod: its own output as it comes, then what the file has more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sweeper import clusters
from sweeper.cli import follow
from sweeper.cli.main import main
from sweeper.clusters.kubernetes import logs
from sweeper.clusters.kubernetes.api_errors import ApiError, TimedOut, Unreachable
from sweeper.clusters.kubernetes.cluster import KubernetesCluster
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.clusters.shown import HEAD, Shown
from sweeper.core.errors import BackendError
from sweeper.core.model import Attempt

ATTEMPT = Attempt(0, 1)
SETUP = b"adding lis\nready\n"


def shown(data):
    one = Shown(lambda data: None, print)
    one.head, one.count = data[:HEAD], len(data)
    return one


@pytest.mark.parametrize(("printed", "file", "offset"), [
    (SETUP + b"one\ntwo\n", b"one\ntwo\nthree\n", 8),
    (SETUP + b"one\ntw", b"one\ntwo\n", 6),
    (SETUP + b"one\ntwo\n", b"one\n", 8),  # the file shows late
    (SETUP, b"one\n", 0),
    (b"one\n", b"one\ntwo\n", 4),
    (SETUP + b"x" * 40_000, b"x" * 50_000, 40_000),
    (b"middle of a log that was rotated\n" * 1000, b"its first line\n" * 4000, None),
    (b"s" * 40_000, b"one\n" * 100, None),
])  # fmt: skip
def test_how_much_of_the_file_was_printed(printed, file, offset):
    """The set-up that the file does not have is found by where the file begins in what was printed."""
    assert shown(printed).offset_in(file[:HEAD]) == offset


class Fake:
    """A sweep's pods: `states` are what is found, one a look; an exception among `pieces` breaks the log.

    `later` are the pieces of the connections after the first.
    """

    states: list
    pieces: list
    later: list

    def find(self, attempt, uid=""):
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if isinstance(state, Exception):
            raise state
        kind = {"running": "running", "waiting": "waiting"}.get(state, state and "terminated")
        stamp = {"startedAt": "2026-11-23T22:27:44Z" if state == "ended" else "1970-01-01T00:00:00Z"}
        container = {"name": "trial", "state": {kind: stamp}}
        return kind and {
            "status": {
                "phase": "Pending" if kind == "waiting" else "Running",
                "containerStatuses": [container],
            }
        }

    def log(self, attempt, *, follow):
        pieces, self.pieces = self.pieces, self.later.pop(0) if self.later else []
        for one in pieces:
            if isinstance(one, Exception):
                raise one
            yield one


@pytest.fixture
def following(sweep, monkeypatch, capfdbinary):
    """Follows a pod; the attempt ends while the file is followed, or while the pod is waited for."""

    def follow_it(states, pieces, log=b"one\ntwo\n", later=()):
        made = sweep().start(0, log=log)
        cluster = clusters.plain(KubernetesSettings(image="i", user="ada"))
        made.folder.change_settings(replace(made.folder.settings, cluster=cluster))
        fake = type("Pods", (Fake,), {"states": list(states), "pieces": pieces, "later": list(later)})
        monkeypatch.setattr(KubernetesCluster, "_pods", lambda cluster, sweep: fake())
        for module in (logs.time, follow.time):
            monkeypatch.setattr(module, "sleep", lambda seconds: made.state.live and made.end(0))
        monkeypatch.setattr(follow._Watcher, "_pause", lambda self, took: 0.0)
        assert main(["logs", "-f", "digits-x", "0"]) == 0
        return capfdbinary.readouterr()

    return follow_it


def test_the_pod_is_printed_to_its_end(following):
    """What the pod prints is printed, set-up included, and nothing twice."""
    reported = following(["running", "ended"], [SETUP, b"one\n", b"two\n"])
    assert (reported.out, reported.err) == (SETUP + b"one\ntwo\n", b"")


def test_a_pod_that_was_deleted_may_leave_its_last_lines_in_the_file(following):
    """Where the pod went before its log was read, the file has the rest."""
    assert following(["running", None], [SETUP + b"one\n"]).out == SETUP + b"one\ntwo\n"


SILENT = TimedOut("nothing for a minute")


@pytest.mark.parametrize("pieces", [[SETUP + b"one\n", SILENT], [SILENT], [SETUP, b"on", SILENT]])
def test_a_line_that_fell_silent_is_asked_for_again(following, pieces):
    """A dead connection and a quiet program look alike: the log goes on, and nothing is shown twice."""
    later = [[SETUP[:3], SETUP[3:] + b"one\n", SILENT], [SETUP + b"one\ntwo\n"]]
    reported = following(["running", "running", "running", "ended"], pieces, later=later, log=None)
    assert (reported.out, reported.err) == (SETUP + b"one\ntwo\n", b"")


def test_a_pod_that_has_ended_in_the_silence_is_not_waited_for(following):
    """Its last lines are in the file."""
    assert following(["running", "ended"], [SETUP + b"one\n", SILENT]).out == SETUP + b"one\ntwo\n"


@pytest.mark.parametrize("later", [[SETUP, SILENT], [SETUP.replace(b"lis", b"ada") + b"one\n", SILENT]])
def test_a_log_that_cannot_be_caught_up_with_goes_on_in_the_file(following, later):
    """A connection that is silent again at once, or shows another log, is given up."""
    reported = following(["running"], [SETUP + b"one\n", SILENT], later=[later])
    assert reported.out == SETUP + b"one\ntwo\n"
    assert b"following the file" in reported.err


def test_a_long_log_is_not_read_twice(following, monkeypatch):
    """Behind a log of many megabytes the file goes on."""
    monkeypatch.setattr(logs, "_AGAIN", 10)
    reported = following(["running"], [SETUP + b"one\n", SILENT], later=[[b"never asked for"]])
    assert reported.out == SETUP + b"one\ntwo\n"


def test_a_stream_that_breaks_goes_on_in_the_file(following):
    """Where the stream breaks the file goes on behind the last byte that was printed."""
    reported = following(["running"], [SETUP + b"on", Unreachable("reset")])
    assert reported.out == SETUP + b"one\ntwo\n"
    assert b"the pod's log cannot be read: reset; following the file" in reported.err


def test_a_stream_that_ends_too_early_goes_on_in_the_file(following):
    """A stream that ends in order, while the container runs, is a broken one too."""
    assert following(["running"], [SETUP + b"one\n"]).out == SETUP + b"one\ntwo\n"


def test_a_file_that_begins_otherwise_is_shown_whole(following):
    """Where the node had begun a new log nobody knows how much was printed: then nothing may be lost."""
    reported = following(["running"], [b"later " * 6000, Unreachable("reset")], log=b"first\n" * 400)
    assert reported.out.endswith(b"later " + b"first\n" * 400)
    assert b"here is the whole of it" in reported.err


@pytest.mark.parametrize(
    "trouble", [ApiError(403, "Forbidden", "you may not", {}, 0.0), Unreachable("no answer")]
)
def test_a_log_that_cannot_be_opened_is_the_file(following, trouble):
    """Without the right to read logs, the file is followed from its beginning."""
    reported = following(["running"], [trouble])
    assert reported.out == b"one\ntwo\n"
    assert str(trouble).encode() in reported.err


@pytest.mark.parametrize("state", [None, BackendError("no way")])
def test_a_pod_that_is_gone_is_the_file(following, state):
    """Where the pod is not there any more, or cannot be looked at, the file is followed."""
    assert following([state], []).out == b"one\ntwo\n"


KUBELET = b'rpc error: code = NotFound desc = an error occurred when try to find container "ab12": not found'


def test_what_the_kubelet_says_is_not_the_programs_output(following):
    """It goes to people, and what the file has more is printed."""
    reported = following(["running", "ended"], [SETUP + b"one\n", KUBELET])
    assert reported.out == SETUP + b"one\ntwo\n"
    assert b"the node cannot read more of the pod's log: rpc error: code = NotFound" in reported.err


def test_a_container_that_never_started_has_printed_nothing(following):
    """Its log is not even asked for: the kubelet would answer with an error."""
    assert following(["waiting", "never", "never"], [KUBELET], log=None).out == b""


def test_a_pod_that_waits_is_waited_for(following):
    """A pod that has not started is said to, once, and waited for until the attempt ends."""
    reported = following(["waiting", "waiting", "waiting"], [], log=None)
    assert reported.out == b""
    assert reported.err.count(b"the pod of trial 0 is Pending\n") == 1
