"""Environment variables that decide what a trial runs (virtualenv, PYTHONPATH): stored with the sweep."""

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
"""The key of the absolute path of `python`; the path is empty if there is no `python`."""


def kept(environment: Mapping[str, str], python: str | None) -> dict[str, str]:
    """Return what a new sweep stores of its environment; `python` is an absolute path."""
    present = {name: environment[name] for name in KEPT if environment.get(name)}
    return {PYTHON: python or "", **present}


def restored(environment: Mapping[str, str], former: Mapping[str, str], python: str | None) -> dict[str, str]:
    """Return `environment` with the stored variables put back.

    If the stored `python` is another one than now, its folder is put first in PATH.

    Args:
        environment: the current environment.
        former: what the sweep stores. It is empty for an old sweep; then nothing changes.
        python: the current path of `python`.
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
    """Return the stored variables after the folder `old` was moved to `new`.

    Paths in `old`, also in lists separated by colons, are replaced if they exist in `new`.
    """
    return {
        name: ":".join(_moved(path, old, new, exists) for path in value.split(":"))
        for name, value in former.items()
    }


def _moved(path: str, old: str, new: str, exists: Callable[[str], bool]) -> str:
    inside = path == old or path.startswith(f"{old}/")
    there = f"{new}{path[len(old) :]}"
    return there if inside and exists(there) else path


def differences(former: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return how the current variables differ from the stored ones, as in `VIRTUAL_ENV is /b, was /a`."""
    if not former:
        return []
    return [
        f"{name} is {now.get(name) or 'not set'}, was {former.get(name) or 'not set'}"
        for name in (PYTHON, *KEPT)
        if (now.get(name) or "") != (former.get(name) or "")
    ]
