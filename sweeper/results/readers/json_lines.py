"""metrics.jsonl: an object a line, of which the last one counts."""

from __future__ import annotations

from sweeper.core.model import Value
from sweeper.results.readers.json_text import NotJsonError, parse_object
from sweeper.results.readers.lines import last_lines
from sweeper.results.readers.listing import Listing
from sweeper.results.readers.values import flat

NAME = "metrics.jsonl"
_LAST = f"the last line of {NAME}"


def read_json_lines(listing: Listing) -> dict[str, Value] | None:
    """The object in the last line of metrics.jsonl; in the last whole one where that is torn."""
    if NAME not in listing:
        return None
    with listing.open(NAME) as file:
        found = last_lines(file, NAME)
    if not found.rest:
        return flat(parse_object(found.whole[-1], _LAST), NAME)
    try:
        data = parse_object(found.rest, _LAST)
    except NotJsonError:
        if not found.whole:
            raise
        data = parse_object(found.whole[-1], f"the last whole line of {NAME}")
    return flat(data, NAME)
