"""Connections are closed by whoever opened them, however they end."""

from __future__ import annotations

import gc
import io
import json
import socket
import struct
import warnings
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from urllib3.connection import HTTPSConnection
from websocket import _http

from sweeper.clusters.kubernetes.server import terminal
from sweeper.clusters.kubernetes.server.access import Access
from sweeper.clusters.kubernetes.server.api import Api, Unreachable
from sweeper.clusters.kubernetes.settings import KubernetesSettings
from sweeper.core.errors import BackendError

AT_ONCE = struct.pack("ii", 1, 0)
VERSION = {"gitVersion": "v1"}


@pytest.fixture
def api(server, tmp_path, until, monkeypatch) -> Iterator[Api]:
    """Each of its connections is reset before the TLS handshake begins."""
    path = server.kubeconfig(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        data = json.loads(path.read_text())
        address = f"https://127.0.0.1:{listener.getsockname()[1]}"
        data["clusters"][0]["cluster"] = {"server": address, "insecure-skip-tls-verify": True}
        path.write_text(json.dumps(data))

        def resetting(connect: Callable[..., socket.socket]) -> Callable[..., socket.socket]:
            def connect_and_reset(*words: Any, **more: Any) -> socket.socket:
                ours = connect(*words, **more)
                theirs, _ = listener.accept()
                theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
                theirs.close()
                until(lambda: not is_connected(ours))
                return ours

            return connect_and_reset

        monkeypatch.setattr(HTTPSConnection, "_new_conn", resetting(HTTPSConnection._new_conn))
        monkeypatch.setattr(_http, "_open_socket", resetting(_http._open_socket))
        yield Api(Access(KubernetesSettings(kubeconfig=str(path))))


def is_connected(one: socket.socket) -> bool:
    try:
        one.getpeername()
    except OSError:
        return False
    return True


NO_CONSOLE = SimpleNamespace(keys=None, output=io.BytesIO(), errors=io.BytesIO(), has_terminal=False)


@pytest.mark.parametrize(
    ("ask", "error"),
    [
        (lambda api: api.get("/version"), Unreachable),
        (lambda api: terminal.run(api, "pod", "container", ["true"], NO_CONSOLE), BackendError),
    ],
)
def test_a_connection_that_is_reset_before_its_handshake_is_closed(api, ask, error):
    """Python before 3.13 leaves its socket to the garbage collector."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always", ResourceWarning)
        with pytest.raises(error, match=r"reset by peer|not connected"):
            ask(api)
        gc.collect()
    assert [str(one.message) for one in found] == []


def test_what_is_closed_asks_for_nothing(server, tmp_path):
    """Nobody connects again through it, and what was idle is closed."""
    server.script("GET", "/version", VERSION)
    api = server.api(tmp_path)
    api.get("/version")
    pool = api.access.pool.connection_from_url(server.url)
    assert pool.pool is not None
    api.close()
    api.close()
    assert pool.pool is None
    with pytest.raises(Unreachable, match="closed"):
        api.get("/version")
    with pytest.raises(Unreachable, match="closed"):
        list(api.watch("/version", 1))
    assert server.count("GET") == 1
