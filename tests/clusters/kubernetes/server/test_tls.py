"""Troubles with certificates, in words that tell what to look at."""

from __future__ import annotations

import ssl

import pytest
from urllib3.exceptions import SSLError

from sweeper.clusters.kubernetes.server.api import _error_message
from sweeper.clusters.kubernetes.server.tls import explain


@pytest.mark.parametrize(
    ("mark", "says"),
    [
        ("[X509: KEY_VALUES_MISMATCH] key values mismatch (_ssl.c:4155)", "client-key) does not belong"),
        ("[SSL] PEM lib, NO_START_LINE (_ssl.c:1)", "PEM"),
        (
            "[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca (_ssl.c:2580)",
            "issued your client certificate",
        ),
        ("[SSL: SSLV3_ALERT_CERTIFICATE_EXPIRED] certificate expired (_ssl.c:1)", "has expired"),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1)", "does not speak HTTPS"),
    ],
)
def test_marks_are_explained(mark, says):
    """Nobody who mixed up two files knows what OpenSSL calls that."""
    words = _error_message(SSLError(ssl.SSLError(mark)))
    assert says in words
    assert "_ssl.c" not in words


def test_other_troubles_keep_their_message():
    """What has no mark is told as it came."""
    assert explain("connection refused") == ""
    assert _error_message(OSError("connection refused")) == "connection refused"
