"""A timeline of attempts on their hosts, and the number of live attempts beside the possible number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sweeper.core.formatting import duration
from sweeper.core.model import Cause
from sweeper.report.figures.picture import BLUE, GREY, ORANGE, Picture, Section, label
from sweeper.report.spans import Span, in_lanes, live_counts

_MOST = 2000
_LATEST = 253_370_764_800.0  # the year 9999; a damaged journal may contain later times
_WAITING, _RUNNING = "waiting", "running"
_COLOURS = {
    _WAITING: "#c8c8c8",
    _RUNNING: BLUE,
    Cause.COMPLETED: "#54a24b",
    Cause.ERROR: ORANGE,
    Cause.OOM: "#b279a2",
    Cause.CUDA_OOM: "#9d4edd",
    Cause.CANCELLED: GREY,
}
_OTHER = "#eeca3b"


def draw(
    spans: Sequence[Span], offers: Sequence[tuple[float, int]], now: float, *, gpus: bool = True
) -> Section | None:
    """Make the picture; None if nothing has been launched yet.

    Args:
        spans: the attempts.
        offers: wall times, and how many attempts might be live from then on.
        now: the current wall time.
        gpus: whether attempts hold GPUs.
    """
    if not spans:
        return None
    shown = spans[-_MOST:]
    lanes = in_lanes(shown, now)
    names = sorted(set(lanes), reverse=True)
    places = {lane: place for place, lane in enumerate(names)}
    bars = _bars(shown, [places[lane] for lane in lanes], now)
    counts = live_counts(spans, now)
    until = max(at for at, _ in counts)
    offered = [one for one in offers if one[0] <= until]
    data = [*bars, _live(counts), *([_offered(offered, until)] if offered else [])]
    picture = Picture(
        "Timeline",
        _caption(spans, counts, offered, now),
        {"data": data, "layout": _layout(names)},
        240 + 18 * len(names),
    )
    how = (
        "Above, each bar is an attempt, on the host where it ran: light while it waited, then in the"
        " colour of its end. Lanes show how many there were at once, not which GPU each had. Below: live"
        " attempts, and how many might be live at once by what the quota, or this machine, had left."
    )
    if len(spans) > len(shown):
        how += f" Only the last {_MOST} of {len(spans)} attempts have a bar."
    return Section("timeline", "GPU use over time" if gpus else "Attempts over time", how, [picture])


def _bars(spans: Sequence[Span], places: Sequence[int], now: float) -> list[dict[str, Any]]:
    pieces: dict[str, list[tuple[float, float, int, str]]] = {}
    for span, place in zip(spans, places, strict=True):
        end = now if span.ended is None else span.ended
        begin = end if span.began is None else min(span.began, end)
        kind = str(span.cause or _RUNNING)
        if begin - span.launched > 0.5:
            pieces.setdefault(_WAITING, []).append(
                (span.launched, begin, place, _hover(span, span.launched, begin, _WAITING))
            )
        if end > begin:
            pieces.setdefault(kind, []).append((begin, end, place, _hover(span, begin, end, kind)))
    return [_bar(kind, found) for kind, found in sorted(pieces.items(), key=lambda item: item[0] != _WAITING)]


def _bar(kind: str, pieces: Sequence[tuple[float, float, int, str]]) -> dict[str, Any]:
    return {
        "type": "bar",
        "orientation": "h",
        "name": kind,
        "base": [_date(begin) for begin, _, _, _ in pieces],
        "x": [round((end - begin) * 1000) for begin, end, _, _ in pieces],
        "y": [place for _, _, place, _ in pieces],
        "text": [text for _, _, _, text in pieces],
        "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"color": _COLOURS.get(kind, _OTHER), "line": {"width": 0}},
        "width": 0.8,
    }


def _hover(span: Span, begin: float, end: float, kind: str) -> str:
    again = f", attempt {span.attempt.number}" if span.attempt.number > 1 else ""
    return f"trial {span.attempt.trial}{again}: {kind}, {duration(end - begin)}<br>{label(span.host)}"


def _live(counts: Sequence[tuple[float, int]]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "live attempts",
        "x": [_date(at) for at, _ in counts],
        "y": [count for _, count in counts],
        "line": {"shape": "hv", "color": BLUE, "width": 1.5},
        "fill": "tozeroy",
        "yaxis": "y2",
        "showlegend": False,
    }


def _offered(offers: Sequence[tuple[float, int]], until: float) -> dict[str, Any]:
    steps = [*offers, (until, offers[-1][1])]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "might be live",
        "x": [_date(at) for at, _ in steps],
        "y": [slots for _, slots in steps],
        "line": {"shape": "hv", "dash": "dash", "color": ORANGE, "width": 1.5},
        "yaxis": "y2",
    }


def _layout(names: Sequence[tuple[str, int]]) -> dict[str, Any]:
    share = max(0.2, 100 / (200 + 18 * len(names)))
    return {
        "barmode": "overlay",
        "xaxis": {"type": "date", "anchor": "y2"},
        "yaxis": {
            "domain": [share + 0.05, 1],
            "tickvals": [place for place, (_, lane) in enumerate(names) if lane == 0 or len(names) <= 40],
            "ticktext": [
                f"{label(host, 20) or 'host not known yet'} · {lane + 1}" if lane == 0 else str(lane + 1)
                for host, lane in names
                if lane == 0 or len(names) <= 40
            ],
            "automargin": True,
        },
        "yaxis2": {
            "domain": [0, share],
            "rangemode": "tozero",
            "title": {"text": "live"},
            "automargin": True,
        },
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        "margin": {"l": 60, "r": 10, "t": 40, "b": 30},
    }


def _date(at: float) -> str:
    return datetime.fromtimestamp(min(max(at, 0.0), _LATEST), UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def _caption(
    spans: Sequence[Span],
    counts: Sequence[tuple[float, int]],
    offers: Sequence[tuple[float, int]],
    now: float,
) -> str:
    most = max(live for _, live in counts)
    busy = sum((now if span.ended is None else span.ended) - span.launched for span in spans)
    length = counts[-1][0] - counts[0][0]
    mean = f", {busy / length:.1f} on average" if length > 0 else ""
    slots = [slots for _, slots in offers]
    limit = f"; {_range(slots)} might be" if slots else ""
    hosts = len({span.host for span in spans if span.host})
    on = f" on {hosts} host{'' if hosts == 1 else 's'}" if hosts else ""
    where = f"{len(spans)} attempts{on} in {duration(length)}"
    return f"{where}: at most {most} live at once{mean}{limit}. Times are UTC."


def _range(numbers: Sequence[int]) -> str:
    least, most = min(numbers), max(numbers)
    return str(least) if least == most else f"{least} to {most}"
