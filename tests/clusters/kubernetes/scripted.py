"""A scripted API server on loopback: each request gets the next answer that was put there for it."""

from __future__ import annotations

import json
import threading
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sweeper.clusters.kubernetes.server.access import Access
from sweeper.clusters.kubernetes.server.api import Api
from sweeper.clusters.kubernetes.settings import KubernetesSettings

Json = dict[str, Any]


@dataclass
class Answer:
    """`body`: a dict becomes JSON, text stays as it is; `cut`: the connection ends before the answer does."""

    status: int = 200
    body: Json | str = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False

    @property
    def data(self) -> bytes:
        """As it is sent: every object of the API has a kind."""
        if isinstance(self.body, str):
            return self.body.encode()
        return json.dumps({"kind": "Played", **self.body}).encode()


def status(code: int, reason: str, message: str, **details: Any) -> Answer:
    """An error as Kubernetes spells it."""
    body = {"kind": "Status", "code": code, "reason": reason, "message": message, "details": details}
    return Answer(code, body)


@dataclass
class Asked:
    """A request as it came; the names of headers are in lower case."""

    method: str
    path: str
    query: str
    body: Any
    headers: dict[str, str]


class Server:
    """`script(method, path, *answers)` puts answers in a row; the last one stays for all later requests."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._answers: dict[tuple[str, str], deque[Answer]] = defaultdict(deque)
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def script(self, method: str, path: str, *answers: Answer | Json) -> None:
        row = self._answers[method, path]
        row.clear()
        row.extend(one if isinstance(one, Answer) else Answer(body=one) for one in answers)

    def next(self, method: str, path: str) -> Answer:
        row = self._answers[method, path]
        if not row:
            return status(404, "NotFound", f"{path} not found")
        return row.popleft() if len(row) > 1 else row[0]

    def count(self, method: str, path: str = "") -> int:
        return sum(one.method == method and one.path.startswith(path) for one in self.asked)

    def access(self, folder: Path, *, user: Json | None = None, namespace: str = "lab") -> Access:
        """Credentials for this server, from a kubeconfig in `folder`."""
        return Access(KubernetesSettings(kubeconfig=str(self.kubeconfig(folder, user, namespace))))

    def api(self, folder: Path) -> Api:
        return Api(self.access(folder))

    def kubeconfig(self, folder: Path, user: Json | None = None, namespace: str = "lab") -> Path:
        path = folder / "kubeconfig"
        data = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "here",
            "clusters": [{"name": "c", "cluster": {"server": self.url}}],
            "users": [{"name": "ada", "user": user or {"token": "secret"}}],
            "contexts": [
                {"name": "here", "context": {"cluster": "c", "user": "ada", "namespace": namespace}},
                {"name": "bare", "context": {"cluster": "c", "user": "ada"}},
            ],
        }
        path.write_text(json.dumps(data))
        return path

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else None
            path, _, query = self.path.partition("?")
            headers = {name.lower(): value for name, value in self.headers.items()}
            server.asked.append(Asked(self.command, path, query, body, headers))
            answer = server.next(self.command, path)
            data = answer.data
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.cut:
                self.send_header("Transfer-Encoding", "chunked")
                data = b"%x\r\n%b\r\n" % (len(data), data)
            else:
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
            self.close_connection = answer.cut

        do_GET = do_POST = do_PUT = do_DELETE = _answer

        def log_message(self, format: str, *args: Any) -> None:
            """Nobody reads it."""

    return Handler


def served() -> Iterator[Server]:
    """For a fixture."""
    server = Server()
    yield server
    server.close()
