"""What Kubernetes takes as the value of a label, and as the name of an object."""

from __future__ import annotations

from sweeper.core.patterns import lazy

LABEL_VALUE = "at most 63 letters, digits, '-', '_' and '.', the first and the last a letter or digit"
OBJECT_NAME = "lower-case letters, digits, '-' and '.', the first and the last a letter or digit"

_LONGEST_NAME = 253
_label_value = lazy(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_object_name = lazy(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


def is_label_value(text: str) -> bool:
    """Does the API server take it as a label's value?"""
    return _label_value.fullmatch(text) is not None


def is_object_name(text: str) -> bool:
    """Does the API server take it as the name of a claim?"""
    return len(text) <= _LONGEST_NAME and _object_name.fullmatch(text) is not None
