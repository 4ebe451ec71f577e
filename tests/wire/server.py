"""The played namespace behind HTTPS, with a layer of faults between it and whoever asks."""

from __future__ import annotations

import base64
import json
import re
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.clusters.kubernetes.scripted import Answer, Json, status
from tests.wire.certificates import Authority
from tests.wire.cluster import Cluster, Refused
from tests.wire.faults import BUSY, Effect, Fault, Strike, whole
from tests.wire.kubelet import Kubelet

_PATH = re.compile(r"/(?:api|apis/[^/]+)/v1/namespaces/lab/(\w+)(?:/([^/]+))?")
_AT_ONCE = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Call:
    """A request, as the API means it."""

    verb: str
    kind: str
    name: str
    query: dict[str, str]
    body: Json

    def __str__(self) -> str:
        return f"{self.verb} {self.kind}"

    @classmethod
    def read(cls, method: str, url: str, data: bytes) -> Call:
        parts, body = urlsplit(url), json.loads(data or "{}")
        found, query = _PATH.fullmatch(parts.path), dict(parse_qsl(parts.query))
        assert found, f"nobody serves {url}"
        if "dryRun" in query:
            method = "TRY"
        verb = "WATCH" if "watch" in query else "LIST" if method == "GET" and not found[2] else method
        return cls(verb, found[1], found[2] or body.get("metadata", {}).get("name", ""), query, body)


class Server:
    """`strikes` say what goes wrong; `asked` and `struck` count requests by kind, as in "POST pods".

    `open` is how many connections are open.
    """

    def __init__(self, authority: Authority, folder: Path) -> None:
        self.cluster = Cluster()
        self.kubelet = Kubelet(self.cluster)
        self.strikes: list[Strike] = []
        self.asked: Counter[str] = Counter()
        self.struck: Counter[str] = Counter()
        self.token = "first"
        self.kubeconfig = folder / "kubeconfig"
        self.closing = threading.Event()
        self.open = 0
        self._lock = threading.Lock()
        self._late: dict[tuple[str, str], Call] = {}
        self._last: list[Call] = []
        self._http = _Https(("127.0.0.1", 0), partial(_Handler, self), authority)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.kubelet.start()
        self.introduce(authority)

    def introduce(self, authority: Authority) -> None:
        """Write the kubeconfig: where the server is, the token that it takes now, and whom to trust."""
        trusted = base64.b64encode(authority.certificate).decode()
        place = {
            "server": f"https://127.0.0.1:{self._http.server_port}",
            "certificate-authority-data": trusted,
        }
        context = {"cluster": "lab", "user": "ada", "namespace": "lab"}
        data = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "lab",
            "clusters": [{"name": "lab", "cluster": place}],
            "users": [{"name": "ada", "user": {"token": self.token}}],
            "contexts": [{"name": "lab", "context": context}],
        }
        self.kubeconfig.write_text(json.dumps(data))

    def fault(self, call: Call) -> Fault | None:
        """What goes wrong with this request."""
        kind = str(call)
        with self._lock:
            self.asked[kind] += 1
            found = next(filter(None, (one(kind, self.asked[kind]) for one in self.strikes)), None)
            self.struck[kind] += found is not None
        return found

    def answer(self, call: Call, fault: Fault | None) -> Answer:
        """Do what was asked for, as far as the fault lets it be done, and tell."""
        late = self._late.pop((str(call), call.name), None)
        if late:
            self._do(late)
        if fault is None or fault.effect is Effect.DONE:
            done = self._do(call)
            return fault.answer or done if fault else done
        if fault.effect is Effect.LATE:
            self._late[str(call), call.name] = call
        if fault.effect is Effect.LAST:
            self._last.append(call)
        return fault.answer or BUSY

    def count(self, change: int) -> None:
        """A connection was opened (1) or closed (-1)."""
        with self._lock:
            self.open += change

    def land(self) -> None:
        """Let what was to be last come to be."""
        while self._last:
            self._do(self._last.pop())

    def close(self) -> None:
        self.closing.set()
        self.cluster.close()
        self.kubelet.join()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def _do(self, call: Call) -> Answer:
        do: dict[str, Callable[[], Json]] = {
            "LIST": lambda: self.cluster.every(call.kind, call.query.get("labelSelector", "")),
            "WATCH": dict,
            "GET": lambda: self.cluster.find(call.kind, call.name),
            "TRY": lambda: call.body,
            "POST": lambda: self.cluster.create(call.kind, call.body),
            "PUT": lambda: self.cluster.replace(call.kind, call.name, call.body),
            "DELETE": lambda: self.cluster.delete(call.kind, call.name, call.body["preconditions"]),
        }
        try:
            return Answer(201 if call.verb == "POST" else 200, do[call.verb]())
        except Refused as refused:
            return refused.answer


class _Https(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, place: tuple[str, int], handler: Any, authority: Authority) -> None:
        super().__init__(place, handler)
        self._context = authority.context

    def get_request(self) -> tuple[socket.socket, Any]:
        plain, address = super().get_request()
        # Hands are shaken later, by the thread that serves the connection.
        return self._context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False), address

    def shutdown_request(self, request: Any) -> None:
        self.close_request(request)  # with no farewell: it may have to end with a reset

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asks may hang up, and need not trust us."""


class _Handler(BaseHTTPRequestHandler):
    """One connection; also the line that faults are played on."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, server: Server, *args: Any) -> None:
        self._server = server
        server.count(1)
        try:
            super().__init__(*args)
        finally:
            server.count(-1)

    def _serve(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        call = Call.read(self.command, self.path, data)
        fault = self._server.fault(call)
        if fault:
            fault.meanwhile()
        if self.headers["Authorization"] == f"Bearer {self._server.token}":
            answer = self._server.answer(call, fault)
        else:
            answer = status(401, "Unauthorized", "Unauthorized")
        if call.verb == "WATCH" and answer.status == 200:
            self._watch(call, fault)
        else:
            body = answer.data
            self._send(fault, _head(answer.status, f"Content-Length: {len(body)}", **answer.headers), body)

    do_GET = do_POST = do_PUT = do_DELETE = _serve

    def _watch(self, call: Call, fault: Fault | None) -> None:
        self.send(_head(200, "Transfer-Encoding: chunked"))
        for event in self._server.cluster.changes(
            call.kind,
            int(call.query["resourceVersion"]),
            float(call.query["timeoutSeconds"]),
            call.query.get("labelSelector", ""),
        ):
            line = fault.answer.data if fault and fault.answer else json.dumps(event).encode() + b"\n"
            self._send(fault, b"", b"%x\r\n%b\r\n" % (len(line), line))
            if fault:
                self.end()
                return
        self.send(b"0\r\n\r\n")

    def _send(self, fault: Fault | None, head: bytes, body: bytes) -> None:
        sent = fault.sent if fault else whole
        sent(self, head, body)

    def send(self, data: bytes) -> None:
        self.wfile.write(data)

    def pause(self, seconds: float) -> None:
        self._server.closing.wait(seconds)

    def end(self, *, rudely: bool = False) -> None:
        self.close_connection = True
        if rudely:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


def _head(code: int, length: str, **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {code} {HTTPStatus(code).phrase}", length, *map(": ".join, headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()
