"""Which Python the word `python` means in a local trial: that of cvsweep's environment, or what PATH says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum

from sweeper.core.patterns import lazy

MARKERS = ("pyvenv.cfg", "pipx_metadata.json", "uv-receipt.toml", "conda-meta/history", "condabin", "envs")
"""Files and folders that tell the kinds of environments apart, relative to the environment's folder."""

_OF_A_TOOL = lazy(r"/(uv/tools|uv/archive-v\d+|pipx/venvs|pipx/\.cache|\.cache/pipx)/")


class InterpreterKind(StrEnum):
    """What an environment is. A TOOL environment is made by pipx or uv for one command alone."""

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
        name: what CONDA_DEFAULT_ENV calls it, if conda activated it. An environment that was
            activated by its path has that path for a name.
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
    """Whether `python` is that of the environment that cvsweep is installed in.

    Args:
        own: the environment that cvsweep is installed in.
        active: the environments that the user's shell has activated.

    Returns:
        False if PATH is not to be changed: another environment is active (conda's base, which
        conda activates in every shell by itself, counts only against a Python without an
        environment), or ours is the private environment of a tool.
    """
    others = [one for one in active if one.prefix != own.prefix]
    if any(one.kind is not InterpreterKind.CONDA_BASE for one in others):
        return False
    if own.kind is InterpreterKind.TOOL:
        return False
    return not others or own.kind is not InterpreterKind.SYSTEM


def active_prefixes(environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """The folders of the active environments by the shell's variables, and what conda calls each."""
    venv, conda = environ.get("VIRTUAL_ENV", ""), environ.get("CONDA_PREFIX", "")
    named = [(venv, ""), (conda, environ.get("CONDA_DEFAULT_ENV", ""))]
    return [(prefix, name) for prefix, name in named if prefix]
