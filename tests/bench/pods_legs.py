"""Where the time goes from one pod's end to the next one's start, by what all sides have written."""

from __future__ import annotations

import json
import math
from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Played:
    """One run: the pods' `lives` by the nodes, the bystander's `events`, cvsweep's own `log` and `report`.

    `load` is which share of this machine's processors was busy, with whatever else runs on it.
    """

    quota: int
    lives: Sequence[Json]
    events: Sequence[Json]
    load: float = 0.0
    log: Sequence[Json] = ()
    report: Mapping[str, Any] | None = None

    @property
    def utilisation(self) -> float:
        """Busy GPU-seconds over what the quota offers from the first pod's creation to the last one's end."""
        began = min(one["at"] for one in self.events if one["is"] == "pod" and one["event"] == "ADDED")
        ended = max(one["finished"] for one in self.lives)
        busy = sum(one["gpus"] * (one["finished"] - one["started"]) for one in self.lives)
        return float(busy / (self.quota * (ended - began)))

    def times(self, did: str) -> list[float]:
        return [one["at"] for one in self.log if one["did"] == did]

    def answers(self) -> list[float]:
        """Seconds from each release to the request that filled it: the oldest release is filled first.

        A request that was refused filled nothing; the one that came after it did.
        The quota's recounts miss pods that are very new: what is free is never more than what our
        own pods, which are the only ones here, leave free.
        """
        free: deque[float] = deque()
        found: list[float] = []
        ends, asked = sorted(one["finished"] for one in self.lives), self._granted()
        done, before = self.quota, 0
        for at, used in [*self._used(), (math.inf, 0)]:
            for request in asked[done : bisect_right(asked, at)]:
                done += 1
                if free:
                    found.append(request - free.popleft())
            free.extend([at] * max(0, before - used))
            live = bisect_right(asked, at) - bisect_right(ends, at)
            while len(free) > max(0, self.quota - max(used, live)):
                free.pop()
            before = used
        return found

    def _granted(self) -> list[float]:
        """When each pod was asked for, for the last time."""
        return sorted({one["pod"]: one["at"] for one in self.log if one["did"] == "create"}.values())

    def _used(self) -> list[tuple[float, int]]:
        return [(one["at"], sum(one["used"].values())) for one in self.events if one["is"] == "quota"]


def read_lines(path: Path) -> list[Json]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent do not exceed."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(len(ranked) * percent / 100) - 1)]


def legs(run: Played) -> dict[str, list[float]]:
    """Seconds for each leg of the way, a value for each pod that followed another."""
    assert run.report
    trace = _Trace(run.report["trace"])
    found: dict[str, list[float]] = defaultdict(list)
    ends = sorted(one["finished"] for one in run.lives)
    found["pod's end → quota's release seen"] = list(_releases(ends, trace.releases))
    for life in run.lives:
        found["(a pod's own life beyond its second)"].append(life["finished"] - life["started"] - 1.0)
        seen = trace.ends.get(life["pod"])
        if seen:
            found["pod's end → its end seen"].append(seen - life["finished"])
            found["its end seen → recorded, durable"].append(trace.synced_after(seen) - seen)
    deleted = {one["pod"]: one["at"] for one in run.log if one["did"] == "delete"}
    for name, at in deleted.items():
        if name in trace.ends:
            found["its end seen → deletion asked for"].append(at - trace.ends[name])
    lives = {life["pod"]: life for life in run.lives}
    asked = {one["pod"]: one["at"] for one in run.log if one["did"] == "create"}
    for name, at in list(asked.items())[run.quota :]:
        _follow(found, trace, name, at, lives[name])
    found["(quota's release → request, by a bystander)"] = run.answers()
    return found


def _releases(ends: Sequence[float], releases: Sequence[float]) -> Iterator[float]:
    """Seconds from each end to its release. A recount that is too low releases what nobody had held."""
    waiting: deque[float] = deque()
    steps = sorted([(at, 0) for at in ends] + [(at, 1) for at in releases])
    for at, is_release in steps:
        if not is_release:
            waiting.append(at)
        elif waiting:
            yield at - waiting.popleft()


def _follow(found: dict[str, list[float]], trace: _Trace, name: str, at: float, life: Json) -> None:
    made = trace.prepared.get(int(name.rsplit("-", 2)[1]))
    sent = trace.posts.get(name)
    if made is None or sent is None:
        return
    wrote = trace.synced_before(made[0])
    release = trace.release_before(wrote[0])
    turn = trace.turn_before(wrote[0])
    found["release seen → turn begins"].append(max(0.0, turn - release))
    found["turn begins → decided"].append(wrote[0] - max(turn, release))
    found["decided → durable (fsync)"].append(wrote[1] - wrote[0])
    found["durable → folder begun"].append(made[0] - wrote[1])
    found["folder made"].append(made[1] - made[0])
    found["folder made → asked for"].append(at - made[1])
    found["asked for → request sent"].append(sent[0] - at)
    found["request → answer"].append(sent[1] - sent[0])
    found["answer → bound, seen by its node"].append(life["bound"] - sent[1])
    found["bound → started"].append(life["started"] - life["bound"])


class _Trace:
    """What pods_controller.py wrote down, sorted for the questions here."""

    def __init__(self, lines: Iterable[Sequence[Any]]) -> None:
        every = sorted(lines, key=lambda one: one[1])
        kinds: dict[str, list[Sequence[Any]]] = defaultdict(list)
        for one in every:
            kinds[one[0]].append(one)
        self._synced: list[tuple[float, float]] = [(one[1], one[2]) for one in kinds["write"] if one[3]]
        self._turns: list[float] = [one[1] for one in kinds["turn"]]
        self.prepared = {one[3]: (one[1], one[2]) for one in kinds["prepare"]}
        self.posts = {
            one[3][2]: (one[1], one[2])
            for one in kinds["once"]
            if one[3][0] == "POST" and one[3][1] == "pods"
        }
        self.ends: dict[str, float] = {}
        self.releases: list[float] = []
        before = 0
        for _, at, kind, _, shown in kinds["heard"]:
            if kind == "pods" and shown[1] in ("Succeeded", "Failed"):
                self.ends.setdefault(shown[0], at)
            if kind == "resourcequotas":
                now = sum(map(int, shown.values()))
                self.releases += [at] * max(0, before - now)
                before = now

    def synced_after(self, at: float) -> float:
        found = bisect_left(self._synced, (at, 0.0))
        return self._synced[min(found, len(self._synced) - 1)][1]

    def synced_before(self, at: float) -> tuple[float, float]:
        return self._synced[bisect_right(self._synced, (at, 0.0)) - 1]

    def turn_before(self, at: float) -> float:
        return self._turns[bisect_right(self._turns, at) - 1]

    def release_before(self, at: float) -> float:
        return self.releases[max(0, bisect_right(self.releases, at) - 1)]
