"""Reads a `cluster.pod_template` that is a pod or the path of a pod file; adapts other settings to it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sweeper.clusters.kubernetes.pods import podfile
from sweeper.clusters.kubernetes.pods.template import TRIAL
from sweeper.clusters.kubernetes.raw import part, parts
from sweeper.core.errors import UsageError
from sweeper.core.yaml_mistakes import yaml_mistake
from sweeper.files.own_paths import expanded
from sweeper.files.regular import read_file

_KEY = "cluster.pod_template"
_MOST = 1_000_000
_DATE, _INTEGER = "tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:int"
_SHELL = ["sh", "-c", "{command}"]


def with_pod_file(section: Mapping[str, Any], project: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the settings of a cluster with the pod as their template, and messages about it.

    If the template is not a pod, only `image` changes: an image in the template replaces it.

    Args:
        section: the settings as a user wrote them.
        project: the folder in which a relative path is looked up, before the current folder.

    Raises:
        UsageError: the pod file cannot be read, or does not contain exactly one usable pod.
    """
    given, section = section.get("pod_template"), dict(section)
    if given is None:
        section.pop("pod_template", None)  # null cancels the template of another configuration file
    if isinstance(given, str) and given:
        path = _path(given, project)
        found = podfile.read(_documents(path), f"{_KEY}={given}")
    elif isinstance(given, dict) and podfile.is_pod(given):
        found = podfile.read([given], _KEY)
    else:
        return section | _image(given), ()
    section["pod_template"] = found.template
    remarks = list(found.remarks)
    if found.as_user:
        section["run_as"] = True
    if found.as_user and list(section.get("command") or _SHELL) != _SHELL:
        remarks.append(
            f"{_KEY}: its pods do not start as root, as cluster.command may need"
            f" ({section['command'][0]}): the trials are started by sh instead"
        )
        section |= {"command": _SHELL}
    trial = parts(part(found.template, "spec"), "containers")[0]
    section["image"] = section.get("image") or ""
    remarks.extend(_gpus(section, trial))
    return section | _image(found.template), tuple(remarks)


def _image(template: object) -> dict[str, str]:
    """Return the image of the trial's container in a template as a setting; empty if there is none."""
    containers = parts(part(template, "spec"), "containers") if isinstance(template, dict) else []
    images = [one.get("image") for one in containers if one.get("name") == TRIAL]
    return {"image": str(images[0])} if any(images) else {}


def _gpus(section: Mapping[str, Any], trial: Mapping[str, Any]) -> list[str]:
    resource, configured = section.get("gpu_resource", "nvidia.com/gpu"), section.get("gpus", 1)
    asked = part(part(trial, "resources"), "limits").get(resource)
    if asked is None:
        return [f"{_KEY}: it asks for no {resource}; cluster.gpus={configured} does"] if configured else []
    return (
        []
        if str(asked) == str(configured)
        else [f"{_KEY}: its {asked} {resource} count, not cluster.gpus={configured}"]
    )


def _path(given: str, project: Path) -> Path:
    """Return the path of the pod file; a relative one is looked up in the project and the current folder."""
    path = Path(expanded(_KEY, given))
    places = dict.fromkeys([project / path, Path.cwd() / path])
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise UsageError(f"{_KEY} must hold keys and values, or name a pod file: there is no file {path}")
    return found


def _documents(path: Path) -> list[Any]:
    try:
        text = read_file(os.fspath(path), _MOST).decode()
    except OSError as error:
        raise UsageError(f"{_KEY}: {path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{_KEY}: {path} is not UTF-8; save the file as UTF-8") from error
    try:
        return _json(text) or list(yaml.load_all(text, _loader()))
    except yaml.MarkedYAMLError as error:
        if "{{" in text:
            raise UsageError(f"{_KEY}: {path} is a template: {podfile.RENDER}") from error
        mark, context = error.problem_mark, error.context_mark
        at = mark.line if mark else 0
        line, problem = yaml_mistake(
            text.split("\n"), at, error.problem or str(error), context.line if context else None
        )
        raise UsageError(f"{_KEY}: {path}:{line + 1}: {problem}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UsageError(
            f"{_KEY}: {path} is no YAML that can be read: {' '.join(str(error).split())}"
        ) from error


def _json(text: str) -> list[Any]:
    """Return the object of a JSON file, as YAML refuses tabs as indentation; empty if it is not JSON."""
    if not text.lstrip().startswith("{"):
        return []
    try:
        return [json.loads(text)]
    except ValueError:
        return []  # YAML may begin with a brace, too


@cache
def _loader() -> type[yaml.SafeLoader]:
    """Return a loader that reads YAML as kubectl does: a date and a time of day are texts."""

    class Loader(yaml.SafeLoader):
        pass

    whole = re.compile(r"[-+]?(?:0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+)$")
    given = yaml.SafeLoader.yaml_implicit_resolvers
    Loader.yaml_implicit_resolvers = {
        first: [(tag, whole if tag == _INTEGER else pattern) for tag, pattern in found if tag != _DATE]
        for first, found in given.items()
    }
    return Loader
