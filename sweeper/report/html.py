"""HTML that escapes all texts of users and programs, and a policy that allows only the page's own scripts."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from typing import Any

from sweeper.core.formatting import escape

# The HTML parser interprets these inside a script element; in JSON they can be escaped.
_DANGEROUS = {ord(one): f"\\u{ord(one):04x}" for one in "<>&\u2028\u2029"}
_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'unsafe-inline'; img-src data: blob:;"
    " font-src data:; script-src {scripts} blob: 'unsafe-eval'"
)
"""Forbids all requests and foreign scripts. plotly compiles its WebGL code, so it needs unsafe-eval."""


def text(value: str) -> str:
    """Escape a text for an element or an attribute, including control characters."""
    return html.escape(escape(value), quote=True)


def data(name: str, value: Any) -> str:
    """Return a block of JSON data that page.js reads by its name."""
    encoded = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return f'<script type="application/json" id="{name}">{encoded.translate(_DANGEROUS)}</script>'


def script(source: str) -> str:
    """Return a script element; ValueError if the source contains `</script` or `<!--`."""
    lowered = source.lower()
    if "</script" in lowered or "<!--" in lowered:
        raise ValueError("a script that holds the end of a script cannot be put into a page")
    return f"<script>{source}</script>"


def policy(*sources: str) -> str:
    """Return the content security policy of the page; `sources` are all scripts that may run."""
    digests = (hashlib.sha256(source.encode()).digest() for source in sources)
    hashes = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return f'<meta http-equiv="Content-Security-Policy" content="{_POLICY.format(scripts=hashes)}">'
