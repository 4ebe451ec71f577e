"""Decides which Python a local trial's `python` is: that of cvsweep's environment, or the first on PATH."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum

from sweeper.core.patterns import lazy

MARKERS = ("pyvenv.cfg", "pipx_metadata.json", "uv-receipt.toml", "conda-meta/history", "condabin", "envs")
"""Files and folders that show the kind of an environment, relative to the environment's folder."""

_OF_A_TOOL = lazy(r"/(uv/tools|uv/archive-v\d+|pipx/venvs|pipx/\.cache|\.cache/pipx)/")


class InterpreterKind(StrEnum):
    """The kind of an environment. pipx or uv makes a TOOL environment for one command alone."""

    SYSTEM = "system"
    VENV = "venv"
    TOOL = "tool"
    CONDA = "conda"
    CONDA_BASE = "conda base"


@dataclass(frozen=True, slots=True)
class PythonEnvironment:
    """A Python environment; `prefix` is its folder, without symbolic links."""

    prefix: str
    kind: InterpreterKind


def classify(prefix: str, markers: Set[str], name: str = "") -> PythonEnvironment:
    """Return the environment in `prefix`, with its kind.

    Args:
        prefix: its folder, without symbolic links.
        markers: those of MARKERS that exist in it.
        name: its name in CONDA_DEFAULT_ENV, if conda activated it. The name of an environment that was
            activated by its path is that path.
    """
    return PythonEnvironment(prefix, _kind(prefix, markers, name))


def _kind(prefix: str, markers: Set[str], name: str) -> InterpreterKind:
    if markers & {"pipx_metadata.json", "uv-receipt.toml"} or _OF_A_TOOL.search(f"{prefix}/"):
        return InterpreterKind.TOOL
    if name and "/" not in name:
        return InterpreterKind.CONDA_BASE if name == "base" else InterpreterKind.CONDA
    if "conda-meta/history" in markers:
        return InterpreterKind.CONDA_BASE if markers & {"condabin", "envs"} else InterpreterKind.CONDA
    return InterpreterKind.VENV if "pyvenv.cfg" in markers else InterpreterKind.SYSTEM


def prefers_own(own: PythonEnvironment, active: Sequence[PythonEnvironment]) -> bool:
    """Whether `python` should be the one of the environment in which cvsweep is installed.

    Args:
        own: the environment in which cvsweep is installed.
        active: the environments that the user's shell has activated.

    Returns:
        False if PATH must not change: another environment is active, or `own` is the private
        environment of a tool. An active conda base environment counts only if `own` is a system
        Python, since conda activates its base in every shell by itself.
    """
    others = [one for one in active if one.prefix != own.prefix]
    if any(one.kind is not InterpreterKind.CONDA_BASE for one in others):
        return False
    if own.kind is InterpreterKind.TOOL:
        return False
    return not others or own.kind is not InterpreterKind.SYSTEM


def active_prefixes(environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the folder and the conda name, if any, of each environment that the shell has activated."""
    venv, conda = environ.get("VIRTUAL_ENV", ""), environ.get("CONDA_PREFIX", "")
    named = [(venv, ""), (conda, environ.get("CONDA_DEFAULT_ENV", ""))]
    return [(prefix, name) for prefix, name in named if prefix]
