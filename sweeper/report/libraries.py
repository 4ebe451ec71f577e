"""Access to plotly and itables: their JavaScript, and validation of figures. No other module uses them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sweeper.core.errors import UsageError

_MISSING = "the report needs plotly and itables, and {name} is not installed: pip install 'cvsweep[report]'"


def require() -> None:
    """Raise UsageError if plotly or itables is not installed."""
    for name in ("plotly", "itables"):
        if find_spec(name) is None:
            raise UsageError(_MISSING.format(name=name))


def plotly_js() -> str:
    """Return the source of plotly.js, to be included in a page."""
    from plotly.offline import get_plotlyjs

    text: str = get_plotlyjs()
    return text


def tables_js() -> str:
    """Return DataTables with its extensions, as bundled by itables: a module that exports DataTable."""
    return _bundle("js")


def tables_css() -> str:
    """Return the style sheet of DataTables."""
    return _bundle("css")


def check(figure: Mapping[str, Any]) -> None:
    """Raise ValueError if plotly does not accept a figure."""
    from plotly.graph_objects import Figure

    Figure(dict(figure))


def _bundle(kind: str) -> str:
    # The package is not imported: it would import pandas, and read a configuration from the current folder.
    spec = find_spec("itables")
    places = spec.submodule_search_locations if spec else None
    if not places:
        raise UsageError(_MISSING.format(name="itables"))
    return Path(places[0], "html", f"dt_bundle.{kind}").read_text(encoding="utf-8")
