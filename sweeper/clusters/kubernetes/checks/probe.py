"""Checks the shared path from both sides: a small pod reads our file there and writes one that we read."""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
import time
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path

from sweeper.clusters.check import Check, Level
from sweeper.clusters.kubernetes.api_errors import AlreadyExists, Conflict, NotFound, QuotaExceeded
from sweeper.clusters.kubernetes.pods import identity, manifest, path_mapping
from sweeper.clusters.kubernetes.pods.elsewhere import OtherNodes
from sweeper.clusters.kubernetes.pods.identity import SweepLabel
from sweeper.clusters.kubernetes.pods.sightings import Seen, observe, sighting
from sweeper.clusters.kubernetes.pods.waiting import UNREADABLE, Timeouts, last_event_message, needs_events
from sweeper.clusters.kubernetes.raw import Json
from sweeper.clusters.kubernetes.refusals import explain
from sweeper.clusters.kubernetes.server.api import Api, ApiError, Unreachable
from sweeper.clusters.kubernetes.server.retries import retried
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.model import Attempt, Cause, Phase, Sighting

FOLDER = ".probe-"
"""The prefix of the name of a probe's folder; the rest of the name is a label of the probe's pod."""

_LABEL = "cvsweep/probe"
_SELECTOR = f"app.kubernetes.io/managed-by=cvsweep,{_LABEL}"
_LOOK_EVERY = 0.25
_MOST = 180.0
_LONGEST = 300
"""Seconds after which the pod ends by itself, in case this process has ended by then."""

_SEEN_LATE = 75.0
"""Seconds that a network volume may take to show a file that another machine wrote."""


def probe(
    api: Api,
    settings: KubernetesSettings,
    sweep: SweepLabel,
    root: str,
    report: Callable[[str], None],
    sign: Callable[[str], None],
) -> Check:
    """Run the probe pod in a new folder below `root` and check what the pod wrote there.

    Args:
        api: the API of the cluster.
        settings: the settings of the cluster.
        sweep: the sweep's labels.
        root: the folder of sweeps on this machine; created for the probe if it does not exist.
        report: shows a message to the user.
        sign: marks the probe's folder as ours, so that a later run can find and remove it and its pod.
    """
    made = not os.path.isdir(root)
    folder = Path(root, f"{FOLDER}{secrets.token_hex(4)}")
    try:
        folder.mkdir(parents=True)
        sign(os.fspath(folder))
    except OSError as error:
        return Check(
            "shared path",
            Level.FAILURE,
            f"{folder} cannot be made: {error.strerror}",
            "choose another sweep.root",
        )
    try:
        return _run(api, settings, sweep, folder, report)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if made:
            _remove_empty(Path(root))


def delete_left(api: Api, folders: Collection[str]) -> None:
    """Delete the pods of probes that were killed; `folders` are the folders that they left behind.

    Raises:
        ApiError, Unreachable: not all could be deleted.
    """
    tokens = {os.path.basename(folder).removeprefix(FOLDER) for folder in folders}
    found = retried(partial(api.get, api.pods(), labelSelector=_SELECTOR), seconds=15.0)
    for pod in found.get("items") or ():
        metadata = pod["metadata"]
        if metadata["labels"].get(_LABEL) in tokens and identity.is_original(pod):
            retried(partial(_delete_once, api, metadata["name"], metadata["uid"]), seconds=15.0)


def _delete_once(api: Api, name: str, uid: str) -> None:
    try:
        api.delete(api.pods(name), uid)
    except (NotFound, Conflict):
        return  # it is gone, or another one has its name


def _remove_empty(root: Path) -> None:
    try:
        root.rmdir()
    except OSError:
        return  # it is not empty any more


def _run(
    api: Api, settings: KubernetesSettings, sweep: SweepLabel, folder: Path, report: Callable[[str], None]
) -> Check:
    """Run the probe pod; if its node could not start it, run another one that avoids this node."""
    elsewhere = OtherNodes()
    first = _try(api, settings, sweep, folder, report, elsewhere)
    return _try(api, settings, sweep, folder, report, elsewhere) if elsewhere.avoided else first


