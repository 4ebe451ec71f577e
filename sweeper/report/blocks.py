"""The parts of the page in HTML; page.js draws the tables and pictures in them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from sweeper.core.formatting import indexes
from sweeper.report.facts import ReportFacts
from sweeper.report.failures import Failure
from sweeper.report.figures.curves import Curves
from sweeper.report.figures.picture import Picture, Section
from sweeper.report.headline import Best, make_headline
from sweeper.report.html import text
from sweeper.results.cells import readable


def head(facts: ReportFacts, links: Sequence[tuple[str, str]], messages: Sequence[str] = ()) -> str:
    """Return the headline, the best trial, and links to the other parts of the page.

    Args:
        facts: the facts of the sweep.
        links: the id and the title of each part of the page.
        messages: shown below the messages of the headline.
    """
    headline = make_headline(facts)
    at = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(facts.now))
    total, _, states = headline.counts.partition(": ")
    tiles = [(total, states or "none"), *headline.costs]
    anchors = " ".join(f'<a href="#{target}">{text(title)}</a>' for target, title in links)
    return "\n".join([
        f"<header><h1>{text(facts.name)}</h1>",
        f'<p class="when">{text(facts.folder)}, as of {at}</p></header>',
        '<div class="tiles">',
        *(f'<div class="tile"><span>{text(name)}</span><b>{text(value)}</b></div>' for name, value in tiles),
        "</div>",
        *(f'<p class="note">{text(note)}</p>' for note in (*headline.messages, *messages)),
        _best(headline.best) if headline.best else "",
        f"<nav>{anchors}</nav>",
    ])  # fmt: skip


def _best(best: Best) -> str:
    pairs = [(best.metric, best.value), *best.parameters]
    items = (f"<div><dt>{text(name)}</dt><dd>{text(readable(value))}</dd></div>" for name, value in pairs)
    return (
        f'<section class="best"><strong>Best: trial {best.index}</strong><dl>{"".join(items)}</dl>'
        f"To run it again, by hand or as the command that it is:<pre>{text(best.again)}</pre>"
        f"<pre>{text(best.command)}</pre></section>"
    )


def table(rows: Mapping[str, Any], *, ranked: bool) -> str:
    """Return the empty table of trials, and the parameters that are the same in all trials.

    Args:
        rows: the result of `make_rows`.
        ranked: whether the best trial comes first.
    """
    constants = "; ".join(f"{text(name)} = {text(value)}" for name, value in rows["constants"])
    left_out = f" Only the first {len(rows['rows'])} rows are here." if rows["left_out"] else ""
    return "\n".join([
        '<section id="table"><h2>All trials</h2>',
        f'<p class="how">One row a trial, {"best first" if ranked else "in their order"}. Click on a head to'
        f' sort, type below it to filter.{left_out} <span id="brushed" role="status"></span>'
        ' <button id="unbrush" hidden>show all again</button></p>',
        '<table id="trials" class="display compact nowrap" aria-label="All trials">',
        "</table><noscript><p>The table and the pictures need JavaScript.</p></noscript>",
        f'<p class="how">The same in all trials: {constants}</p>' if constants else "",
        "</section>",
    ])  # fmt: skip


def section(one: Section) -> str:
    """Return a heading, the sentence on how to read the pictures, and their places."""
    kind = "plots" if len(one.pictures) > 1 else "plots single"
    figures = (_figure(one.id, place, picture) for place, picture in enumerate(one.pictures))
    return "\n".join([
        f'<section id="{one.id}"><h2>{text(one.title)}</h2><p class="how">{text(one.how)}</p>',
        f'<div class="{kind}">',
        *figures,
        "</div></section>",
    ])  # fmt: skip


def _figure(section: str, place: int, picture: Picture) -> str:
    wide = ' class="wide"' if section in ("parallel", "timeline", "heatmap") else ""
    return (
        f'<figure><div{wide}><div class="plot" role="img" aria-label="{text(picture.caption)}"'
        f' data-figure="{section}-{place}" style="min-height:{picture.height}px"></div></div>'
        f"<figcaption>{text(picture.caption)}</figcaption></figure>"
    )


def learning(chosen: Curves) -> str:
    """Return the place of the learning curves, and the controls to choose a metric and trials."""
    names = chosen.data["metrics"]  # escaped already, as plotly takes them
    options = "".join(f'<option value="{at}">{name}</option>' for at, name in enumerate(names))
    return "\n".join([
        f'<section id="learning"><h2>Learning curves</h2><p class="how">{text(chosen.how)}</p>',
        f'<div class="controls"><label>metric <select id="curve-metric">{options}</select></label>',
        '<label><input type="checkbox" id="curve-all"> all trials</label></div>',
        f'<figure><div class="plot" id="curve-plot" role="img" aria-label="{text(chosen.caption)}"'
        ' style="min-height:380px"></div>',
        f"<figcaption>{text(chosen.caption)}</figcaption></figure></section>",
    ])  # fmt: skip


def failures(found: Sequence[Failure]) -> str:
    """Return a group that can be opened for each kind of failure; empty if nothing failed."""
    if not found:
        return ""
    groups = (
        f"<details{' open' if place == 0 else ''}><summary>{len(one.trials)}× {text(one.cause)},"
        f" {text(indexes(one.trials))}: <code>{text(one.error)}</code></summary>"
        f"<pre>{_lines(one.log)}</pre></details>"
        for place, one in enumerate(found)
    )
    how = "Trials whose errors differ only in numbers and paths are one group; each shows one log's end."
    return f'<section id="failures"><h2>Failures</h2><p class="how">{how}</p>{"".join(groups)}</section>'


def _lines(log: Sequence[str]) -> str:
    return "\n".join(map(text, log)) or "(nothing in the log)"
