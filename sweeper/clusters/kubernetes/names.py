"""The syntax of label values and object names in Kubernetes."""

from __future__ import annotations

from sweeper.core.patterns import lazy

LABEL_VALUE = "at most 63 letters, digits, '-', '_' and '.', the first and the last a letter or digit"
OBJECT_NAME = "lower-case letters, digits, '-' and '.', the first and the last a letter or digit"

_LONGEST_NAME = 253
_label_value = lazy(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_object_name = lazy(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


def is_label_value(text: str) -> bool:
    """Whether the API server accepts the text as the value of a label."""
    return _label_value.fullmatch(text) is not None


def is_object_name(text: str) -> bool:
    """Whether the API server accepts the text as the name of an object, such as a PersistentVolumeClaim."""
    return len(text) <= _LONGEST_NAME and _object_name.fullmatch(text) is not None
