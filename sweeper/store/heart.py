"""The thread that touches the heartbeat of a controller.

It is a thread, so that a long read or a slow write does not make a controller look dead. It pauses while the
engine has made no turn for too long, so that a hung controller does not look alive for ever. An error of the
volume never ends the sweep: the next beat tries again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from sweeper.core.errors import StorageError, SupersededError
from sweeper.core.paths import SweepPaths
from sweeper.core.presence import Heartbeat
from sweeper.store import heartbeat

EVERY = 3.0
"""Seconds between two beats."""

HANGS = 600.0
"""Seconds without a turn of the engine after which beats stop: reads may be retried for minutes."""

_LEAVING = 5.0
"""Seconds that a leaving controller waits for a beat in progress on a volume that does not answer."""


class Heart:
    """Beats from `start` to `stop`, as long as the engine turns.

    `check` raises SupersededError if another controller has taken the sweep over: then a missing heartbeat
    must not be written again.
    """

    def __init__(self, paths: SweepPaths, mine: Heartbeat) -> None:
        self.check: Callable[[], object] = lambda: None
        self._paths, self._mine = paths, mine
        self._closing = threading.Event()
        self._turned_at = time.monotonic()
        self._thread = threading.Thread(target=self._keep, name="heartbeat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def turned(self) -> None:
        """Note that the engine has completed a turn."""
        self._turned_at = time.monotonic()

    def restore(self) -> None:
        """Write our heartbeat again if a controller that tried to take over by force has replaced it."""
        found = heartbeat.read(self._paths)
        if found is None or found.who != self._mine:
            self.check()
            heartbeat.replace(self._paths, self._mine)

    def stop(self) -> None:
        """Stop the thread and remove our heartbeat, so that the next controller need not wait."""
        self._closing.set()
        self._thread.join(_LEAVING)
        with suppress(OSError):  # then the next controller waits until the heartbeat is stale
            found = heartbeat.read(self._paths)
            if found and found.who == self._mine:
                heartbeat.remove(self._paths)

    def _keep(self) -> None:
        while not self._closing.wait(EVERY):
            if time.monotonic() - self._turned_at > HANGS:
                continue
            try:
                self._beat()
            except SupersededError:
                return
            except (OSError, StorageError):
                continue  # the volume is in trouble: tried again at the next beat

    def _beat(self) -> None:
        found = heartbeat.read(self._paths)
        if found and found.who == self._mine:
            heartbeat.touch(self._paths)
        elif found is None or found.who is None:
            self.check()
            heartbeat.publish(self._paths, self._mine, found)
