"""What the tests of the Kubernetes backend share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clusters.kubernetes.scripted import Server, served


@pytest.fixture
def server() -> Iterator[Server]:
    """A scripted API server."""
    yield from served()
