"""What tests everywhere use."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import settings

from sweeper.clusters.local import processes

# The same examples every time, however long they take, so that a verdict is the change's own;
# `--hypothesis-profile=default` looks for new ones, and CVSWEEP_EXAMPLES for more.
EXAMPLES = int(os.environ.get("CVSWEEP_EXAMPLES", "40"))
settings.register_profile("same", derandomize=True, deadline=None, max_examples=EXAMPLES)
settings.load_profile("same")

# Hundreds of commands are started here: without its cache Python would compile all of them each time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# In a pod a controller waits for another one, which tests of refusals would do as well.
os.environ.pop("KUBERNETES_SERVICE_HOST", None)


def default_signals() -> None:
    """Let every signal do what it does by default, as in a program started from a terminal.

    What a script starts in the background ignores Ctrl-C, what `nohup` starts ignores SIGHUP, and so would
    all that a test starts. Python ignores SIGPIPE and SIGXFSZ itself.
    """
    for number in signal.valid_signals() - {signal.SIGPIPE, signal.SIGXFSZ}:
        if signal.getsignal(number) is signal.SIG_IGN:
            is_interrupt = number == signal.SIGINT
            signal.signal(number, signal.default_int_handler if is_interrupt else signal.SIG_DFL)


default_signals()


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two for each processor: half of the time tests wait for a process to come to its end."""
    return 2 * len(os.sched_getaffinity(0))


T = TypeVar("T")
Until = Callable[..., object]


def wait_until(condition: Callable[[], T], seconds: float = 20.0) -> T:
    """What `condition` returns once that is true; the test fails if it is not within `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds} s; last seen: {value!r}")
        time.sleep(0.003)


def session_of(leader: int) -> set[processes.Process]:
    """The live processes of a session."""
    return {process for process in processes.everyone() if process.session == leader}


@pytest.fixture(scope="session")
def until() -> Until:
    """Wait for a condition: `until(condition, seconds)`; never sleep for luck."""
    return wait_until
