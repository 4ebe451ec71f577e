"""cvsweep itself, and what it cost: python -m tests.bench.pods_controller REPORT [--trace] WORD…

Runs `cvsweep WORD…` in this process and writes what it sent to the API server, its CPU time and its
peak memory; with --trace also when it did what (pods_legs.py reads that), which costs it some.
"""

from __future__ import annotations

import functools
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sweeper.cli.main import main as cvsweep
from sweeper.clusters.kubernetes.events import ItemChanged
from sweeper.clusters.kubernetes.server import api as door
from sweeper.clusters.kubernetes.server.inbox import Inbox
from sweeper.engine import Engine
from sweeper.store.folder import SweepWriter
from sweeper.store.journal import Writer

_made: list[door.Api] = []
_trace: list[tuple[Any, ...]] = []


def main() -> int:
    report, words = Path(sys.argv[1]), sys.argv[2:]
    _remember_doors()
    if words[:1] == ["--trace"]:
        words = words[1:]
        _trace_all()
    sys.argv = ["cvsweep", *words]
    code = 1
    try:
        code = cvsweep()
    finally:
        used = resource.getrusage(resource.RUSAGE_SELF)
        # The first door is the preflight's, the last the backend's.
        sent = [dict(one.sent) for one in _made]
        cost = {"cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss * 1024}
        report.write_text(json.dumps({"sent": sent, **cost, "trace": _trace}))
    return code


def _remember_doors() -> None:
    first = door.Api.__init__

    @functools.wraps(first)
    def made(self: door.Api, *words: Any, **more: Any) -> None:
        first(self, *words, **more)
        _made.append(self)

    door.Api.__init__ = made  # type: ignore[method-assign]


def _trace_all() -> None:
    _time(Writer, "_write", lambda self, data, **more: more["sync"])
    _time(SweepWriter, "prepare", lambda self, trial, attempt: attempt.trial)
    _time(Engine, "turn", lambda *words: None)
    _time(door.Api, "_once", lambda self, method, path, *more: [method, path.rpartition("/")[2], _name(more)])
    put = Inbox.put

    def heard(self: Any, message: Any, **more: Any) -> None:
        if isinstance(message, ItemChanged):
            _trace.append(("heard", time.time(), message.kind, message.event, _reported(message.item)))
        put(self, message, **more)

    Inbox.put = heard  # type: ignore[method-assign]


def _time(owner: type, name: str, about: Callable[..., Any]) -> None:
    original = getattr(owner, name)

    @functools.wraps(original)
    def timed(*words: Any, **more: Any) -> Any:
        began = time.time()
        try:
            return original(*words, **more)
        finally:
            _trace.append((name.strip("_"), began, time.time(), about(*words, **more)))

    setattr(owner, name, timed)


def _name(more: tuple[Any, ...]) -> str | None:
    body = more[0] if more else None
    return body["metadata"].get("name") if body and "metadata" in body else None


def _reported(item: dict[str, Any]) -> Any:
    status = item.get("status", {})
    return status["used"] if "used" in status else [item["metadata"]["name"], status.get("phase")]


if __name__ == "__main__":
    sys.exit(main())
