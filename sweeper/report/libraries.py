"""The only module that imports plotly and itables: their JavaScript, and validation of figures."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sweeper.core.errors import UsageError

_MISSING = "the report needs plotly and itables, and {name} is not installed: pip install 'cvsweep[report]'"


def require() -> None:
    """UsageError where one of them is not installed."""
    for name in ("plotly", "itables"):
        if find_spec(name) is None:
            raise UsageError(_MISSING.format(name=name))


def plotly_js() -> str:
    """All of plotly.js, to be put into a page."""
    from plotly.offline import get_plotlyjs

    text: str = get_plotlyjs()
    return text


def tables_js() -> str:
    """DataTables with its extensions as itables bundles them: a module whose default is DataTable."""
    return _bundle("js")


def tables_css() -> str:
    """The style that belongs to it."""
    return _bundle("css")


def check(figure: Mapping[str, Any]) -> None:
    """ValueError where plotly does not know what is in a figure."""
    from plotly.graph_objects import Figure

    Figure(dict(figure))


def _bundle(kind: str) -> str:
    # The package is not imported: it would read a configuration out of the folder that we are in, and pandas.
    spec = find_spec("itables")
    places = spec.submodule_search_locations if spec else None
    if not places:
        raise UsageError(_MISSING.format(name="itables"))
    return Path(places[0], "html", f"dt_bundle.{kind}").read_text(encoding="utf-8")
