"""Runs the checks of preflight.py and then the probe, before the first pod of a sweep."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator

from sweeper.clusters.base import SweepContext
from sweeper.clusters.check import Check, Level
from sweeper.clusters.kubernetes.checks import preflight
from sweeper.clusters.kubernetes.checks.probe import FOLDER, delete_left, probe
from sweeper.clusters.kubernetes.opening import label_of
from sweeper.clusters.kubernetes.server.api import Api, ApiError, Unreachable
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.errors import BackendError
from sweeper.core.patterns import lazy

_PROBES = lazy(rf"{re.escape(FOLDER)}[0-9a-f]{{8}}")
"""The names of folders in which a pod looks whether it sees what we see. They lead to their pods."""


def look(settings: KubernetesSettings, sweep: SweepContext, api: Api) -> Iterator[Check]:
    """Look at one thing after another; the pod that looks at the shared path comes last."""
    well = True
    root = os.path.realpath(sweep.root)
    try:
        for check in preflight.checks(api, settings, label_of(sweep), root):
            well = well and check.level is not Level.FAILURE
            yield check
        if well and settings.probe:
            yield _probe(settings, sweep, api, root)
    except (ApiError, Unreachable) as error:
        raise BackendError(str(error)) from error


def _probe(settings: KubernetesSettings, sweep: SweepContext, api: Api, root: str) -> Check:
    tidy(sweep, api)
    try:
        return probe(api, settings, label_of(sweep), root, sweep.say, sweep.sign)
    except (ApiError, Unreachable) as error:
        return Check("shared path", Level.WARNING, f"not looked at: {error}")


def tidy(sweep: SweepContext, api: Api) -> None:
    """Remove what probes of ours have left that were killed: the pod first, to which the folder leads."""
    left = sweep.left(_PROBES)
    if not left:
        return
    try:
        delete_left(api, left)
    except (ApiError, Unreachable) as error:
        sweep.warn(f"the pod of a run that was killed is not deleted yet: {error}")
    else:
        for folder in left:
            shutil.rmtree(folder, ignore_errors=True)
