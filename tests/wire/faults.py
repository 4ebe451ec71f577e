"""What can go wrong with one request on its way: what is told, how that is sent, and what was done."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol

from tests.clusters.kubernetes.scripted import Answer, status


class Line(Protocol):
    """The server's end of a connection."""

    def send(self, data: bytes) -> None: ...

    def pause(self, seconds: float) -> None:
        """Let time pass, unless the server closes."""

    def end(self, *, rudely: bool = False) -> None:
        """Nothing more is sent; `rudely`: it ends with a reset."""


Sender = Callable[[Line, bytes, bytes], None]
"""Sends the head and the body of an answer; a watch's next event, its last one then, has no head."""

STEP = 0.1
"""Seconds before each of the three pieces of a slow answer."""


def whole(line: Line, head: bytes, body: bytes) -> None:
    line.send(head + body)


def slow(line: Line, head: bytes, body: bytes) -> None:
    data = head + body
    for part in range(3):
        line.pause(STEP)
        line.send(data[len(data) * part // 3 : len(data) * (part + 1) // 3])


def reset(line: Line, head: bytes, body: bytes) -> None:
    line.end(rudely=True)


def reset_midway(line: Line, head: bytes, body: bytes) -> None:
    half(line, head, body)
    line.end(rudely=True)


def half(line: Line, head: bytes, body: bytes) -> None:
    line.send(head + body[: len(body) // 2])
    line.end()


def half_a_chunk(line: Line, head: bytes, body: bytes) -> None:
    chunked = re.sub(rb"Content-Length: \d+", b"Transfer-Encoding: chunked", head)
    half(line, chunked, b"%x\r\n%b" % (len(body), body))


def silent(line: Line, head: bytes, body: bytes) -> None:
    line.pause(600.0)
    line.end()


def stalled(line: Line, head: bytes, body: bytes) -> None:
    half(line, head, body)
    silent(line, head, body)


class Effect(Enum):
    """What becomes of a request that is to change something."""

    NONE = "undone"
    DONE = "done"
    LATE = "late"
    """Done just before the same is asked for again."""

    LAST = "last"
    """Done when a test says so."""


@dataclass(frozen=True)
class Fault:
    """`answer` is told instead of the truth; `meanwhile` happens before the request is looked at."""

    answer: Answer | None = None
    sent: Sender = whole
    effect: Effect = Effect.DONE
    meanwhile: Callable[[], object] = lambda: None


Strike = Callable[[str, int], Fault | None]
"""What goes wrong with the n-th request of a kind, as in ("POST pods", 2)."""


def strike(kind: str, fault: Fault, numbers: Collection[int] = (1, 3)) -> Strike:
    """`fault` for these requests of each kind that begins or ends like this."""

    def find(asked: str, number: int) -> Fault | None:
        return fault if number in numbers and (asked.startswith(kind) or asked.endswith(kind)) else None

    return find


_DOUBTS = {
    "500": status(500, "InternalError", "etcdserver: request timed out"),
    "502": Answer(502, "<html><body>502 Bad Gateway</body></html>\n"),
    "503": status(503, "ServiceUnavailable", "the server is shutting down"),
    "504": status(504, "Timeout", "the request did not complete within 60s"),
}
BUSY = _DOUBTS["503"]

_LOGIN = "<html><head><style>p {}</style></head><body>Please log in</body></html>"
_FOREIGN = {
    "302": Answer(302, "", {"Location": "https://login.example/?next=%2Fapi"}),
    "plain 404": Answer(404, "404 page not found\n"),
}
_PROXIES = {
    "407": Fault(Answer(407, "<html><body>Proxy Authentication Required</body></html>"), effect=Effect.NONE),
    "html 200": Fault(Answer(200, _LOGIN), effect=Effect.NONE),
}
"""What something between us and the server says: a login page, a load balancer, a proxy."""

_DENIED_BY_WEBHOOK = {
    "webhook says no": status(400, "", 'admission webhook "p.example" denied the request: not now'),
    "webhook is away": status(
        500, "InternalError", 'Internal error occurred: failed calling webhook "p.example": Post "https://p"'
    ),
}

READING: Mapping[str, Fault] = {
    "429": Fault(Answer(429, "Too many requests, please try again later.\n"), effect=Effect.NONE),
    **{code: Fault(answer) for code, answer in (_DOUBTS | _FOREIGN).items()},
    **{
        sent.__name__: Fault(sent=sent)
        for sent in (slow, reset, reset_midway, half, half_a_chunk, silent, stalled)
    },
}
"""Whatever can happen to a question, under a name."""


def _otherwise(*names: str) -> dict[str, Fault]:
    return {
        f"{name}, {effect.value}": replace(READING[name], effect=effect)
        for name in names
        for effect in (Effect.NONE, Effect.LATE)
    }


WRITING: Mapping[str, Fault] = {**READING, **_otherwise("503", "reset", "silent")}
"""The same for a request that is to change something, which may have been done or not."""

REFUSED: Mapping[str, Fault] = {
    **_PROXIES,
    **{name: Fault(answer, effect=Effect.NONE) for name, answer in _DENIED_BY_WEBHOOK.items()},
}
"""A request that never reaches the server, or that a program beside the server says no to for now."""

CREATING: Mapping[str, Fault] = {**WRITING, **REFUSED, **_otherwise("302", "500", "502", "504", "half")}
