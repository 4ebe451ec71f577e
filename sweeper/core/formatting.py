"""Formats counts, durations, commands and lists as text, and escapes control characters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sweeper.core.patterns import lazy

ORDER = ("queued", "running", "waiting", "completed", "failed", "cancelled")
"""The states of a trial, in the order in which they are shown."""

_LONGEST_NAME = 60
_LAST_PART = lazy(r"[./\s]")
_COLOUR = lazy(r"\x1b\[[0-9;]*m")
# The line ends that core/command.py puts between commands; any other line end is part of a value.
_BETWEEN_COMMANDS = lazy(r"\n(?:exec |(?=export |unset ))")


def escape(text: str) -> str:
    """Return the text without colour codes, with tabs expanded and other control characters escaped."""
    plain = _COLOUR.sub("", text).expandtabs()
    if plain.isprintable():
        return plain
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in plain)


def clipped(text: str, most: int) -> str:
    """Return the text on one line with control characters escaped, cut to at most `most` characters."""
    clean = escape(text)
    return clean if len(clean) <= most else f"{clean[: most - 1]}…"


def listed(names: Iterable[str], most: int = 12) -> str:
    """Return names as part of a sentence, as in `a, b and 997 more`; very long names are cut."""
    shown = [clipped(name, _LONGEST_NAME) for name in names]
    more = len(shown) - most
    return ", ".join(shown) if more <= 0 else f"{', '.join(shown[:most])} and {more} more"


def last_lines(log: str, most: int) -> list[str]:
    """Return the last non-empty lines of a log as a terminal shows them: a progress bar in its last state."""
    lines = (line.rstrip("\r").rsplit("\r", 1)[-1].rstrip() for line in log.split("\n"))
    return [escape(line) for line in lines if line][-most:]


def one_line(command: str) -> str:
    """Return a trial's shell text on one line, without what only the shell needs (`exec`)."""
    return escape(_BETWEEN_COMMANDS.sub("; ", command).removeprefix("exec "))


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most similar to `name`; None if no name is similar.

    Case does not matter, nor whether parts are joined by `-` or `_`.
    """
    from difflib import get_close_matches  # slow to import, and needed only after a typing error

    there: dict[str, str] = {}
    for one in known:
        there.setdefault(_plain(one), one)
    wanted = _plain(name)
    found = [wanted] if wanted in there else get_close_matches(wanted, there, n=1)
    return there[found[0]] if found else None


def _plain(name: str) -> str:
    return name.casefold().replace("-", "_")


def ending_in(name: str, known: Iterable[str]) -> list[str]:
    """Return the known names whose last part is `name`: `acc` is that of `val/acc` and `test acc`."""
    wanted = _plain(name)
    return [one for one in known if _LAST_PART.split(_plain(one))[-1] == wanted]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the most similar known name, as the end of a sentence; empty if no name is similar."""
    close = nearest(name, known)
    return "" if close is None else f" (did you mean {close}?)"


def meant(name: str, known: Sequence[str], most: int = 3) -> list[str]:
    """Return the known names that `name` may stand for: the last `most` of those that begin with it.

    If no name begins with it, those that contain it; if none does, the most similar one.
    """
    part = _plain(name)
    for fits in (str.startswith, str.__contains__):
        found = [one for one in known if part and fits(_plain(one), part)]
        if found:
            return found[-most:]
    near = nearest(name, known)
    return [near] if near else []


def counted(counts: Mapping[Any, int]) -> str:
    """Return the number of trials, in total and by state, on one line; states without trials are left out."""
    parts = [f"{counts[name]} {name}" for name in ORDER if counts.get(name)]
    total = sum(counts.values())
    return f"{total} trial{'' if total == 1 else 's'}" + (f": {', '.join(parts)}" if parts else "")


def indexes(numbers: Iterable[int], most: int = 12) -> str:
    """Return trial indexes as text: `trial 3`, or `trials 3, 5-8`; a long list is cut."""
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    parts = [str(a) if a == b else f"{a}{', ' if b == a + 1 else '-'}{b}" for a, b in spans]
    many = len(spans) > 1 or any(a != b for a, b in spans)
    return f"trial{'s' if many else ''} {', '.join(parts[:most])}{', …' if len(parts) > most else ''}"


def duration(seconds: float) -> str:
    """Return a duration with its largest one or two units: `4.2s`, `41s`, `2m05s`, `1h02m`, `3d04h`."""
    if seconds < 10:
        return f"{max(0.0, seconds):.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    if whole < 86400:
        return f"{whole // 3600}h{whole % 3600 // 60:02d}m"
    return f"{whole // 86400}d{whole % 86400 // 3600:02d}h"
