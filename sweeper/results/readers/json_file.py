"""metrics.json: one object with the final metrics."""

from __future__ import annotations

from sweeper.core.model import Value
from sweeper.results.readers.json_text import parse_object
from sweeper.results.readers.listing import BadMetricsError, Listing
from sweeper.results.readers.values import flat

NAME = "metrics.json"
_MOST = 1024 * 1024


def read_json(listing: Listing) -> dict[str, Value] | None:
    """The object in metrics.json."""
    if NAME not in listing:
        return None
    with listing.open(NAME) as file:
        if file.size > _MOST:
            raise BadMetricsError(
                f"{NAME} has {file.size} bytes, more than {_MOST}: keep the final values in it"
            )
        raw = file.head(_MOST)
    if not raw.strip():
        raise BadMetricsError(f"{NAME} is empty")
    return flat(parse_object(raw, NAME), NAME)
