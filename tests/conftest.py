"""What tests everywhere use."""

from __future__ import annotations

import gc
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import settings

from sweeper.clusters.local import processes
from tests.composing_once import compose_fast

pytest.register_assert_rewrite("tests.clusters.contract")  # which tests of several folders run

# The same examples every time, however long they take, so that a verdict is the change's own;
# `--hypothesis-profile=default` looks for new ones, and CVSWEEP_EXAMPLES for more.
EXAMPLES = int(os.environ.get("CVSWEEP_EXAMPLES", "40"))
# How much of the simulated crashes and histories is played, of what the mutants' tests need (1).
PLAYED = float(os.environ.get("CVSWEEP_PLAYED", "0.3"))
settings.register_profile("same", derandomize=True, deadline=None, max_examples=EXAMPLES)
settings.load_profile("same")

LONG = {"cluster": 1800, "layouts": 900, "frameworks": 900, "recipes": 900, "bench": 900, "chaos": 3600}
"""Seconds for each test of a folder that needs more than the others."""

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Some folders have tests that take longer than `timeout` allows."""
    here = Path(__file__).parent
    for item in items:
        part = item.path.relative_to(here).parts[0] if item.path.is_relative_to(here) else ""
        if part in LONG:
            item.add_marker(pytest.mark.timeout(LONG[part]))


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """What is collected stays until the end: no collection of garbage need look at it."""
    gc.disable()
    if session.config.args_source is session.config.ArgsSource.TESTPATHS:
        import_share(getattr(session.config, "workerinput", {}))
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
        gc.set_threshold(20_000, 20, 20)


def import_share(worker: Mapping[str, Any]) -> None:
    """Begin with another share of the modules than other workers, so that no two compile the same ones.

    In a fresh clone, that is: to rewrite the assertions of all takes each worker some seconds.
    """
    here, place = Path(__file__).parent, int(worker.get("workerid", "gw0").removeprefix("gw"))
    for file in sorted(here.rglob("test_*.py"))[place :: worker.get("workercount", 1)]:
        name = ".".join(file.relative_to(here.parent).with_suffix("").parts)
        with suppress(Exception, pytest.skip.Exception):  # collection comes across it, too
            import_module(name)


compose_fast()


T = TypeVar("T")
Until = Callable[..., object]


def wait_until(condition: Callable[[], T], seconds: float = 20.0) -> T:
    """What `condition` returns once that is true; the test fails if it is not within `seconds`."""
    deadline, rest = time.monotonic() + seconds, 0.003
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds} s; last seen: {value!r}")
        time.sleep(rest)
        rest = min(1.2 * rest, 0.03)  # who waits for long takes less from what it waits for


def session_of(*leaders: int) -> set[processes.Process]:
    """The live processes of some sessions."""
    return {process for process in processes.everyone() if process.session in leaders}


@pytest.fixture(scope="session")
def until() -> Until:
    """Wait for a condition: `until(condition, seconds)`; never sleep for luck."""
    return wait_until
