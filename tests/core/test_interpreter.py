"""Which Python the word `python` means."""

from __future__ import annotations

import pytest

from sweeper.core.interpreter import (
    InterpreterKind,
    PythonEnvironment,
    active_prefixes,
    classify,
    prefers_own,
)

VENV = PythonEnvironment("/home/u/project/.venv", InterpreterKind.VENV)
OTHER = PythonEnvironment("/home/u/other/.venv", InterpreterKind.VENV)
TOOL = PythonEnvironment("/home/u/.local/share/uv/tools/cvsweep", InterpreterKind.TOOL)
BASE = PythonEnvironment("/home/u/miniconda3", InterpreterKind.CONDA_BASE)
ML = PythonEnvironment("/home/u/miniconda3/envs/ml", InterpreterKind.CONDA)
SYSTEM = PythonEnvironment("/usr", InterpreterKind.SYSTEM)


@pytest.mark.parametrize(
    ("own", "active", "want"),
    [
        (VENV, [], True),
        (VENV, [VENV], True),
        (VENV, [BASE], True),
        (VENV, [VENV, BASE], True),
        (VENV, [OTHER], False),
        (VENV, [OTHER, BASE], False),
        (VENV, [ML], False),
        (VENV, [VENV, ML], False),
        (ML, [BASE], True),
        (ML, [ML], True),
        (BASE, [BASE], True),
        (BASE, [], True),
        (BASE, [ML], False),
        (BASE, [VENV, BASE], False),
        (SYSTEM, [], True),
        (SYSTEM, [BASE], False),
        (SYSTEM, [VENV], False),
        (TOOL, [], False),
        (TOOL, [BASE], False),
        (TOOL, [VENV], False),
        (TOOL, [TOOL], False),
    ],
)
def test_our_environment_yields_to_what_the_user_has_activated(
    own: PythonEnvironment, active: list[PythonEnvironment], want: bool
) -> None:
    """Any active environment wins except conda's base; a tool's private environment is never used."""
    assert prefers_own(own, active) is want


@pytest.mark.parametrize(
    ("prefix", "markers", "name", "want"),
    [
        ("/usr", set(), "", InterpreterKind.SYSTEM),
        ("/p/.venv", {"pyvenv.cfg"}, "", InterpreterKind.VENV),
        ("/p/.venv", {"pyvenv.cfg", "envs"}, "", InterpreterKind.VENV),
        ("/opt/tools/x", {"pyvenv.cfg", "pipx_metadata.json"}, "", InterpreterKind.TOOL),
        ("/opt/tools/x", {"pyvenv.cfg", "uv-receipt.toml"}, "", InterpreterKind.TOOL),
        ("/h/.local/share/pipx/venvs/cvsweep", {"pyvenv.cfg"}, "", InterpreterKind.TOOL),
        ("/h/.local/share/uv/tools/cvsweep", {"pyvenv.cfg"}, "", InterpreterKind.TOOL),
        ("/h/.cache/uv/archive-v0/Ab3", {"pyvenv.cfg"}, "", InterpreterKind.TOOL),
        ("/h/.local/pipx/.cache/5f3e", {"pyvenv.cfg"}, "", InterpreterKind.TOOL),
        ("/h/src/uv/toolshed/.venv", {"pyvenv.cfg"}, "", InterpreterKind.VENV),
        ("/conda", set(), "base", InterpreterKind.CONDA_BASE),
        ("/conda", {"conda-meta/history", "condabin"}, "", InterpreterKind.CONDA_BASE),
        ("/conda", {"conda-meta/history", "envs"}, "", InterpreterKind.CONDA_BASE),
        ("/conda", {"conda-meta/history", "envs"}, "/conda", InterpreterKind.CONDA_BASE),
        ("/conda/envs/ml", {"conda-meta/history"}, "", InterpreterKind.CONDA),
        ("/conda/envs/ml", {"conda-meta/history", "condabin"}, "ml", InterpreterKind.CONDA),
        ("/p/env", {"conda-meta/history"}, "/p/env", InterpreterKind.CONDA),
    ],
)
def test_an_environment_is_known_by_its_files(
    prefix: str, markers: set[str], name: str, want: InterpreterKind
) -> None:
    """What an environment is follows from its marker files, its folder and conda's name for it."""
    assert classify(prefix, markers, name) == PythonEnvironment(prefix, want)


@pytest.mark.parametrize(
    ("environ", "want"),
    [
        ({}, []),
        ({"VIRTUAL_ENV": "", "CONDA_PREFIX": ""}, []),
        ({"VIRTUAL_ENV": "/v"}, [("/v", "")]),
        ({"CONDA_PREFIX": "/c", "CONDA_DEFAULT_ENV": "base"}, [("/c", "base")]),
        ({"VIRTUAL_ENV": "/v", "CONDA_PREFIX": "/c"}, [("/v", ""), ("/c", "")]),
        ({"CONDA_DEFAULT_ENV": "base"}, []),
    ],
)
def test_active_environments_are_those_that_the_shell_names(
    environ: dict[str, str], want: list[tuple[str, str]]
) -> None:
    """A variable that is empty names no environment, and conda's name belongs to conda's folder alone."""
    assert active_prefixes(environ) == want
