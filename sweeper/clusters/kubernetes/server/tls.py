"""OpenSSL's error codes explained in terms of a kubeconfig. Pure."""

from __future__ import annotations

_MEANINGS = {
    "KEY_VALUES_MISMATCH": (
        "the private key in the kubeconfig (client-key) does not belong to the certificate beside it"
        " (client-certificate): copy both from where they were issued together"
    ),
    "NO_START_LINE": "the client certificate or key in the kubeconfig is not in PEM format",
    "BAD_DECRYPT": "the client key in the kubeconfig is encrypted: it must have no password",
    "CERTIFICATE_EXPIRED": "the server says that your client certificate has expired: ask for a new one",
    "UNKNOWN_CA": "the server does not know who issued your client certificate: is it for another cluster?",
    "WRONG_VERSION_NUMBER": "what answers there does not speak HTTPS: see server: in the kubeconfig",
}


def explain(message: str) -> str:
    """Return an explanation of a TLS error that contains a known OpenSSL code; "" for any other message."""
    return next((meaning for mark, meaning in _MEANINGS.items() if mark in message), "")
