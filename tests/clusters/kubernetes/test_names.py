"""What Kubernetes takes as the value of a label, and as the name of an object."""

from __future__ import annotations

import pytest

from sweeper.clusters.kubernetes.names import is_label_value, is_object_name


@pytest.mark.parametrize("text", ["", "a", "Ada.L-1_2", "0-5", "x" * 63])
def test_a_labels_value(text):
    """Letters, digits and what may stand between them; nothing is a value as well."""
    assert is_label_value(text)


@pytest.mark.parametrize("text", ["ada@lab.org", "-a", "a-", "a b", "a/b", "é", "x" * 64, "a\n"])
def test_what_is_no_labels_value(text):
    """Where the API server would answer 422."""
    assert not is_label_value(text)


@pytest.mark.parametrize(("text", "want"), [
    ("home-ada", True), ("a.b-c", True), ("x" * 253, True),
    ("x" * 254, False), ("Home", False), ("ada@lab", False), ("a..b", False), ("", False), ("-a", False),
])  # fmt: skip
def test_an_objects_name(text, want):
    """A DNS name in lower case."""
    assert is_object_name(text) is want
