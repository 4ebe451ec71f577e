"""Replaces the placeholders `{user}`, `{uid}`, `{gid}`, `{priority}` and, in a command, `{command}`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sweeper.clusters.kubernetes.names import LABEL_VALUE, OBJECT_NAME, is_label_value, is_object_name
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.errors import UsageError
from sweeper.core.patterns import lazy
from sweeper.core.values import render_value

_PLACEHOLDER = lazy(r"\{(user|uid|gid|priority|command)\}")


class Fill:
    """Replaces the placeholders of a text with the values of the settings; other braces are kept."""

    def __init__(self, settings: KubernetesSettings) -> None:
        # A label's value cannot start with a dash.
        priority = f"0{settings.priority}" if settings.priority < 0 else str(settings.priority)
        self._values = {
            "user": settings.user or "",
            "uid": str(settings.uid),
            "gid": str(settings.gid),
            "priority": priority,
        }

    def __call__(self, text: str) -> str:
        return _PLACEHOLDER.sub(lambda found: self._values.get(found[1], found[0]), text)

    def all(self, texts: Mapping[str, Any]) -> dict[str, str]:
        """Return a map with the placeholders of its values replaced."""
        return {key: self(render_value(text)) for key, text in texts.items()}

    def template(self, value: Any) -> Any:
        """Return a template with its placeholders replaced, except in `command` and `args`."""
        if isinstance(value, Mapping):
            return {
                key: inner if key in ("command", "args") else self.template(inner)
                for key, inner in value.items()
            }
        if isinstance(value, list):
            return [self.template(inner) for inner in value]
        return self(value) if isinstance(value, str) else value

    def expanded(self, text: str, **more: str) -> str:
        """Return a text, in which Kubernetes expands `$(NAME)`, with its placeholders replaced.

        The inserted values are escaped, so that Kubernetes does not change them. `more` are placeholders that
        only this text has, with their values.
        """
        values = {key: value.replace("$", "$$") for key, value in (self._values | more).items()}
        return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def check_filled(settings: KubernetesSettings) -> None:
    """Raise UsageError if replacing placeholders in a label or a claim's name makes it invalid."""
    fill = Fill(settings)
    for key, text in settings.labels.items():
        _check(f"cluster.labels.{key}", text, fill, is_label_value, f"a label's value is {LABEL_VALUE}")
    for name, volume in settings.volumes.items():
        where = f"cluster.volumes.{name}.claim"
        _check(where, volume.claim, fill, is_object_name, f"a claim's name is made of {OBJECT_NAME}")


def _check(where: str, text: str, fill: Fill, is_fit: Callable[[str], bool], rule: str) -> None:
    filled = fill(text)
    if filled != text and not is_fit(filled):
        key = next(found[1] for found in _PLACEHOLDER.finditer(text))
        raise UsageError(
            f"{where}: {text!r} stands for {filled!r}, which the cluster refuses ({rule});"
            f" set cluster.{key} to what it should be"
        )
