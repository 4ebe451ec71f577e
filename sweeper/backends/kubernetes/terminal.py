"""A command in a running container: with a terminal of its own, or with our streams as they are.

The only importer of the client's streams. Its websocket carries frames whose first byte is a
channel: input, output, errors, the status in the end, and the terminal's size.
"""

from __future__ import annotations

import json
import os
import select
import signal
import ssl
import sys
import termios
import tty
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from types import FrameType
from typing import Any

from kubernetes import client
from kubernetes.stream import stream
from websocket import ABNF, WebSocket, WebSocketBadStatusException, WebSocketException

from sweeper.backends.kubernetes.api import Api
from sweeper.backends.kubernetes.inside import END, fed, piece
from sweeper.core.errors import BackendError

_INPUT, _OUTPUT, _ERRORS, _STATUS, _SIZE = range(5)
_MOST = 4096
_PING_EVERY = 30.0


def run(api: Api, pod: str, container: str, command: Sequence[str]) -> int:
    """Run the command there until it ends; its exit code. BackendError where it could not be run.

    It gets a terminal where we have one.
    """
    has_terminal = _is_terminal(sys.stdin) and _is_terminal(sys.stdout)
    socket = _connect(api, pod, container, command if has_terminal else fed(command), has_terminal)
    try:
        with ExitStack() as stack:
            resized = None
            if has_terminal:
                stack.enter_context(_raw(sys.stdin.fileno()))
                resized = stack.enter_context(_resizing())
            session = _Session(socket, resized)
            session.run()
    except (WebSocketException, ssl.SSLError, ConnectionError) as error:
        if isinstance(error, BrokenPipeError):
            raise  # whoever read our output has gone
        raise BackendError(f"the connection to pod {pod} broke: {error}") from error
    finally:
        with suppress(WebSocketException, OSError):
            socket.shutdown()
    if not session.status:
        raise BackendError(f"the connection to pod {pod} ended before the command did; is the pod still there?")
    return exit_code(session.status)


def exit_code(status: bytes) -> int:
    """The exit code that the server reports; BackendError, in its words, where it could not run the command."""
    found = json.loads(status)
    if found.get("status") == "Success":
        return 0
    causes = (found.get("details") or {}).get("causes") or ()
    codes = [one.get("message", "") for one in causes if one.get("reason") == "ExitCode"]
    if codes and codes[0].isdigit():
        return int(codes[0])
    raise BackendError(f"the command could not be run: {found.get('message') or found.get('reason')}")


class _Session:
    """One command's streams, all in one thread: a frame is sent only where there is room for it."""

    def __init__(self, socket: WebSocket, resized: int | None) -> None:
        self.status = b""
        self._socket, self._resized = socket, resized
        self._input = None if sys.stdin is None else sys.stdin.fileno()
        self._open = True

    def run(self) -> None:
        if self._resized is not None:
            self._tell_size()
        elif self._input is None:
            self._send(_INPUT, END)
        while self._open:
            self._turn()

    def _turn(self) -> None:
        there = self._socket.sock
        if _has_more(there):
            return self._receive()
        # Input waits while the other side takes none: a send that blocked would stop its output too.
        writable = bool(select.select([], [there], [], 0)[1])
        readers = [there, *(one for one in (self._resized,) if one is not None)]
        if writable and self._input is not None:
            readers.append(self._input)
        ready, room, _ = select.select(readers, [] if writable else [there], [], _PING_EVERY)
        if not (ready or room):
            self._socket.ping()
        if self._resized in ready and self._resized is not None:
            os.read(self._resized, _MOST)
            self._tell_size()
        if self._input in ready and self._input is not None:
            self._pass_on(self._input)
        if there in ready:
            self._receive()
        return None

    def _receive(self) -> None:
        kind, frame = self._socket.recv_data_frame(True)
        if kind == ABNF.OPCODE_CLOSE:
            self._open = False
        elif kind in (ABNF.OPCODE_TEXT, ABNF.OPCODE_BINARY) and frame.data:
            self._take(frame.data[0], bytes(frame.data[1:]))

    def _take(self, channel: int, data: bytes) -> None:
        if channel == _STATUS:
            self.status += data
        elif channel in (_OUTPUT, _ERRORS) and data:
            out = (sys.stdout if channel == _OUTPUT else sys.stderr).buffer
            out.write(data)
            out.flush()

    def _pass_on(self, handle: int) -> None:
        data = _read(handle)
        if self._resized is None:
            self._send(_INPUT, piece(data) if data else END)
        elif data:
            self._send(_INPUT, data)
        else:
            self._open = False  # our terminal has gone
        if not data:
            self._input = None

    def _tell_size(self) -> None:
        size = os.get_terminal_size(sys.stdout.fileno())
        self._send(_SIZE, json.dumps({"Width": size.columns, "Height": size.lines}).encode())

    def _send(self, channel: int, data: bytes) -> None:
        self._socket.send(bytes([channel]) + data, ABNF.OPCODE_BINARY)


def _connect(api: Api, pod: str, container: str, command: Sequence[str], has_terminal: bool) -> WebSocket:
    core = client.CoreV1Api(api.access.client)
    try:
        made: Any = stream(
            core.connect_get_namespaced_pod_exec, pod, api.namespace, container=container,
            command=list(command), stdin=True, stdout=True, stderr=not has_terminal, tty=has_terminal,
            _preload_content=False, binary=True,
        )  # fmt: skip
    except client.ApiException as error:
        if isinstance(error.__context__, KeyboardInterrupt):  # the client takes this for a failure too
            raise KeyboardInterrupt from error
        raise BackendError(f"no command can be run in pod {pod}: {_words(error)}") from error
    socket: WebSocket = made.sock
    return socket


def _words(error: client.ApiException) -> str:
    """What the server said when it refused to open the stream."""
    cause = error.__context__
    if isinstance(cause, WebSocketBadStatusException):
        with suppress(ValueError, KeyError, TypeError):
            return f"{json.loads(cause.resp_body or b'')['message']} ({cause.status_code})"
        return f"HTTP {cause.status_code}"
    return " ".join(str(error.reason).split())


def _has_more(there: Any) -> bool:
    """TLS may hold bytes back that were read from the network already, and that no select tells of."""
    return isinstance(there, ssl.SSLSocket) and there.pending() > 0


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, _MOST)
    except OSError:  # a terminal whose window was closed
        return b""


def _is_terminal(file: Any) -> bool:
    return file is not None and bool(file.isatty())


@contextmanager
def _raw(handle: int) -> Iterator[None]:
    """All keys go to the other side, Ctrl-C included. However this ends, the terminal is put back."""
    before = termios.tcgetattr(handle)
    former = {number: signal.signal(number, _leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        tty.setraw(handle)
        yield
    finally:
        with suppress(termios.error):
            termios.tcsetattr(handle, termios.TCSADRAIN, before)
        for number, handler in former.items():
            signal.signal(number, handler)


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


@contextmanager
def _resizing() -> Iterator[int]:
    """A handle that can be read whenever the terminal has another size."""
    reader, writer = os.pipe()
    for handle in (reader, writer):
        os.set_blocking(handle, False)
    former = signal.signal(signal.SIGWINCH, lambda number, frame: None)
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        yield reader
    finally:
        signal.set_wakeup_fd(before)
        signal.signal(signal.SIGWINCH, former)
        os.close(reader)
        os.close(writer)