def _try(
    api: Api,
    settings: KubernetesSettings,
    sweep: SweepLabel,
    folder: Path,
    report: Callable[[str], None],
    elsewhere: OtherNodes,
) -> Check:
    token = secrets.token_hex(8)
    (folder / "asked").write_text(f"{token}\n", encoding="utf-8")
    there = shlex.quote(path_mapping.in_pod(settings, os.fspath(folder)))
    script = f'cd {there} && read -r token < asked && mkdir made && echo "$token $(id -u)" > made/answer'
    pod = manifest.probe_pod(settings, sweep, script, avoid=elsewhere.avoided)
    pod["metadata"]["name"] = identity.pod_name(
        settings.user or "", sweep.id, f"probe-{secrets.token_hex(2)}"
    )
    pod["metadata"]["labels"][_LABEL] = folder.name.removeprefix(FOLDER)
    pod["spec"]["activeDeadlineSeconds"] = _LONGEST
    try:
        created = retried(lambda: _create(api, identity.Requests().marked(pod)), seconds=30.0)
    except QuotaExceeded as error:
        return Check("shared path", Level.WARNING, f"not looked at: {error.message}")
    except ApiError as error:
        return Check("shared path", Level.FAILURE, explain(error))
    except Unreachable as error:
        return Check("shared path", Level.WARNING, f"not looked at: the server did not answer: {error}")
    try:
        ended = _wait(api, created, settings, report, elsewhere)
        return _judge(folder, token, settings, ended)
    finally:
        _delete(api, created)


def _create(api: Api, pod: Json) -> Json:
    try:
        return api.post(api.pods(), pod)
    except AlreadyExists:
        return api.get(api.pods(pod["metadata"]["name"]))  # our own: the name is random, an answer was lost


def _wait(
    api: Api, pod: Json, settings: KubernetesSettings, report: Callable[[str], None], elsewhere: OtherNodes
) -> Sighting:
    """Observe the pod until it ends, has a cause to be given up for, or takes too long."""
    timeouts = Timeouts(
        grace=settings.grace,
        unschedulable_after=min(60.0, settings.unschedulable_after),
        image_after=min(60.0, settings.image_after),
        config_after=min(20.0, settings.config_after),
        mount_after=min(60.0, settings.mount_after),
        queue_after=10.0,
    )
    path, began = api.pods(pod["metadata"]["name"]), time.monotonic()
    seen: Seen | None = None
    reported = False
    while True:
        now = time.monotonic()
        seen = observe(pod, seen, now)
        event_message = _events(api, pod) if needs_events(seen.waiting, now, timeouts) else ""
        found = sighting(Attempt(0, 0), pod, seen, now, timeouts, event_message=event_message)
        found = elsewhere.judge(found, pod, seen.waiting, now, timeouts)
        if found.phase is Phase.ENDED or found.cause or now - began > _MOST:
            return found
        if not reported and now - began > 3.0:
            reported = True
            report("looking at the shared path with a small pod; cluster.probe=false skips this")
        time.sleep(_LOOK_EVERY)
        pod = retried(partial(api.get, path), seconds=30.0)


def _events(api: Api, pod: Json) -> str:
    try:
        uid = pod["metadata"]["uid"]
        return last_event_message(
            api.get(api.path("events"), fieldSelector=f"involvedObject.uid={uid}")["items"]
        )
    except (ApiError, Unreachable) as error:
        return f"{UNREADABLE}: {error}"


def _judge(folder: Path, token: str, settings: KubernetesSettings, ended: Sighting) -> Check:
    name, failure = "shared path", Level.FAILURE
    if ended.phase is Phase.RUNNING:
        return Check(name, Level.WARNING, f"the probe pod still runs on {ended.node} after {_MOST:.0f} s")
    if ended.phase is not Phase.ENDED:
        preparing = f"node {ended.node} is still preparing it" if ended.node else "no node has taken it"
        why = ended.message or preparing
        level = failure if ended.cause and ended.cause is not Cause.UNSCHEDULABLE else Level.WARNING
        return Check(name, level, f"the probe pod does not start: {why}")
    answer = _answer(folder / "made" / "answer")
    if answer is None:
        message = f"a pod could not read and write {folder.parent} as user {settings.uid}: {ended.message}"
        return Check(name, failure, message, "see cluster.volumes, cluster.uid and the folder's rights")
    if answer != f"{token} {settings.uid}":
        message = f"the pod ran as user {answer.rpartition(' ')[2]}, not {settings.uid}, or read another file"
        return Check(name, failure, message, "see cluster.uid and how the image becomes that user")
    return Check(name, Level.OK, f"pods read and write {folder.parent} as user {settings.uid}")


def _answer(path: Path) -> str | None:
    """Return the pod's answer; None if there is none. A network volume may show it late."""
    deadline = time.monotonic() + _SEEN_LATE
    while time.monotonic() < deadline:
        # The folder is looked up in a listing, since network volumes cache that a name does not exist.
        if path.parent.name in os.listdir(path.parent.parent):
            try:
                return path.read_text(encoding="utf-8").strip()
            except OSError:
                pass
        elif time.monotonic() > deadline - _SEEN_LATE + 5.0:
            return None
        time.sleep(_LOOK_EVERY)
    return None


def _delete(api: Api, pod: Json) -> None:
    try:
        retried(lambda: api.delete(api.pods(pod["metadata"]["name"]), pod["metadata"]["uid"]), seconds=30.0)
    except (ApiError, Unreachable):
        return  # it is small, holds no GPU and ends by itself
