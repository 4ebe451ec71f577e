"""What an attempt left that gave no metrics, and the settings that would read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from sweeper.core.errors import StorageError
from sweeper.core.model import Reading
from sweeper.core.paths import LOG
from sweeper.core.settings import ResultsSettings
from sweeper.core.words import clipped, last_lines
from sweeper.results.readers import read_metrics
from sweeper.results.readers.log import PATTERN
from sweeper.store.regular import read_limited

_FILES = 5
_LOG = 64 * 1024
_WIDEST = 60


def overlooked(out: str, settings: ResultsSettings, command: str) -> str:
    """What lies in the folder `out`, if no metrics were found there, and how to read it.

    `command` is the one that reads again, to which settings are added; every suggestion was tried.
    Empty if the volume is in trouble.
    """
    try:
        seen = _seen(read_metrics(out, settings))
        for words, other in _others(settings):
            found = read_metrics(out, other)
            if found.metrics:
                return f"{seen}; {_there(out, other, found)}: {command} {words}"
    except StorageError:
        return ""
    return f"{seen}; nothing in its log looks like name=value; results.reader=none if no metrics are meant"


def _others(settings: ResultsSettings) -> Iterator[tuple[str, ResultsSettings]]:
    """Other settings to try, and the words for them."""
    forget = " results.pattern=null" if settings.pattern else ""
    if settings.reader or settings.pattern:
        yield f"results.reader=null{forget}", replace(settings, reader=None, pattern=None)
    for reader in ("json", "jsonl", "csv"):  # in folders below, too, if they are named
        if settings.reader != reader:
            yield f"results.reader={reader}{forget}", replace(settings, reader=reader, pattern=None)
    if settings.reader != "log" or settings.pattern:
        yield f"results.reader=log{forget}", replace(settings, reader="log", pattern=None)


def _seen(found: Reading) -> str:
    if found.problem:
        return found.problem
    names = [name for name in found.seen if name != LOG]
    if not names:
        return "it left no file in $CVSWEEP_OUT"
    more = ", …" if len(names) > _FILES else ""
    return f"it left {', '.join(names[:_FILES])}{more} in $CVSWEEP_OUT, where no metrics were found"


def _there(out: str, other: ResultsSettings, found: Reading) -> str:
    if other.reader == "log":
        line = _line(out, found)
        return f"its log has lines such as {line!r}, read with" if line else "its log has some, read with"
    return f"there are {clipped(', '.join(found.metrics), _WIDEST)}, read with"


def _line(out: str, found: Reading) -> str:
    """The last line of the log in which one of the metrics stands."""
    raw = read_limited(f"{out}/{LOG}", _LOG, tail=True) or b""
    pattern = re.compile(PATTERN)
    for line in reversed(last_lines(raw.decode(errors="replace"), 1000)):
        match = pattern.search(line)
        if match and match["name"] in found.metrics:
            return clipped(line.strip(), _WIDEST)
    return ""
