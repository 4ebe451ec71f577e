"""report.html: all sections and pictures in one file that needs no network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sweeper.report import blocks, libraries
from sweeper.report.figures import against, curves, heatmap, importance, parallel, timeline
from sweeper.report.figures.picture import Section
from sweeper.report.gather import Gathered
from sweeper.report.grid import Points, make_points
from sweeper.report.html import data, policy, script, text
from sweeper.report.rows import make_rows
from sweeper.results.metric import Metric, assumptions, better

_ASSETS = Path(__file__).parent / "assets"


def make_page(gathered: Gathered) -> str:
    """Return the whole page as HTML; UsageError if the extra `report` is not installed."""
    libraries.require()
    facts, rows = gathered.facts, make_rows(gathered.facts)
    points = make_points(facts)
    chosen = curves.choose(facts, points, gathered.curves)
    sections = _sections(gathered, points)
    drawn = {section.id: blocks.section(section) for section in sections}
    pieces = {
        "table": blocks.table(rows, ranked=facts.metric is not None),
        "parallel": drawn.pop("parallel", ""),
        "learning": blocks.learning(chosen) if chosen else "",
        **{name: drawn[name] for name in drawn if name != "timeline"},
        "failures": blocks.failures(gathered.failures),
        "timeline": drawn.get("timeline", ""),
    }
    found = {name: piece for name, piece in pieces.items() if piece}
    names = {"table": "All trials", "learning": "Learning curves", "failures": "Failures"}
    titles = names | {one.id: one.title for one in sections}
    held = [
        data("rows", rows),
        data("figures", dict(_figures(sections))),
        data("curves", chosen.data if chosen else None),
        data("tables-module", libraries.tables_js()),
    ]
    head = blocks.head(facts, [(name, titles[name]) for name in found], _stand_in(gathered, points))
    return _whole(facts.name, [head, *found.values()], held)


def _sections(gathered: Gathered, points: Points | None) -> list[Section]:
    facts = gathered.facts
    drawn: list[Section | None] = []
    if points:
        maximise = better(points.metric, facts.results) == "max"
        drawn += [
            parallel.draw(points, maximise=maximise),
            heatmap.draw(points, maximise=maximise),
            against.draw(points),
            importance.draw(points),
        ]
    held_gpus = facts.tally.gpu_seconds > 0 or bool(facts.tally.gpus)
    drawn.append(timeline.draw(gathered.spans, gathered.offers, facts.now, gpus=held_gpus))
    return [section for section in drawn if section]


def _stand_in(gathered: Gathered, points: Points | None) -> list[str]:
    """Return messages on the assumed direction if the pictures show another metric than results.metric."""
    if points is None or gathered.facts.metric:
        return []
    assumed = assumptions(
        Metric(points.metric, points.metric),
        gathered.facts.results,
        way="set results.metric and results.mode",
    )
    return [f"in the pictures, {line}" for line in assumed]


def _figures(sections: Sequence[Section]) -> Iterator[tuple[str, Any]]:
    for section in sections:
        for place, picture in enumerate(section.pictures):
            libraries.check(picture.figure)
            yield f"{section.id}-{place}", {**picture.figure, "height": picture.height}


def _whole(name: str, body: Sequence[str], held: Sequence[str]) -> str:
    plotly, own = libraries.plotly_js(), (_ASSETS / "page.js").read_text(encoding="utf-8")
    style = libraries.tables_css() + (_ASSETS / "page.css").read_text(encoding="utf-8")
    parts = [
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        policy(plotly, own),
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{text(name)}</title>\n<style>{style}</style>\n</head>\n<body>",
        *body,
        *held,
        script(plotly),
        script(own),
        "</body>\n</html>\n",
    ]
    return "\n".join(parts)
