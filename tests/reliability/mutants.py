"""The check of the checks: bugs that are known are put back, and the tests must fail on each.

`python -m tests.reliability.mutants`, from the repository's root. A bug is a piece of text that takes
the place of another in a copy of the repository; the exit code is 1 where the tests let one pass.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

ROOT = Path(__file__).parents[2]

LIMIT = 120.0
"""Seconds that the tests may take with a bug: several times what they take without one."""

_PARTS = ("sweeper", "cvsweep", "configs", "experiments", "tests", "pyproject.toml")
_TAKEN = "                yield from data\n                end, rest = end + length, after\n"
_DECIDED = (
    "        self._journal.decide(\n"
    "            [*self._edited(plan), *(r for action in plan.actions for r in self._record(action))]\n"
    "        )\n"
)
"""The lines of the engine's turn after which what was decided is durable."""
_FOREIGN = ("PYTEST_", "COVERAGE_", "CVSWEEP_")
_FAILED, _NEVER = 1, -1
_FIRST = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A bug: `name` says it in a clause, `old` is in the file once, `tests` are to notice the `new`."""

    name: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a mutant: `how` is the first test that failed, or why it counts as it does."""

    mutant: Mutant
    killed: bool
    how: str
    seconds: float

    def __str__(self) -> str:
        verdict = "killed" if self.killed else "SURVIVED"
        return f"{verdict:8} {self.mutant.name}: {self.how}, {self.seconds:.0f} s"


_SIM = ("tests/sim/test_crashes.py", "tests/sim/test_histories.py")
_KUBERNETES = "tests/clusters/kubernetes"

