"""Environment variables that decide what a trial runs (virtualenv, PYTHONPATH): kept with the sweep."""

from __future__ import annotations

from collections.abc import Callable, Mapping

KEPT = (
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "CONDA_DEFAULT_ENV",
    "PYTHONHOME",
    "PYTHONPATH",
    "LD_LIBRARY_PATH",
)
"""Variables that decide which modules and libraries a program loads."""

PYTHON = "python"
"""The key of the program that `python` means; empty if there is none."""


def kept(environment: Mapping[str, str], python: str | None) -> dict[str, str]:
    """What is kept of the environment in which a sweep is made; `python` is an absolute path."""
    present = {name: environment[name] for name in KEPT if environment.get(name)}
    return {PYTHON: python or "", **present}


def restored(environment: Mapping[str, str], former: Mapping[str, str], python: str | None) -> dict[str, str]:
    """The environment as it was for what is kept, and as it is now for all else.

    `python` is what `python` means now. An empty `former` changes nothing: the sweep is an old one.
    """
    if not former:
        return dict(environment)
    others = {name: value for name, value in environment.items() if name not in KEPT}
    found = others | {name: former[name] for name in KEPT if name in former}
    wanted = former.get(PYTHON, "")
    if wanted and wanted != python:
        found["PATH"] = ":".join(filter(None, [wanted.rpartition("/")[0], environment.get("PATH")]))
    return found


def moved(former: Mapping[str, str], old: str, new: str, exists: Callable[[str], bool]) -> dict[str, str]:
    """What is kept, after the folder `old` has become `new`: each path in it that is there now names it."""
    return {
        name: ":".join(_moved(path, old, new, exists) for path in value.split(":"))
        for name, value in former.items()
    }


def _moved(path: str, old: str, new: str, exists: Callable[[str], bool]) -> str:
    inside = path == old or path.startswith(f"{old}/")
    there = f"{new}{path[len(old) :]}"
    return there if inside and exists(there) else path


def differences(former: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """How what is kept differs from what would be now, as text: `VIRTUAL_ENV is /b, was /a`."""
    if not former:
        return []
    return [
        f"{name} is {now.get(name) or 'not set'}, was {former.get(name) or 'not set'}"
        for name in (PYTHON, *KEPT)
        if (now.get(name) or "") != (former.get(name) or "")
    ]
