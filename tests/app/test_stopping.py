"""Asking a controller to launch nothing more."""

from __future__ import annotations

import os
import threading

import pytest

from sweeper.app.stopping import stop
from sweeper.core.errors import ControllerError, UsageError
from sweeper.core.records import Granted
from tests.others import as_root


def answered(controller, until, grant: bool) -> threading.Thread:
    def answer() -> None:
        until(lambda: controller.requests(), 5)
        (request,) = controller.requests()
        if grant:
            controller.append(Granted(request.id, request.kind))
            controller.flush()
        controller.remove_request(request.id)

    thread = threading.Thread(target=answer)
    thread.start()
    return thread


def test_without_a_controller_there_is_nobody_to_ask(sweep):
    """Nothing is left for the one that comes next: it is not meant. Twice is as well as once."""
    folder = sweep().folder
    assert stop(folder) is False
    assert stop(folder, now=True) is False
    assert os.listdir(folder.paths.requests) == []


def test_the_controller_that_lives_is_asked(sweep, held, until):
    """What it has granted is in the journal."""
    made = sweep()
    thread = answered(held(made), until, grant=True)
    assert stop(made.folder) is True
    thread.join()


def test_a_request_that_another_controller_has_dropped_was_not_heard(sweep, held, until):
    """It was for the one before: who asked is told."""
    made = sweep()
    thread = answered(held(made), until, grant=False)
    with pytest.raises(ControllerError, match="took sweep digits-x over this very moment"):
        stop(made.folder)
    thread.join()


@as_root
def test_root_may_ask_a_controller_that_lives_and_nobody_else_may(sweep, monkeypatch):
    """Without one the sweep is its owner's alone."""
    folder = sweep().folder
    os.chown(folder.paths.manifest, 1234, 1234)
    with pytest.raises(UsageError, match="belongs to uid 1234"):
        stop(folder)