MUTANTS: tuple[Mutant, ...] = (
    # Queues, and deletions by others
    Mutant(
        "a pod that is held by a gate is unschedulable",
        "sweeper/clusters/kubernetes/pods/waiting.py",
        "    if queue_signs.queue_place(pod):\n        return WaitKind.QUEUE",
        "    if not pod:\n        return WaitKind.QUEUE",
        ("tests/sim/test_queues.py",),
    ),
    Mutant(
        "one pod that is held by a gate blocks all others",
        "sweeper/clusters/kubernetes/pods/waiting.py",
        " and refused and not queue_signs.queue_place(pod)",
        " and refused",
        (f"{_KUBERNETES}/pods/test_queue_signs.py",),
    ),
    Mutant(
        "deletions are counted, however far apart they are",
        "sweeper/core/deletions.py",
        "abs(outcome.ended_at - self._found[0].at) >= WINDOW",
        "abs(outcome.ended_at - self._found[0].at) >= 1e9",
        ("tests/core/test_deletions.py",),
    ),
    Mutant(
        "preemptions count as deletions",
        "sweeper/core/deletions.py",
        "elif outcome.cause is Cause.DELETED:",
        "elif outcome.cause in (Cause.DELETED, Cause.PREEMPTED):",
        ("tests/core/test_deletions.py",),
    ),
    # Creating and deleting pods
    Mutant(
        "a request of another uid is granted",
        "sweeper/store/requests.py",
        "        if not counts(seen.st_uid, ours):\n",
        "        if not counts(ours, ours):\n",
        ("tests/store/test_requests.py",),
    ),
    Mutant(
        "another member's kubeconfig is loaded",
        "sweeper/clusters/kubernetes/cluster.py",
        "        return type(self)(replace(self.settings, kubeconfig=None, context=None))\n",
        "        return self\n",
        ("tests/app/test_owners.py",),
    ),
    Mutant(
        "a create is sent again without a look after a timeout",
        "sweeper/clusters/kubernetes/create.py",
        "            found = self._look()\n            if found:\n"
        "                return found\n            if self._clock",
        "            if self._clock",
        (f"{_KUBERNETES}/test_create.py::test_what_is_not_there_is_asked_for_again",),
    ),
    Mutant(
        "whatever has the name is taken for our pod",
        "sweeper/clusters/kubernetes/create.py",
        "if not self._requests.made(there):",
        "if not there:",
        (f"{_KUBERNETES}/test_create.py",),
    ),
    Mutant(
        "a pod's labels are believed: a copy of one is deleted as a stray",
        "sweeper/clusters/kubernetes/tracker.py",
        "[pod for pod in self._unfollowed() if self.ownership.is_leftover(pod, self.known)]",
        "[pod for pod in self._unfollowed() if attempt_of(pod)]",
        ("tests/sim/test_copies.py",),
    ),
    Mutant(
        "a pod's labels are believed: a copy that comes while one is asked for is taken for it",
        "sweeper/clusters/kubernetes/tracker.py",
        "return record if self.ownership.is_asked_for(pod, record.attempt) else None",
        "return record",
        (f"{_KUBERNETES}/test_tracker.py",),
    ),
    Mutant(
        "a pod's labels are believed: a copy that has the next attempt's name is taken over",
        "sweeper/clusters/kubernetes/ownership.py",
        "return is_original(pod) if request_of(pod) else spec_hash_of(pod) == spec_hash_of(wanted)",
        "return True",
        (f"{_KUBERNETES}/test_tracker.py",),
    ),
    Mutant(
        "a sweep may end while creates are under way",
        "sweeper/clusters/kubernetes/tracker.py",
        "return not self.sent and now >=",
        "return now >=",
        ("tests/sim/test_late.py",),
    ),
    Mutant(
        "a pod is deleted by its name, whatever its UID is",
        "sweeper/clusters/kubernetes/server/api.py",
        ', "preconditions": only}',
        "}",
        _SIM,
    ),
    Mutant(
        "a deletion that was answered oddly is never repeated",
        "sweeper/clusters/kubernetes/deletion.py",
        "return replace(self, due=now + rest, tries=self.tries + 1,",
        "return replace(self, due=None, tries=self.tries + 1,",
        (f"{_KUBERNETES}/test_decide.py", f"{_KUBERNETES}/test_deletion.py"),
    ),
    Mutant(
        "a webhook that denies a deletion with 404 has the pod gone",
        "sweeper/clusters/kubernetes/api_errors.py",
        "    if found:\n        return found\n",
        "    if said and status != 404:\n        return said\n",
        (f"{_KUBERNETES}/test_calls.py",),
    ),
    Mutant(
        "a pod in a queue waits for ever for nodes that it avoids",
        "sweeper/clusters/kubernetes/looking.py",
        "waiting.kind is WaitKind.QUEUE and tracker.elsewhere.shuts_out(record.pod)",
        "waiting.kind is WaitKind.QUEUE and False",
        (f"{_KUBERNETES}/test_tracker.py",),
    ),
    Mutant(
        "the denials of two restarts of the server count as one",
        "sweeper/clusters/kubernetes/create.py",
        "        self._since.pop(refusals.Refusal.DENIED, None)\n",
        "",
        (f"{_KUBERNETES}/test_create.py",),
    ),
    Mutant(
        "a cancelled rerun takes the results of a completed trial with it",
        "sweeper/core/state.py",
        "one.rerun_of = CompletedAttempt(one.outcome, one.ended, one.code)",
        "one.rerun_of = None",
        ("tests/core/test_state.py",),
    ),
    Mutant(
        "secrets of points that are added meanwhile are not masked in results",
        "sweeper/app/controller.py",
        "            read.learn(news)  # in the turn",
        "            # in the turn",
        ("tests/cli/test_detach.py",),
    ),
    Mutant(
        "a request that cannot be looked for counts as granted",
        "sweeper/store/requests.py",
        "return is_there(_file(paths, request.id))",
        "return os.path.exists(_file(paths, request.id))",
        ("tests/store/test_requests.py",),
    ),
    Mutant(
        "a denial at the opening leaves the sweep without a lease",
        "sweeper/clusters/kubernetes/lease.py",
        "self._extend() if self._held else self._claim_late()",
        "self._extend() if self._held else None",
        (f"{_KUBERNETES}/test_lease.py",),
    ),
    Mutant(
        "what a load balancer says is taken for the server's answer",
        "sweeper/clusters/kubernetes/api_errors.py",
        'isinstance(found, dict) and found.get("kind") == "Status"',
        "isinstance(found, dict)",
        (f"{_KUBERNETES}/server/test_api.py",),
    ),
    Mutant(
        "one denial at the opening and the quota counts no more",
        "sweeper/clusters/kubernetes/cache.py",
        "self.denied, self._knows_quotas = None, True",
        "self._knows_quotas = True",
        (f"{_KUBERNETES}/test_capacity.py",),
    ),
    Mutant(
        "a controller that the quota refused asks again at once",
        "sweeper/clusters/kubernetes/capacity.py",
        "if now < tracker.backoff.ready_at:",
        "if now < 0.0:",
        (f"{_KUBERNETES}/test_decide.py",),
    ),
    Mutant(
        "in company several creates are under way at once",
        "sweeper/clusters/kubernetes/capacity.py",
        "ALONE if free.alone and not in_trouble else 1",
        "ALONE",
        (f"{_KUBERNETES}/test_decide.py",),
    ),
    Mutant(
        "after a refusal many requests probe",
        "sweeper/clusters/kubernetes/capacity.py",
        "in_trouble = tracker.backoff.in_a_row or any(",
        "in_trouble = any(",
        (f"{_KUBERNETES}/test_decide.py",),
    ),
    Mutant(
        "the backend offers more than it can send at once",
        "sweeper/clusters/kubernetes/capacity.py",
        "min(free.pods, sendable(tracker, free, now))",
        "free.pods",
        (f"{_KUBERNETES}/test_decide.py",),
    ),
    Mutant(
        "a refused create is asked for again although its pod is there",
        "sweeper/clusters/kubernetes/fold.py",
        "    if record.uid:  # a watch was faster",
        "    if not record:  # a watch was faster",
        (f"{_KUBERNETES}/test_any_order.py",),
    ),
    Mutant(
        "a pod tracker that contradicts itself goes on",
        "sweeper/clusters/kubernetes/backend.py",
        "if broken == self._reported or",
        "if broken is not self._reported or",
        (f"{_KUBERNETES}/test_closing.py",),
    ),
    Mutant(
        "what a quota counts is all ours",
        "sweeper/clusters/kubernetes/quotas/free_capacity.py",
        "alone = bool(counts) and max(count.others for count in counts) <= 0",
        "alone = bool(counts)",
        (f"{_KUBERNETES}/quotas",),
    ),
    Mutant(
        "the capacity is what the quota shows, without what we have been granted since",
        "sweeper/clusters/kubernetes/quotas/free_capacity.py",
        "max(self.counted, self.held)",
        "self.quota.used.get(self.resource, 0)",
        (f"{_KUBERNETES}/quotas",),
    ),
    Mutant(
        "a rise of somebody else's pays for creates that are sent later",
        "sweeper/clusters/kubernetes/quotas/lag.py",
        "min(credited.get(key, 0) + risen.get(key, 0), charge)",
        "credited.get(key, 0) + risen.get(key, 0)",
        (f"{_KUBERNETES}/quotas",),
    ),
    Mutant(
        "a create that is over leaves its rise to the others",
        "sweeper/clusters/kubernetes/quotas/lag.py",
        "max(0, amount - charge.get(key, 0))",
        "amount",
        (f"{_KUBERNETES}/quotas",),
    ),
    Mutant(
        "after a sleep the view from before it is believed",
        "sweeper/clusters/kubernetes/backend.py",
        "        found = self._tracker.wakeup.is_over(now)\n",
        "        found = True\n",
        ("tests/sim/test_sleep.py",),
    ),
    Mutant(
        "a controller that wakes sends at once the create that it was to try again",
        "sweeper/clusters/kubernetes/executor.py",
        "        return self._clock.boot() - self._confirmed_at <= CONFIRMED\n",
        "        return True\n",
        ("tests/sim/test_sleep.py",),
    ),
    Mutant(
        "the time asleep counts for the belief in a denied deletion",
        "sweeper/clusters/kubernetes/fold.py",
        "{uid: one.stood_still(event.seconds) for uid, one in tracker.deletions.items()}",
        "dict(tracker.deletions)",
        ("tests/sim/test_sleep.py",),
    ),
    Mutant(
        "after a sleep a watch whose line has died is waited for",
        "sweeper/clusters/kubernetes/executor.py",
        "[watch.successor() for watch in self._watches]",
        "[]",
        ("tests/sim/test_sleep.py",),
    ),
    Mutant(
        "the limit of a pod does not count the time asleep",
        "sweeper/clusters/clock.py",
        "    return time.clock_gettime(_CLOCK)\n",
        "    return time.monotonic()\n",
        ("tests/sim/test_sleep.py",),
    ),
    Mutant(
        "a controller goes on that has lost its lease",
        "sweeper/clusters/kubernetes/lease.py",
        "if not holder.is_ours(found, self._mine):",
        "if False:",
        (f"{_KUBERNETES}/test_lease.py",),
    ),
    # What the cluster shows
    Mutant(
        "a new LIST leaves in the cache what has vanished",
        "sweeper/clusters/kubernetes/cache.py",
        "gone = [self._change(pod, gone=True) for pod in vanished]",
        "gone = [(pod, True) for pod in vanished if not pod]",
        (f"{_KUBERNETES}/test_cache.py",),
    ),
    Mutant(
        "a LIST takes away a pod that was created after it had been sent",
        "sweeper/clusters/kubernetes/cache.py",
        "if uid not in listed and self.written.get(uid, began - 1.0) < began",
        "if uid not in listed",
        (f"{_KUBERNETES}/test_cache.py",),
    ),
    Mutant(
        "the phase Failed or Succeeded is taken for the end of the containers",
        "sweeper/clusters/kubernetes/pods/sightings.py",
        '    if any(in_state(one, "running") for one in containers):\n        return False\n'
        "    if raw.phase(pod) in TERMINAL:\n        return bool(containers) or",
        "    if raw.phase(pod) in TERMINAL:\n        return True or",
        (f"{_KUBERNETES}/pods/test_sightings.py",),
    ),
    Mutant(
        "a phase that flips changes an end that was seen before",
        "sweeper/clusters/kubernetes/pods/sightings.py",
        "end = before.end or End(",
        "end = End(",
        (f"{_KUBERNETES}/pods/test_sightings.py",),
    ),
    Mutant(
        "a pod that Succeeded has completed, whatever record it left",
        "sweeper/core/outcome.py",
        "    if proof and proof.code == 0 and not proof.terminated:",
        "    if (proof and proof.code == 0 and not proof.terminated) or sighting.message == 'exit code 0':",
        ("tests/core/test_outcome.py",),
    ),
    Mutant(
        "a deleted pod's program that exits with a code of its own has failed",
        "sweeper/core/outcome.py",
        "not (sighting.interrupted or proof.code in",
        "not (proof.code in",
        ("tests/core/test_outcome.py",),
    ),
    Mutant(
        "an image that one node cannot pull pauses the sweep",
        "sweeper/clusters/kubernetes/pods/elsewhere.py",
        "        if others or self._is_vain:\n",
        "        if True:\n",
        (f"{_KUBERNETES}/pods/test_elsewhere.py",),
    ),
    Mutant(
        "what never started is waited for as if it had run",
        "sweeper/attempt_files.py",
        "if self._store.claim_abandoned(trial, attempt) is None:",
        "if not self._store:",
        ("tests/test_attempt_files.py",),
    ),
    Mutant(
        "what has not started is waited for after the first Ctrl-C",
        "sweeper/core/plan.py",
        "    if sighting.phase is Phase.PENDING and observation.returning:\n",
        "    if False:\n",
        ("tests/core/test_plan.py",),
    ),
    Mutant(
        "the first container of a pod tells of its trial",
        "sweeper/clusters/kubernetes/pods/main_container.py",
        "    if TRIAL in names:\n        return TRIAL\n",
        "",
        (f"{_KUBERNETES}/pods/test_main_container.py",),
    ),
    Mutant(
        "an exit record counts whoever wrote it",
        "sweeper/core/outcome.py",
        "finding.exit if finding.exit is not None and finding.exit.uid == sighting.uid else None",
        "finding.exit",
        ("tests/core/test_outcome.py",),
    ),
    Mutant(
        "a sweep is over while a pod may still turn up",
        "sweeper/core/plan.py",
        "idle = not state.live and observation.idle and",
        "idle = not state.live and",
        ("tests/core/test_plan.py",),
    ),
    # Attempts and their budgets
    Mutant(
        "the number of a voided attempt is used again",
        "sweeper/core/state.py",
        "            self._enqueue(one, Status.QUEUED, 0.0)\n\n    def _ended",
        "            one.number -= 1\n            self._enqueue(one, Status.QUEUED, 0.0)\n\n    def _ended",
        ("tests/core/test_state.py",),
    ),
    Mutant(
        "an eviction costs a try that was meant for failures",
        "sweeper/core/retry.py",
        "step = spent.get(cause, 0) + 1",
        "step = sum(spent.values()) + 1",
        ("tests/core/test_retry.py",),
    ),
    Mutant(
        "two pods of one attempt both run the program",
        "sweeper/shim.sh",
        '[ "$_owner" = "$_uid" ] || exit 75\n',
        "",
        ("tests/test_shim.py",),
    ),
    Mutant(
        "a doubtful attempt is given up without a claim on its folder",
        "sweeper/unknown_attempts.py",
        "owner = found or self._claim(attempt)",
        "owner = found",
        ("tests/test_engine.py",),
    ),
    Mutant(
        "the folder is believed before the journal",
        "sweeper/unknown_attempts.py",
        "        if known:\n            self._adopt(",
        "        if not known:\n            self._adopt(",
        ("tests/test_engine.py",),
    ),
    Mutant(
        "an attempt that was refused may run beside the next one",
        "sweeper/unknown_attempts.py",
        "if one in self._state.live and not self._is_barred(one)}",
        "if False}",
        ("tests/test_unknown_attempts.py",),
    ),
    # The journal and the fence
    Mutant(
        "a pod is deleted before its outcome is in the journal",
        "sweeper/engine.py",
        f"{_DECIDED}        for action in plan.actions:\n",
        "        for action in plan.actions:\n            if isinstance(action, Remove):\n"
        "                self._act(action)\n"
        f"{_DECIDED}        for action in plan.actions:\n            if isinstance(action, Remove):\n"
        "                continue\n",
        ("tests/test_engine.py",),
    ),
    Mutant(
        "an attempt is launched before the intent is in the journal",
        "sweeper/engine.py",
        f"{_DECIDED}        for action in plan.actions:\n            self._act(action)\n",
        "        for action in plan.actions:\n            if isinstance(action, Launch):\n"
        "                self._act(action)\n"
        f"{_DECIDED}        for action in plan.actions:\n            if not isinstance(action, Launch):\n"
        "                self._act(action)\n",
        ("tests/test_engine.py",),
    ),
    Mutant(
        "a decision is acted on before it is on the disk",
        "sweeper/store/journal.py",
        "            if sync:\n                os.fdatasync(self._file)\n",
        "",
        ("tests/test_engine.py",),
    ),
    Mutant(
        "a controller looks for the fence by its name",
        "sweeper/store/journal.py",
        "if self._next in _names(self._paths):",
        "if os.path.exists(self._paths.fence(self.term + 1)):",
        ("tests/volume/test_engine.py",),
    ),
    Mutant(
        "a turn begins without a look for a newer controller",
        "sweeper/engine.py",
        "        self._store.check()\n        self.status_updates.trouble_is_over()\n",
        "        self.status_updates.trouble_is_over()\n",
        ("tests/test_engine.py",),
    ),
    Mutant(
        "what a former controller writes behind the cut counts",
        "sweeper/store/journal.py",
        f"in in_parts(file, cut):\n{_TAKEN}        if end != cut and (cut is not None or not",
        f"in in_parts(file, None):\n{_TAKEN}        if rest and (cut is not None or not",
        _SIM,
    ),
    Mutant(
        "a torn last line is taken for damage",
        "sweeper/store/journal.py",
        "(cut is not None or not is_torn(rest))",
        "(cut is not None or rest != b'')",
        _SIM,
    ),
    Mutant(
        "a line counts whatever its checksum says",
        "sweeper/store/journal_lines.py",
        "return text == framed(text[12:-2])",
        'return text.endswith(b"]\\n")',
        ("tests/store/test_journal.py",),
    ),
    Mutant(
        "a lock that is old enough is taken from whoever holds it",
        "sweeper/store/lock.py",
        "                raise SweepHeldError(held_by(paths, signatory(paths)))\n",
        '                if time.time() - holder(paths).get("since", 0) > 60:\n'
        "                    return _replace(paths)\n"
        "                raise SweepHeldError(held_by(paths, signatory(paths)))\n",
        ("tests/store/test_lock.py",),
    ),
    Mutant(
        "a controller on another host is not waited for",
        "sweeper/core/presence.py",
        "    return Presence.UNKNOWN\n",
        "    return Presence.FREE\n",
        ("tests/store/test_presence.py",),
    ),
    Mutant(
        "a heartbeat that another has put there since is removed for the one that stood still",
        "sweeper/store/heartbeat.py",
        "        if _read(aside) != former:\n",
        "        if False:\n",
        ("tests/store/test_presence.py",),
    ),
    Mutant(
        "a controller that hangs beats for ever",
        "sweeper/store/heart.py",
        "            if time.monotonic() - self._turned_at > HANGS:\n",
        "            if False:\n",
        ("tests/store/test_heartbeat.py",),
    ),
    Mutant(
        "a controller that was taken over puts its heartbeat there again",
        "sweeper/store/heart.py",
        "            self.check()\n            heartbeat.publish(",
        "            heartbeat.publish(",
        ("tests/store/test_heartbeat.py",),
    ),
    Mutant(
        "a term begins before anybody has asked who controls the sweep",
        "sweeper/store/folder.py",
        "        held = retry(partial(claims.acquire",
        "        journal.take(folder.paths, lock.me())[1].close()\n"
        "        held = retry(partial(claims.acquire",
        ("tests/store/test_presence.py", "tests/sim/test_presence.py"),
    ),
    Mutant(
        "who leaves deletes the lease that another has taken meanwhile",
        "sweeper/clusters/kubernetes/lease.py",
        "if found is not None and holder.is_ours(found, self._mine):",
        "if found is not None:",
        (f"{_KUBERNETES}/test_lease.py",),
    ),
    Mutant(
        "a copy of a sweep's folder takes the lease of the original by force",
        "sweeper/clusters/kubernetes/lease.py",
        "if other.folder or (other.who and not self._forced):",
        "if other.who and not self._forced:",
        (f"{_KUBERNETES}/test_lease.py",),
    ),
    Mutant(
        "a term begins before the lease is ours",
        "sweeper/store/folder.py",
        "            if claim:\n                claim()\n            return cls(folder, held, retry)\n",
        "            holding = cls(folder, held, retry)\n"
        "            if claim:\n                claim()\n"
        "            return holding\n",
        ("tests/store/test_writer.py",),
    ),
    Mutant(
        "a request to stop outlives the controller that it was for",
        "sweeper/store/folder.py",
        'if one.kind == "stop" and one.term != self._writer.term]',
        'if one.kind == "stop" and one.id == ""]',
        ("tests/test_engine.py",),
    ),
    # A volume in trouble
    Mutant(
        "one EIO of the volume ends the controller",
        "sweeper/store/retrying.py",
        "                raise\n            return self._again(do)\n",
        "                raise\n            raise\n",
        ("tests/sim/test_sick_volume.py", "tests/test_sick_volume.py"),
    ),
    Mutant(
        "one attempt that cannot be read ends the controller",
        "sweeper/outcome_reader.py",
        "            self._try_later(attempt, error, now)\n            return None\n",
        "            raise error\n",
        ("tests/sim/test_sick_volume.py", "tests/test_outcome_reader.py"),
    ),
    Mutant(
        "a snapshot for readers that cannot be written ends the controller",
        "sweeper/store/status_reader.py",
        "        return str(failed)\n",
        "        raise failed from error\n",
        ("tests/test_sick_volume.py",),
    ),
    Mutant(
        "a write into the journal that failed is done again",
        "sweeper/store/journal.py",
        "            self._write(data, sync=sync)\n        self.retry(self.check)\n",
        "            self.retry(lambda: self._write(data, sync=sync))\n        self.retry(self.check)\n",
        ("tests/test_sick_volume.py",),
    ),
    Mutant(
        "who waits for the volume loses the sweep's lease",
        "sweeper/engine.py",
        "        self._backend.wait(0.0)\n        self.status_updates.report_trouble",
        "        self.status_updates.report_trouble",
        ("tests/sim/test_sick_volume.py",),
    ),
    Mutant(
        "a name that this host remembers as absent is not asked for again",
        "sweeper/files/nfs_revalidation.py",
        "for name in (dirname(path), path):",
        "for name in ():",
        ("tests/volume/test_attempts.py",),
    ),
)


