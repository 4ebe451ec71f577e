"""Tables that read like timelines: what a sweep and its informer see, and what becomes of pending charges."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sweeper.clusters.kubernetes.quotas.free_capacity import free_capacity
from sweeper.clusters.kubernetes.quotas.pending import PendingCharges
from sweeper.clusters.kubernetes.quotas.policy import Policy
from sweeper.clusters.kubernetes.quotas.quota import Amounts, Quota
from tests.clusters.kubernetes.quotas.builders import GPU, gpus, pod, quota

HARD = 8


def play(table: str) -> list[str]:
    """The lines of a table with what comes of its events; `written` has them as they stand in it.

    The first line names the columns: `at`, `event`, then any of `pending`, `released` (the charges and
    releases that the quota `lab` does not show yet), `free` and `alone`. All are about GPUs, of which
    the quota allows 8; the informer lag is 2 s. At least two spaces are between two columns, and `#` begins
    a comment. The events:

        listed 5      the informer lists the quota, of which 5 of 8 are used
        used 6        the informer shows that the quota has changed
        uncounted     the informer lists the quota, which does not count GPUs at present
        holds x 2     the pod x of 2 GPUs is ours, and was created long ago
        ask a 1       a create is about to be sent
        created a 1   its answer: the pod was created
        refused a     its answer: it was not
        ended a       a watch shows the pod's end
        -             time passes

    A quota of another name is written behind: `used 6 in other`.
    """
    (_, _, *columns), *rows = _cells(table)
    sweep, played = Sweep(), ["  ".join(["at", "event", *columns])]
    for at, event, *_ in rows:
        sweep.take(event.split(), float(at))
        facts = sweep.facts(float(at))
        played.append("  ".join([at, event, *(facts[column] for column in columns)]))
    return played


def written(table: str) -> list[str]:
    """The lines of a table without comments and padding."""
    return ["  ".join(cells) for cells in _cells(table)]


def _cells(table: str) -> list[list[str]]:
    return [re.split(r" {2,}", line.partition("#")[0].strip()) for line in table.strip().splitlines()]


@dataclass
class Sweep:
    """A sweep in a namespace with quotas. `live`: what its pods cost, by their names."""

    pending_charges: PendingCharges = field(default_factory=PendingCharges)
    view: dict[str, Quota] = field(default_factory=dict)
    live: dict[str, Amounts] = field(default_factory=dict)

    def take(self, event: list[str], now: float) -> None:
        """An event happens."""
        match event:
            case ["listed", used]:
                self.show(quota(HARD, int(used)), now, listed=True)
            case ["listed", used, "in", name]:
                self.show(quota(HARD, int(used), name=name), now, listed=True)
            case ["used", used]:
                self.show(quota(HARD, int(used)), now)
            case ["used", used, "in", name]:
                self.show(quota(HARD, int(used), name=name), now)
            case ["uncounted"]:
                self.show(Quota("lab", {}, {}), now, listed=True)
            case ["holds", name, amount]:
                self.live[name] = gpus(int(amount))
            case ["ask", name, amount]:
                self.live[name] = gpus(int(amount))
                self.pending_charges.ask(name, self.live[name], now)
            case ["created", name, amount]:
                self.live[name] = gpus(int(amount))
                self.pending_charges.created(name, self.live[name], now)
            case ["refused", name]:
                self.live.pop(name, None)
                self.pending_charges.dropped(name)
            case ["ended", name]:
                self.pending_charges.released(self.live.pop(name), now)
            case ["-"]:
                pass
            case _:
                raise ValueError(f"no event of a timeline: {' '.join(event)}")

    def show(self, after: Quota, now: float, *, listed: bool = False) -> None:
        """The informer shows a quota."""
        self.pending_charges.saw(None if listed else self.view[after.name], after, now)
        self.view[after.name] = after

    def facts(self, now: float) -> dict[str, str]:
        """What a table may tell."""
        unshown = {name: self.pending_charges.unshown(name, now) for name in {*self.view, "lab"}}
        found = free_capacity(self.view.values(), pod(), [*self.live.values()], unshown, Policy(GPU))
        return {
            "pending": str(unshown["lab"].charged.get(GPU, 0)),
            "released": str(unshown["lab"].released.get(GPU, 0)),
            "free": str(found.pods),
            "alone": "yes" if found.alone else "no",
        }
