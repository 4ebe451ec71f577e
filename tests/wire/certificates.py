"""A certificate authority of the tests' own, made when they run."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

_MAKE = "openssl req -x509 -days 2 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
_AUTHORITY = "-subj /CN=authority -keyout ca.key -out ca.pem -addext keyUsage=critical,keyCertSign"
_SERVER = "-subj /CN=server -keyout server.key -out server.pem -CA ca.pem -CAkey ca.key"
_ITS_PLACE = "-addext basicConstraints=critical,CA:FALSE -addext subjectAltName=IP:127.0.0.1"


@dataclass(frozen=True)
class Authority:
    """`certificate` is its own; `context` that of a server on 127.0.0.1 for which it has signed."""

    certificate: bytes
    context: ssl.SSLContext


def make_authority(folder: Path) -> Authority:
    """One whose files lie in `folder`."""
    for words in (_AUTHORITY, f"{_SERVER} {_ITS_PLACE}"):
        subprocess.run([*_MAKE.split(), *words.split()], cwd=folder, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    return Authority((folder / "ca.pem").read_bytes(), context)
