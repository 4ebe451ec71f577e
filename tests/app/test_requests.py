"""Requests: what other commands lay before a controller."""

from __future__ import annotations

import threading

import pytest

from sweeper.app import requests
from sweeper.app.requests import grant
from sweeper.cli.chosen import sweep_and_trials
from sweeper.core.errors import CvsweepError, UsageError
from sweeper.store.requests import new_request


def test_without_a_controller_a_request_stays_for_the_next_one(sweep):
    """Where no controller lives the request is not granted, and lies there for whoever comes."""
    folder, request = sweep().folder, new_request("cancel")
    assert grant(folder, request) is False
    assert folder.is_pending(request)


def test_a_granted_request_is_noticed(sweep, held, until):
    """A request is waited for until the controller has taken it away."""
    made, request = sweep(), new_request("cancel")
    controller = held(made)

    def answer() -> None:
        until(lambda: controller.requests(), 5)
        controller.remove_request(request.id)

    thread = threading.Thread(target=answer)
    thread.start()
    assert grant(made.folder, request) is True
    thread.join()


def test_a_controller_that_does_not_answer_is_named_with_the_way_out(sweep, held, monkeypatch):
    """A controller that hangs is one line with the command that takes the sweep over."""
    made = sweep()
    held(made)
    monkeypatch.setattr(requests, "_TIMEOUT", 0.05)
    with pytest.raises(CvsweepError, match=r"not answered .*cvsweep resume --take-over digits-x$"):
        grant(made.folder, new_request("cancel"))


def test_a_controller_that_is_at_it_has_no_deadline(sweep, held, monkeypatch):
    """As long as it shows that it goes on, it is waited for; then it has the usual time."""
    made, seen = sweep(), iter(range(8))
    held(made)
    monkeypatch.setattr(requests, "_TIMEOUT", 0.05)
    with pytest.raises(CvsweepError, match="not answered"):
        grant(made.folder, new_request("collect"), lambda: next(seen, None))
    assert next(seen, "all") == "all"


def chosen(*words):
    folder, _, trials = sweep_and_trials(words, None)
    return folder.name, trials


def test_words_are_a_sweep_and_trials(sweep):
    """A first word that names a sweep is one; what looks like a trial is one of the newest sweep."""
    older, newer = sweep("older"), sweep("newer")
    key = newer.state.trials[1].trial.key
    assert chosen() == ("newer", None)
    assert chosen("older") == ("older", None)
    assert chosen("older", "2", "0") == ("older", (2, 0))
    assert chosen("1") == ("newer", (1,))
    assert chosen("older", "0-2") == ("older", (0, 1, 2))
    assert chosen("1-2", "0") == ("newer", (1, 2, 0))
    assert chosen(key[:6]) == ("newer", (1,))
    assert chosen(older.paths.folder, "1") == ("older", (1,))


def test_a_sweep_may_be_called_like_a_trial(sweep):
    """A sweep whose name looks like an index or a key is found all the same."""
    sweep("7")
    sweep("digits-x")
    assert chosen("7", "1") == ("7", (1,))


@pytest.mark.parametrize("words", [("nowhere",), ("nowhere", "1"), ("99",), ("digits-x", "-1"), ("",)])
def test_what_is_not_there_is_refused(sweep, words):
    """A name that is no sweep and an index that is no trial are usage errors."""
    sweep("digits-x")
    with pytest.raises(UsageError, match=r"^there is no (sweep|trial) "):
        chosen(*words)


@pytest.mark.parametrize(
    ("word", "why"), [("0-3", "no trial '3'"), ("2-1", "2-1: the first trial of a span")]
)
def test_a_span_that_is_none_is_one_clear_line(sweep, word, why):
    """A span must lie in the sweep, and run forwards."""
    sweep()
    with pytest.raises(UsageError, match=why):
        chosen(word)


def test_a_sweep_that_is_called_like_a_span_is_meant_first(sweep):
    """A name that exists wins."""
    sweep("1-2")
    assert chosen("1-2") == ("1-2", None)
