"""TLS sockets that Python leaves open when a connection fails."""

from __future__ import annotations

import ssl
import traceback


def close_half_made(error: BaseException) -> None:
    """Close the TLS socket that was being made when `error` was raised, if there was one.

    If the server resets a connection just before the handshake, Python before 3.13 raises and leaves the new
    socket open until it is garbage-collected. Only the frame in which it was created refers to it.
    """
    link: BaseException | None = error
    while link is not None:
        for frame, _ in traceback.walk_tb(link.__traceback__):
            made = frame.f_locals.get("self")
            if frame.f_code.co_name == "_create" and isinstance(made, ssl.SSLSocket):
                made.close()
        link = link.__context__
