"""HTML in which nothing that a user or a program wrote is markup, and scripts that the page vouches for."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from typing import Any

from sweeper.core.formatting import escape

# Inside a script element the parser looks for these; JSON spells them as well in another way.
_DANGEROUS = {ord(one): f"\\u{ord(one):04x}" for one in "<>&\u2028\u2029"}
_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'unsafe-inline'; img-src data: blob:;"
    " font-src data:; script-src {scripts} blob: 'unsafe-eval'"
)
"""Nothing is ever fetched, and no script runs but ours. plotly compiles its WebGL code, hence unsafe-eval."""


def text(value: str) -> str:
    """Text for an element or an attribute, its control characters spelled."""
    return html.escape(escape(value), quote=True)


def data(name: str, value: Any) -> str:
    """A block of data, which page.js reads by its name."""
    encoded = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return f'<script type="application/json" id="{name}">{encoded.translate(_DANGEROUS)}</script>'


def script(source: str) -> str:
    """A script of ours. It may not hold what would end it, or change how it is read."""
    lowered = source.lower()
    if "</script" in lowered or "<!--" in lowered:
        raise ValueError("a script that holds the end of a script cannot be put into a page")
    return f"<script>{source}</script>"


def policy(*sources: str) -> str:
    """The page's content security policy: `sources` are all the scripts that may run."""
    digests = (hashlib.sha256(source.encode()).digest() for source in sources)
    hashes = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return f'<meta http-equiv="Content-Security-Policy" content="{_POLICY.format(scripts=hashes)}">'
