"""The parts of the reliability suite: each plays faults of one kind and counts what came of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from tests.reliability import mutants, numbers
from tests.sim import crashes, histories

T = TypeVar("T")

KINDS = {
    "I1": "run twice at once",
    "I2": "trials lost",
    "I3": "quota exceeded",
    "I4": "rows wrong",
    "I6": "rows wrong",
    "I7": "rows wrong",
    "I15": "rows wrong",
}
"""What the invariants are called whose violations the table counts."""

_CHUNK = 250
_SHARES = 64


@dataclass
class Found:
    """The numbers of a stage, and every wrong in words."""

    counts: Counter[str] = field(default_factory=Counter)
    wrongs: list[str] = field(default_factory=list)

    def wrong(self, words: str) -> None:
        """One more; what it says of an invariant is counted under that."""
        self.wrongs.append(words)
        self.counts.update({KINDS[tag] for tag in re.findall(r"\bI\d+\b(?=:)", words) if tag in KINDS})


@dataclass(frozen=True)
class Asked:
    """`jobs` is for how many processes there is room, `number` chooses the histories."""

    jobs: int
    histories: int
    number: int


Tell = Callable[[str], None]
Stage = Callable[[Asked, Tell], Found]


# In the simulated world --------------------------------------------------------------------------------


def one_crash(asked: Asked, tell: Tell) -> Found:
    """Every effect of a small sweep, with everything that can become of it."""
    return _crashes(asked, tell, [(crashes.FOR_SINGLES, True, share) for share in range(_SHARES)])


def two_crashes(asked: Asked, tell: Tell) -> Found:
    """Every two effects of a smaller one."""
    return _crashes(asked, tell, [(crashes.FOR_PAIRS, False, share) for share in range(_SHARES)])


def many_histories(asked: Asked, tell: Tell) -> Found:
    """Every fault we know, in any order, in histories drawn by rule."""
    found = Found()
    chunks = [
        (min(_CHUNK, asked.histories - start), asked.number + start)
        for start in range(0, asked.histories, _CHUNK)
    ]
    for done, (played, story) in enumerate(_spread(asked.jobs, _histories, chunks), start=1):
        found.counts.update(played)
        if story:
            found.wrong(story)
        if done % 8 == 0 or done == len(chunks):
            tell(f"{found.counts['histories']:,} histories")
    return found


def _histories(chunk: tuple[int, int]) -> tuple[Counter[str], str]:
    return histories.play(*chunk)


def _crashes(asked: Asked, tell: Tell, shares: list[tuple[crashes.Small, bool, int]]) -> Found:
    found = Found()
    for done, (trials, wrongs) in enumerate(_spread(asked.jobs, _share, shares), start=1):
        found.counts.update({"crash points": len(wrongs), "trials": trials})
        for wrong in filter(None, wrongs):
            found.wrong(wrong)
        if done % 16 == 0:
            tell(f"{found.counts['crash points']:,} crash points")
    return found


def _share(share: tuple[crashes.Small, bool, int]) -> tuple[int, list[str]]:
    small, is_single, number = share
    points = crashes.singles(small) if is_single else crashes.pairs(small)
    mine = [fates for place, fates in enumerate(points) if place % _SHARES == number]
    return len(mine) * small.trials, ["; ".join(crashes.wrongs(small, fates)) for fates in mine]


def _spread(jobs: int, do: Callable[[T], tuple[int, list[str]]], shares: Iterable[T]) -> Iterator[object]:
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for one in as_completed([pool.submit(do, share) for share in shares]):
            yield one.result()


# Against the suite itself ------------------------------------------------------------------------------


def known_bugs(asked: Asked, tell: Tell) -> Found:
    """Bugs put back one by one: the suite has to fail on each."""
    found = Found()
    for result in mutants.check_all(asked.jobs):
        tell(str(result))
        found.counts.update({"mutants": 1, "mutants killed": result.killed})
        if not result.killed:
            found.wrong(f"the suite passes although {result.mutant.name}")
    return found


# Suites of tests -----------------------------------------------------------------------------------------


def on_the_wire(asked: Asked, tell: Tell) -> Found:
    """The real client against a server that answers with everything but an answer."""
    return _tests(tell, "tests/wire", CVSWEEP_PLAYED="1")


def on_a_volume(asked: Asked, tell: Tell) -> Found:
    """A mount that remembers what was there for a minute."""
    return _tests(tell, "tests/volume", CVSWEEP_VOLUME="required")


def of_processes(asked: Asked, tell: Tell) -> Found:
    """Controllers, shims and programs of this machine, killed at random."""
    return _tests(tell, "tests/chaos", "-m", "chaos", CVSWEEP_CHAOS_ROUNDS="10")


def on_the_cluster(asked: Asked, tell: Tell) -> Found:
    """Real pods: the controller and every part of the cluster killed, two at once, frozen, full, stepped."""
    found = _tests(tell, "-n", "0", "-m", "disruptive", "tests/cluster/test_chaos.py")
    more = _tests(tell, "-n", "4", "tests/cluster/test_chaos.py")
    return Found(found.counts + more.counts, found.wrongs + more.wrongs)


def _tests(tell: Tell, *words: str, **environment: str) -> Found:
    with tempfile.TemporaryDirectory() as folder:
        report, counts = Path(folder, "report.xml"), Path(folder, "numbers.jsonl")
        subprocess.run(
            [sys.executable, "-m", "pytest", f"--junitxml={report}", *words],
            env={**os.environ, **numbers.asked_for(counts), **environment},
            stdout=sys.stderr,
            check=False,
        )
        found = Found(numbers.read(counts))
        if not report.exists():
            found.wrong(f"the tests {words} did not run")
            return found
        cases = list(xml.parse(report).iter("testcase"))
    for case in cases:
        for bad in (*case.findall("failure"), *case.findall("error")):
            found.wrong(f"{case.get('classname')}.{case.get('name')}: {bad.get('message')}")
    skipped = sum(case.find("skipped") is not None for case in cases)
    found.counts.update({"tests": len(cases) - skipped})
    tell(f"{len(cases) - skipped} tests, {skipped} skipped")
    if not len(cases) - skipped:
        found.wrong(f"the tests {words} were skipped")
    return found


STAGES: dict[str, Stage] = {
    "one crash": one_crash,
    "two crashes": two_crashes,
    "histories": many_histories,
    "mutants": known_bugs,
    "wire": on_the_wire,
    "volume": on_a_volume,
    "processes": of_processes,
    "cluster": on_the_cluster,
}
