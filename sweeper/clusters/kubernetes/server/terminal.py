"""Runs a command in a running container, with a terminal or with the caller's streams as they are.

Only this module imports the client's streams. Their websocket carries frames whose first byte is the
channel: input, output, errors, the status at the end, and the terminal's size.
"""

from __future__ import annotations

import json
import os
import select
import ssl
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from typing import Any

from kubernetes import client
from kubernetes.stream import stream
from websocket import ABNF, WebSocket, WebSocketBadStatusException, WebSocketException

from sweeper.clusters.console import Console
from sweeper.clusters.kubernetes.server.api import Api
from sweeper.clusters.kubernetes.server.pod_exec import END, fed, piece
from sweeper.clusters.kubernetes.server.sockets import close_half_made
from sweeper.core.digits import whole_number
from sweeper.core.errors import BackendError

_INPUT, _OUTPUT, _ERRORS, _STATUS, _SIZE = range(5)
_MOST = 4096
_PING_EVERY = 30.0


def run(api: Api, pod: str, container: str, command: Sequence[str], console: Console) -> int:
    """Run the command in the container until it ends, with a terminal if the caller has one.

    Returns:
        The command's exit code.

    Raises:
        BackendError: the command could not be run, or its exit code is unknown.
    """
    has_terminal = console.has_terminal
    socket = _connect(api, pod, container, command if has_terminal else fed(command), has_terminal)
    try:
        with console.raw() if has_terminal else nullcontext() as resized:
            session = _Session(socket, console, resized)
            session.run()
    finally:
        with suppress(WebSocketException, OSError):
            socket.shutdown()
    if not session.status:
        why = session.trouble or "it was closed before the command had ended; is the pod still there?"
        raise BackendError(f"the connection to pod {pod} broke: {why}")
    return exit_code(session.status)


def exit_code(status: bytes) -> int:
    """Return the exit code in the server's status message; BackendError if the command could not be run."""
    found = json.loads(status)
    if found.get("status") == "Success":
        return 0
    causes = (found.get("details") or {}).get("causes") or ()
    codes = [one.get("message", "") for one in causes if one.get("reason") == "ExitCode"]
    code = whole_number(str(codes[0])) if codes else None
    if code is not None:
        return code
    raise BackendError(f"the command could not be run: {found.get('message') or found.get('reason')}")


class _Session:
    """The streams of one command, all in one thread.

    `resized` is a file descriptor that is readable after the terminal's size has changed; None: there is no
    terminal, and the command is `fed`.
    """

    def __init__(self, socket: WebSocket, console: Console, resized: int | None) -> None:
        self.status = b""
        self.trouble = ""
        self._socket, self._console, self._resized = socket, console, resized
        self._there: Any = socket.sock
        self._keys = console.keys
        self._open = True

    def run(self) -> None:
        if self._resized is not None:
            self._tell_size()
        elif self._keys is None:
            self._send(_INPUT, END)
        while self._open:
            self._turn()

    def _turn(self) -> None:
        ready = {self._there} if _has_more(self._there) else self._wait()
        if self._there in ready:
            self._receive()
        if self._resized is not None and self._resized in ready:
            os.read(self._resized, _MOST)
            self._tell_size()
        if self._keys is not None and self._keys in ready:
            self._pass_on(self._keys)

    def _wait(self) -> set[Any]:
        """Return the readable sources. Keys are left out while the socket would block: that stops output."""
        writable = bool(select.select([], [self._there], [], 0)[1])
        sources = [self._there, self._resized, self._keys if writable else None]
        readers = [one for one in sources if one is not None]
        ready, free, _ = select.select(readers, [] if writable else [self._there], [], _PING_EVERY)
        if not (ready or free):
            with suppress(WebSocketException, OSError):
                self._socket.ping()  # so that no proxy or load balancer closes the idle connection
        return set(ready)

    def _receive(self) -> None:
        try:
            kind, frame = self._socket.recv_data_frame(True)
        except (WebSocketException, OSError) as error:
            self._open, self.trouble = False, str(error)
            return
        if kind == ABNF.OPCODE_CLOSE:
            self._open = False
        elif kind in (ABNF.OPCODE_TEXT, ABNF.OPCODE_BINARY) and frame.data:
            self._take(frame.data[0], bytes(frame.data[1:]))

    def _take(self, channel: int, data: bytes) -> None:
        if channel == _STATUS:
            self.status += data
        elif channel in (_OUTPUT, _ERRORS) and data:
            out = self._console.output if channel == _OUTPUT else self._console.errors
            out.write(data)
            out.flush()

    def _pass_on(self, keys: int) -> None:
        data = _read(keys)
        if self._resized is None:
            self._send(_INPUT, piece(data) if data else END)
        elif data:
            self._send(_INPUT, data)
        else:
            self._open, self.trouble = False, "our own terminal was closed"
        if not data:
            self._keys = None

    def _tell_size(self) -> None:
        columns, lines = self._console.size()
        self._send(_SIZE, json.dumps({"Width": columns, "Height": lines}).encode())

    def _send(self, channel: int, data: bytes) -> None:
        try:
            self._socket.send(bytes([channel]) + data, ABNF.OPCODE_BINARY)
        except (WebSocketException, OSError):
            self._keys = None  # the command may have ended: the frames that are still unread show it


def _connect(api: Api, pod: str, container: str, command: Sequence[str], has_terminal: bool) -> WebSocket:
    core = client.CoreV1Api(api.access.client)
    try:
        made: Any = stream(
            core.connect_get_namespaced_pod_exec, pod, api.namespace, container=container,
            command=list(command), stdin=True, stdout=True, stderr=not has_terminal, tty=has_terminal,
            _preload_content=False, binary=True,
        )  # fmt: skip
    except (client.ApiException, AttributeError) as error:  # some releases fail while they raise their error
        close_half_made(error)
        cause = _cause(error)
        if isinstance(cause, KeyboardInterrupt):  # the client treats this as a failure, too
            raise KeyboardInterrupt from error
        raise BackendError(f"no command can be run in pod {pod}: {_refusal_message(cause)}") from error
    socket: WebSocket = made.sock
    return socket


def _cause(error: BaseException) -> BaseException:
    """Return the first error in a chain of errors."""
    while error.__context__ is not None:
        error = error.__context__
    return error


def _refusal_message(cause: BaseException) -> str:
    """Return the server's message for its refusal to open the stream, or the text of another cause."""
    if isinstance(cause, WebSocketBadStatusException):
        with suppress(ValueError, KeyError, TypeError):
            return f"{json.loads(cause.resp_body or b'')['message']} ({cause.status_code})"
        return f"HTTP {cause.status_code}"
    return " ".join(str(cause).split()) or type(cause).__name__


def _has_more(there: Any) -> bool:
    """Return True if TLS has buffered bytes, which `select` does not report."""
    return isinstance(there, ssl.SSLSocket) and there.pending() > 0


def _read(keys: int) -> bytes:
    try:
        return os.read(keys, _MOST)
    except OSError:  # a terminal whose window was closed
        return b""
