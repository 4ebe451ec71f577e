"""What another controller has started: what can be seen of it from here, and what is refused."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sweeper.clusters.local import processes, takeover
from sweeper.clusters.local.processes import ProcessIdentity
from sweeper.core.errors import BackendError
from sweeper.core.model import Attempt, Cause, Phase
from tests.clusters.conftest import LocalSite
from tests.clusters.contract import WAIT, finish, is_ready, let_go, owner, see

HERE = processes.here()
FIRST = Attempt(0, 1)
ROOT = Path(__file__).parents[2]

ADOPT = """\
import sys
from sweeper.clusters.base import Order
from sweeper.clusters.local import processes
from sweeper.clusters.local.backend import LocalBackend
from sweeper.clusters.local.settings import LocalSettings
from sweeper.core.errors import BackendError
from sweeper.core.model import Attempt
shim, trial, out, owner, *gone = sys.argv[1:]
backend = LocalBackend(LocalSettings(max_parallel=1), lambda *_: False, gone=gone)
try:
    backend.adopt(Order(Attempt(0, 1), shim, trial, out), owner)
    print(backend.observe().sightings[Attempt(0, 1)].cause)
except BackendError as error:
    print(error)
"""


def claim(place: str = HERE.place, boot_id: str = HERE.boot_id) -> ProcessIdentity:
    return ProcessIdentity(f"{place}:{boot_id}", 1, 2)


@pytest.mark.parametrize(
    ("found", "want"),
    [
        (claim(), True),
        (claim(HERE.host), True),  # of an older version
        (claim(f"renamed/{HERE.space}"), True),
        (claim(f"{HERE.host}/1"), False),
        (claim(boot_id="0000"), False),
    ],
)
def test_what_can_be_seen_is_of_this_boot_and_pid_namespace(found: ProcessIdentity, want: bool) -> None:
    """A process number means something only where it was given."""
    assert takeover.can_see(found) is want


def test_what_is_refused_says_what_to_do() -> None:
    """Another machine and another PID namespace are told apart, and named as --gone takes them."""
    with pytest.raises(BackendError, match=r"started on x, and this is .*: .* with --gone x if that machine"):
        takeover.refuse_elsewhere(FIRST, claim("x/1"), [])
    with pytest.raises(BackendError, match=rf"another PID namespace .* with --gone {HERE.host}/1 if nothing"):
        takeover.refuse_elsewhere(FIRST, claim(f"{HERE.host}/1"), [HERE.host])
    takeover.refuse_elsewhere(FIRST, claim("x/1"), ["x"])
    takeover.refuse_elsewhere(FIRST, claim("x/1"), ["x/1"])
    takeover.refuse_elsewhere(FIRST, claim(f"{HERE.host}/1"), [f"{HERE.host}/1"])


def in_another_namespace(*words: str) -> str:
    """What a controller there says: same host, same boot, other process numbers."""
    command = ["unshare", "--pid", "--fork", "--mount-proc", sys.executable, "-c", ADOPT, *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    if "unshare:" in done.stderr or "mount" in done.stderr:
        pytest.skip(f"no PID namespace can be made here: {done.stderr.strip()}")
    assert not done.stderr, done.stderr
    return done.stdout.strip()


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="needs root and unshare")
def test_an_attempt_in_another_pid_namespace_is_not_taken_for_ended(site: LocalSite, until: Any) -> None:
    """From within a container that has this host's name nothing of it can be seen: it may well live."""
    backend, order = site.open(), site.order(WAIT)
    backend.launch(order)
    until(lambda: is_ready(order))
    words = [order.shim, order.trial_dir, order.out, owner(order)]
    shown = in_another_namespace(*words)
    assert "was started on this machine in another PID namespace" in shown
    assert f"--gone {HERE.place} if nothing runs there any more" in shown
    assert in_another_namespace(*words, HERE.place) == str(Cause.NODE_LOST)
    let_go(order)
    finish(backend, order.attempt)


def test_an_attempt_of_another_pid_namespace_is_lost_once_that_is_gone(site: LocalSite) -> None:
    """A person has to say so, and may name it as the message does."""
    order = site.order("exit 0")
    uid = f"{HERE.host}/1:{HERE.boot_id}:1:2"
    with pytest.raises(BackendError, match="another PID namespace"):
        site.open().adopt(order, uid)
    backend = site.open(gone=[f"{HERE.host}/1"])
    backend.adopt(order, uid)
    sighting = see(backend, order.attempt)
    assert (sighting.phase, sighting.cause) == (Phase.ENDED, Cause.NODE_LOST)


def test_a_claim_of_an_older_version_is_adopted(site: LocalSite, until: Any) -> None:
    """Without a PID namespace in it, it is looked for among the processes that can be seen."""
    backend, order = site.open(), site.order(WAIT)
    backend.launch(order)
    until(lambda: is_ready(order))
    backend.close()
    second = site.open()
    second.adopt(order, owner(order).replace(HERE.place, HERE.host))
    assert see(second, order.attempt).phase is Phase.RUNNING
    let_go(order)
    finish(second, order.attempt)
