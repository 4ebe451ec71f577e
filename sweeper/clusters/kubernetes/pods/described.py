"""Formats a pod, its events and the quotas as text, for an administrator. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sweeper.clusters.kubernetes.raw import Json, Raw, containers, line, node, part, parts, phase, text
from sweeper.core.secrets import MASK, is_secret_variable

_NOISE = ("managedFields",)
_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def described(pod: Raw) -> Iterator[str]:
    """Yield lines like the first ones of `kubectl describe`: phase, node, conditions, containers."""
    metadata, status = part(pod, "metadata"), part(pod, "status")
    yield f"{text(metadata, 'name')}, uid {text(metadata, 'uid')}"
    yield f"phase {phase(pod)}, {f'on {node(pod)}' if node(pod) else 'on no node'}"
    for key in ("creationTimestamp", "deletionTimestamp"):
        if text(metadata, key):
            yield f"{key} {text(metadata, key)}"
    if text(status, "reason") or line(status, "message"):
        yield f"{text(status, 'reason')}: {line(status, 'message')}"
    for one in parts(status, "conditions"):
        why = ": ".join(filter(None, (text(one, "reason"), line(one, "message"))))
        yield f"condition {text(one, 'type')} is {text(one, 'status')}{f' ({why})' if why else ''}"
    for one in containers(pod):
        yield f"container {text(one, 'name')}: {_state(part(one, 'state'))}"


def events(found: Iterable[Raw]) -> list[str]:
    """Return a line for each event, the oldest first."""
    dated = sorted(((_at(one), one) for one in found), key=lambda pair: pair[0])
    return [
        f"{at} {text(one, 'type')} {text(one, 'reason')} x{one.get('count') or 1}: {line(one, 'message')}"
        for at, one in dated
    ]


def quotas(found: Iterable[Raw]) -> Iterator[str]:
    """Yield a line for each quota: what it allows, and how much of that is used."""
    for one in found:
        status = part(one, "status")
        hard, used = part(status, "hard"), part(status, "used")
        yield f"{text(part(one, 'metadata'), 'name')}: " + ", ".join(
            f"{used.get(key, '?')} of {limit} {key}" for key, limit in hard.items()
        )


def masked_pod(pod: Raw) -> Json:
    """Return the pod with secrets masked, and without `managedFields`.

    Secrets are the values of environment variables whose names indicate a secret, and the annotation in which
    kubectl stores the last configuration.
    """
    found: Json = _masked(pod)
    metadata = {key: value for key, value in part(found, "metadata").items() if key not in _NOISE}
    if _APPLIED in part(metadata, "annotations"):
        metadata["annotations"] = {**metadata["annotations"], _APPLIED: MASK}
    return found | {"metadata": metadata}


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        secret = isinstance(value.get("name"), str) and is_secret_variable(value["name"])
        return {
            key: MASK if secret and key == "value" and inner else _masked(inner)
            for key, inner in value.items()
        }
    return [_masked(inner) for inner in value] if isinstance(value, list) else value


def _state(state: Raw) -> str:
    for kind in ("running", "terminated", "waiting"):
        if isinstance(state.get(kind), dict):
            facts = ", ".join(
                f"{key} {value}" for key, value in state[kind].items() if value not in (None, "")
            )
            return f"{kind} ({' '.join(facts.split())})" if facts else kind
    return "not known"


def _at(event: Raw) -> str:
    stamps = (text(event, key) for key in ("lastTimestamp", "eventTime", "firstTimestamp"))
    return next(filter(None, stamps), "?")