def check_all(jobs: int, mutants: Sequence[Mutant] = MUTANTS) -> Iterator[Result]:
    """Every mutant's result as it comes, so many of them side by side; first the tests must pass without."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        whole = Path(folder, "whole")
        _copy(ROOT, whole)
        _pass(whole, jobs, sorted({test for mutant in mutants for test in mutant.tests}))
        with ThreadPoolExecutor(jobs) as threads:
            places = [Path(folder, str(number)) for number in range(len(mutants))]
            going = [threads.submit(check, *both, whole) for both in zip(mutants, places, strict=True)]
            for one in as_completed(going):
                yield one.result()


def check(mutant: Mutant, place: Path, whole: Path = ROOT) -> Result:
    """Copy the repository to `place`, put the bug into it, and see what the tests say."""
    began = time.monotonic()
    _copy(whole, place)
    source = place / mutant.path
    source.write_text(mutated(mutant, source.read_text()))
    status, shown = _pytest(place, LIMIT, "-n0", "-x", *mutant.tests)
    shutil.rmtree(place)
    first = _FIRST.search(shown)
    if status == _NEVER:
        killed, how = True, f"not done within {LIMIT:.0f} s"
    elif status == _FAILED and first:
        killed, how = True, first[1]
    else:
        killed, how = False, "all passed" if not status else f"pytest ends with {status}: {shown[-500:]}"
    return Result(mutant, killed, how, time.monotonic() - began)


def mutated(mutant: Mutant, text: str) -> str:
    """The file's text with the bug in it."""
    assert text.count(mutant.old) == 1, f"{mutant.path} does not hold the text of {mutant.name!r} once"
    return text.replace(mutant.old, mutant.new)


