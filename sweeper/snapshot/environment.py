"""environment.txt: the interpreter and the packages with which trials run, and later changes of these."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from sweeper.core.paths import SweepPaths
from sweeper.core.patterns import lazy
from sweeper.files import atomic
from sweeper.files.regular import read_limited
from sweeper.snapshot.interpreter import Interpreter

_MOST = 4_000_000
_NAMED = 5
_LINE = lazy(r"^([^#\s][^=\s]*)==(\S+)")
_VERSION = "# version: "


def write(paths: SweepPaths, found: Interpreter | None, kept: Mapping[str, str], problem: str = "") -> None:
    """Write environment.txt.

    Args:
        paths: the paths of the sweep.
        found: the interpreter, if it could be asked.
        kept: further facts by name.
        problem: why the packages are not known; empty if they are.
    """
    lines = ["# What the trials run with, as it was when the sweep was made."]
    lines += [f"# {name}: {value}" for name, value in kept.items() if value]
    if found:
        lines += [
            f"# interpreter: {found.executable}",
            f"{_VERSION}{found.implementation} {found.version}",
            f"# platform: {found.platform}",
        ]
        lines += [_line(*package) for package in found.packages]
    if problem:
        lines.append(f"# packages: not known, {problem}")
    _replace(paths, "\n".join(lines) + "\n")


def changes(paths: SweepPaths, found: Interpreter) -> list[str]:
    """Return the differences of the interpreter and its packages from environment.txt.

    The result is empty if environment.txt does not have them.
    """
    text = _read(paths)
    before = dict(_packages(text))
    version = next((line[len(_VERSION) :] for line in text.splitlines() if line.startswith(_VERSION)), "")
    if not version:
        return []
    now = {name: number for name, number, _ in found.packages}
    this = f"{found.implementation} {found.version}"
    lines = [f"{version} → {this}"] if this != version else []
    for name in sorted({*before, *now}, key=str.lower):
        old, new = before.get(name), now.get(name)
        if old != new:
            lines.append(f"{name} {old or 'not installed'} → {new or 'not installed'}")
    return lines


def append_comment(paths: SweepPaths, lines: list[str]) -> None:
    """Add a comment with these changes and the time, unless the last such comment has the same changes."""
    text = _read(paths)
    comment = f"resumed with: {'; '.join(lines)}"
    last = next((line for line in reversed(text.splitlines()) if "resumed with: " in line), "")
    if not last.endswith(comment):
        at = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
        _replace(paths, f"{text}# {at}, {comment}\n")


def summary(lines: list[str]) -> str:
    """Return the first changes and the number of the others as text."""
    more = f" and {len(lines) - _NAMED} more" if len(lines) > _NAMED else ""
    return f"{', '.join(lines[:_NAMED])}{more}"


def _line(name: str, version: str, place: str | None) -> str:
    return f"{name}=={version}" + (f"  # editable: {place}" if place else "")


def _packages(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        found = _LINE.match(line)
        if found:
            yield found[1], found[2]


def _read(paths: SweepPaths) -> str:
    return (read_limited(paths.environment, _MOST) or b"").decode(errors="replace")


def _replace(paths: SweepPaths, text: str) -> None:
    with atomic.storage(f"writing {paths.environment}"):
        atomic.write(paths.environment, text.encode(errors="backslashreplace"), sync=False)
