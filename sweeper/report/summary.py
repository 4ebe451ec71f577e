"""summary.md: the headline, the best rows and the failures, for a wiki or a chat.

It needs only the facts of the journal, and is written while the sweep runs.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from sweeper.core.failures import grouped_by_error
from sweeper.core.formatting import indexes
from sweeper.core.standing import is_over
from sweeper.report.facts import ReportFacts
from sweeper.report.headline import Headline, make_headline
from sweeper.report.markdown import block, inline, table
from sweeper.results.cells import readable

_ROWS = 10
_PARAMETERS = 8
_METRICS = 6
_FAILURES = 10


def make_summary(facts: ReportFacts) -> str:
    """Return the text of summary.md."""
    headline = make_headline(facts)
    parts = [f"# {inline(facts.name)}", _state(facts, headline)]
    parts += [*_best(headline), *_rows(facts), *_failures(facts)]
    return "\n\n".join(parts) + "\n"


def _state(facts: ReportFacts, headline: Headline) -> str:
    over = is_over(facts.state.counts)
    at = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(facts.now))
    first = f"**{headline.counts}** ({'finished' if over else 'not finished'}, as of {at})"
    lines = [f"- {name}: {cost}" for name, cost in headline.costs]
    lines += [f"- {inline(note)}" for note in headline.messages]
    return "\n".join([first, "", *lines]) if lines else first


def _best(headline: Headline) -> Iterator[str]:
    best = headline.best
    if best is None:
        return
    yield "## Best"
    which = ", ".join(f"{inline(name)} = {_cell(value)}" for name, value in best.parameters)
    yield f"Trial {best.index}: **{inline(best.metric)} = {_cell(best.value)}**" + (
        f", with {which}" if which else ""
    )
    yield "To run it again, by hand or as the command that it is:"
    yield block(f"{best.again}\n{best.command}")


def _rows(facts: ReportFacts) -> Iterator[str]:
    if facts.metric is None:
        return
    place = facts.table.columns.index(facts.metric)
    rows = [row for row in facts.table.top(_ROWS).rows if row[place] is not None]
    if not rows:
        return
    others = [name for name in facts.table.metrics if name != facts.metric]
    columns = ("trial", *facts.table.parameters[:_PARAMETERS], facts.metric, *others[: _METRICS - 1])
    places = [facts.table.columns.index(name) for name in columns]
    yield "## Best rows"
    yield table([inline(name) for name in columns], ([_cell(row[at]) for at in places] for row in rows))


def _failures(facts: ReportFacts) -> Iterator[str]:
    groups = grouped_by_error(facts.state)
    if not groups:
        return
    yield "## Failures"
    lines = []
    for group in groups[:_FAILURES]:
        outcome = group[0].outcome
        if outcome:
            which = indexes(one.trial.index for one in group)
            lines.append(f"- {len(group)}× {outcome.cause}, {which}: {inline(outcome.error)}")
    more = sum(map(len, groups[_FAILURES:]))
    lines += [f"- and {more} more that failed in other ways"] if more else []
    yield "\n".join(lines)


def _cell(value: Any) -> str:
    return inline(readable(value), 60)