def _pass(place: Path, jobs: int, tests: Sequence[str]) -> None:
    """Nothing is learnt from a test that fails without any bug, or that tests another copy."""
    asked = [sys.executable, "-c", "import sweeper; print(sweeper.__file__)"]
    found = subprocess.check_output(asked, env=_environment(place), cwd=place.parent, text=True)
    assert Path(found.strip()) == place / "sweeper/__init__.py", f"the tests would test {found}"
    status, shown = _pytest(place, None, f"-n{jobs}", *tests)
    assert status == 0, f"the tests do not pass without a bug:\n{shown}"


def _pytest(place: Path, limit: float | None, *words: str) -> tuple[int, str]:
    """Exit status and output; all that it started ends with it."""
    options = ["-p", "no:cacheprovider", "--hypothesis-seed=0", f"--basetemp={place}/basetemp"]
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", *options, *words],
        cwd=place,
        env=_environment(place),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        shown, _ = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        shown, _ = process.communicate()
        return _NEVER, shown
    return process.returncode, shown


def _environment(place: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    return kept | {"PYTHONPATH": str(place), "CVSWEEP_PLAYED": "1"}


def _copy(source: Path, target: Path) -> None:
    """Compiled files go along: they are dated, so the one of a changed source is not used."""
    target.mkdir()
    for name in _PARTS:
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name)
        else:
            shutil.copy2(source / name, target / name)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.reliability.mutants", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), metavar="N")
    parser.add_argument("words", nargs="*", help="only those whose names hold one of these")
    asked = parser.parse_args()
    chosen = [one for one in MUTANTS if not asked.words or any(word in one.name for word in asked.words)]
    console, survived = Console(soft_wrap=True, highlight=False, markup=False), 0
    for result in check_all(asked.jobs, chosen):
        console.print(str(result))
        survived += not result.killed
    console.print(f"{len(chosen)} known bugs, {survived} survived")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
