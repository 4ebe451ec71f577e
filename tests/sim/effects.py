"""The one hook that everything passes which a controller does outside of itself: it may be its last."""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Protocol

from tests.sim.hub import Crash, Hub


class Fate(Enum):
    """What happens at one effect. TORN: a write of which half comes to be; others die after theirs."""

    BEFORE = "before"
    AFTER = "after"
    LOST = "reply lost"
    TORN = "torn"


class Effect(Protocol):
    """`cast` does it without hearing what became of it, `lost` is what its sender gets instead then."""

    def __call__(
        self,
        name: str,
        do: Callable[[], Any],
        *,
        cast: Callable[[], None] | None = None,
        tear: Callable[[], None] | None = None,
        lost: Exception | None = None,
    ) -> Any: ...


class Effects:
    """Counts them, over all controllers. `fates` is by count, from 1; `names` is what they were.

    What has `ignored` in its name is not counted. After the `most`-th it is taken to have no end.
    """

    def __init__(
        self, hub: Hub, fates: Mapping[int, Fate] | None = None, ignored: str = "", most: int = 1_000_000
    ) -> None:
        self.fates = dict(fates or {})
        self._ignored, self._most = ignored, most
        self.names: list[str] = []
        self._hub = hub

    def __call__(
        self,
        name: str,
        do: Callable[[], Any],
        *,
        cast: Callable[[], None] | None = None,
        tear: Callable[[], None] | None = None,
        lost: Exception | None = None,
    ) -> Any:
        process = self._hub.process
        if process is None or process.dead:
            raise Crash
        if self._ignored and self._ignored in name:
            return do()
        self.names.append(name)
        assert len(self.names) < self._most, "it does not come to an end"
        match self.fates.get(len(self.names)):
            case None:
                return do()
            case Fate.LOST:
                (cast or do)()
                raise lost or OSError(errno.EIO, "Input/output error")
            case Fate.AFTER:
                (cast or do)()
            case Fate.TORN:
                (tear or cast or do)()
        process.die()
        raise Crash
