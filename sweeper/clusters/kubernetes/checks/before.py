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
"""The names of the probes' folders. The part after the prefix is a label of the probe's pod."""


def look(settings: KubernetesSettings, sweep: SweepContext, api: Api) -> Iterator[Check]:
    """Yield the results of all checks. The probe of the shared path is last, and only if none failed."""
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
    """Remove the pods, then the folders of killed probes; the folder's name is needed to find the pod."""
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
