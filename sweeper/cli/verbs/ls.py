"""`cvsweep ls`: all sweeps, newest first."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from sweeper.app.status import read_status
from sweeper.app.sweep_argument import sweep_argument
from sweeper.cli import tables
from sweeper.cli.common import root_name, say
from sweeper.cli.describe import moment
from sweeper.cli.parsers.ls import make_parser
from sweeper.core.errors import CvsweepError
from sweeper.core.formatting import ORDER, clipped
from sweeper.core.paths import SweepPaths
from sweeper.core.snapshot import Snapshot
from sweeper.files.gc_pause import no_collection
from sweeper.results.best import best_facts, best_trial
from sweeper.results.metric import better
from sweeper.store import leftovers, sweep_index
from sweeper.store.folder import SweepFolder

_NOTE = 80
"""Characters of a note that are shown in the list."""


@no_collection()
def main(argv: list[str]) -> int:
    """List the sweeps; return the exit code."""
    given = make_parser().parse_args(argv)
    root = root_name(given.root)
    found = [described(paths) for paths in reversed(sweep_index.all_sweeps(root))]
    if given.output == "json":
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    elif found:
        _show(found)
    else:
        say(f"no sweeps in {root}; start one with: cvsweep -m lr=1e-3,1e-4")
    for left in leftovers.named(root, leftovers.DELETING):
        say(f"being removed when cvsweep rm was ended: {left}; its owner's next rm or run goes on with it")
    return 0


def described(paths: SweepPaths) -> dict[str, Any]:
    """Return the entry of a sweep for `ls -o json`; the entry of an unreadable sweep holds the error."""
    facts: dict[str, Any] = {"name": paths.name, "folder": paths.folder}
    try:
        folder, seen = SweepFolder(paths.folder), read_status(paths)
        facts |= {"made": folder.manifest.created_at, "state": seen.standing, "seen_at": seen.seen_at}
        facts |= {"trials": dict(seen.snapshot.counts), **_best(folder, seen.snapshot)}
        return facts | {"tags": list(seen.snapshot.tags), "note": seen.snapshot.note}
    except CvsweepError as error:
        return facts | {"state": "unreadable", "error": str(error)}


def _best(folder: SweepFolder, at: Snapshot) -> dict[str, Any]:
    """Return the metric and the best trial; empty if no metric is configured."""
    results = folder.settings.results
    if not results.metric:
        return {}
    known = at.best
    if (known.get("metric"), known.get("mode")) != (results.metric, better(results.metric, results)):
        known = best_facts(best_trial(folder.state(), results), results)
    return {"metric": results.metric, "best": known["value"], "best_trial": known["trial"]}


def _show(found: Sequence[Mapping[str, Any]]) -> None:
    states = [name for name in ORDER if any(one.get("trials", {}).get(name) for one in found)]
    labels = [name for name in ("tags", "note") if any(one.get(name) for one in found)]
    rows = [
        [
            one["name"],
            moment(one["made"]) if "made" in one else "",
            *(str(one.get("trials", {}).get(name) or "") for name in states),
            _best_words(one),
            _standing_words(one),
            *(_label_words(one, name) for name in labels),
        ]
        for one in found
    ]
    tables.grid(
        ["sweep", "made", *states, "best", "state", *labels],
        rows,
        numbers=states,
        folding=["best", "state", "note"],
        drawn=sys.stdout.isatty(),
    )


def _best_words(one: Mapping[str, Any]) -> str:
    if one.get("best") is None:
        return ""
    return f"{one['metric']}={one['best']:.6g} (trial {one['best_trial']})"


def _label_words(one: Mapping[str, Any], name: str) -> str:
    value = one.get(name) or ""
    return clipped(value if isinstance(value, str) else ", ".join(value), _NOTE)


def _standing_words(one: Mapping[str, Any]) -> str:
    if one["state"] == "unreadable":
        return str(one["error"])
    name = sweep_argument(one["folder"])
    if one["state"] == "abandoned":
        return f"no controller since {moment(one['seen_at'])}: cvsweep resume {name}"
    return f"paused: cvsweep resume {name}" if one["state"] == "paused" else str(one["state"])
