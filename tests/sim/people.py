"""What other members of the lab do."""

from __future__ import annotations

import copy
import json
import os
from contextlib import suppress

from sweeper.clusters.kubernetes.server.api import ApiError
from sweeper.core.checksum import with_checksum
from sweeper.store.requests import new_request
from tests.sim.server import SLEEP, Json
from tests.sim.world import World

STRANGER = 4711
"""The number of a user whose sweep it is not."""


def intrude(world: World, kind: str) -> None:
    """Put a request for all trials into another user's sweep."""
    request = new_request(kind)
    data = {"kind": kind, "trials": None, "points": [], "completed": True, "results": {}}
    path = f"{world.folder.paths.requests}/{request.id}.json"
    with open(f"{path}.part", "w") as file:
        file.write(json.dumps(with_checksum(data)))
    os.chown(f"{path}.part", STRANGER, -1)
    os.replace(f"{path}.part", path)
    world.strangers.append(request.id)


def ask_for(world: World, pod: Json) -> str:
    """Ask for a pod; its UID, empty if it is refused."""
    with suppress(ApiError):
        return str(world.server.handle("POST", "/namespaces/lab/pods", pod)["metadata"]["uid"])
    return ""


def copy_pod(world: World, pod: Json, how: str) -> None:
    """Copy the YAML of one of our pods, whatever has become of it, to look around.

    The copy has `another` name, that of the `next` attempt or the `same` one, if that is free.
    """
    metadata, spec = pod["metadata"], copy.deepcopy(pod["spec"])
    name, labels = metadata["name"], dict(metadata["labels"])
    match how:
        case "another":
            name += f"-debug-{len(world.copies)}"
        case "next":
            number = int(labels["cvsweep/attempt"]) + 1
            name, labels["cvsweep/attempt"] = f"{name.rpartition('-')[0]}-{number}", str(number)
    spec.pop("nodeName", None)
    spec["containers"][0]["command"] = SLEEP
    made = ask_for(world, {"metadata": {**metadata, "name": name, "labels": labels}, "spec": spec})
    world.copies += [made] if made else []
