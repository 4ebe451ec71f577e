"""The environment variables that a local trial starts with."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from sweeper.clusters.local.ports import without_port
from sweeper.core.interpreter import MARKERS, PythonEnvironment, active_prefixes, classify, prefers_own


def trial_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what a trial inherits from `environ`: all but the variables of a surrounding trial.

    In its PATH, `python` is the interpreter that the trial must use; core/interpreter.py has the rule.
    """
    own = without_port(environ)
    environment = {name: value for name, value in own.items() if not name.startswith("CVSWEEP_")}
    path = environment.get("PATH", os.defpath)
    active = [_look_at(prefix, name) for prefix, name in active_prefixes(environment)]
    if prefers_own(_look_at(sys.prefix), active):
        path = f"{os.path.dirname(sys.executable)}{os.pathsep}{path}"
    return environment | {"PATH": path}


def _look_at(prefix: str, name: str = "") -> PythonEnvironment:
    prefix = os.path.realpath(prefix)
    markers = {marker for marker in MARKERS if os.path.exists(os.path.join(prefix, marker))}
    return classify(prefix, markers, name)
