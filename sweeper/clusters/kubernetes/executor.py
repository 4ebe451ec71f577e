"""Runs in threads the requests that actions ask for, and the two watches. Decides nothing."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

from sweeper.clusters.kubernetes import actions, calls, events
from sweeper.clusters.kubernetes.api_errors import Forbidden
from sweeper.clusters.kubernetes.cache import PODS, QUOTAS
from sweeper.clusters.kubernetes.capacity import ALONE
from sweeper.clusters.kubernetes.clock import ClusterClock
from sweeper.clusters.kubernetes.create import Creation
from sweeper.clusters.kubernetes.pods import identity
from sweeper.clusters.kubernetes.pods.identity import Requests
from sweeper.clusters.kubernetes.server.api import Api
from sweeper.clusters.kubernetes.server.inbox import Inbox
from sweeper.clusters.kubernetes.server.retries import retried
from sweeper.clusters.kubernetes.server.watch import Watch
from sweeper.clusters.kubernetes.server.workers import Workers
from sweeper.core.model import Attempt

CONFIRMED = 5.0
"""Seconds for which a create may be sent after the engine has found that the sweep is still ours.

A machine that wakes after another host has taken the sweep over must not send what it was about to send:
the other looks for late pods only for LATE, this and the server's own limit together.
"""

_START = 30.0

_Call = Callable[[Api, Any], events.BackendEvent | None]


class Executor:
    """Used by the engine's thread. Every answer is put into the inbox."""

    def __init__(
        self,
        api: Api,
        sweep_id: str,
        requests: Requests,
        inbox: Inbox[events.BackendEvent],
        clock: ClusterClock,
    ) -> None:
        self._api, self._sweep_id, self._requests = api, sweep_id, requests
        self._inbox, self._clock = inbox, clock
        self._watches: list[Watch] = []
        self._creations: dict[Attempt, Creation] = {}
        self._confirmed_at = -math.inf
        self._creates, self._deletions = Workers(ALONE, "create"), Workers(4, "delete")
        self._looks, self._questions = Workers(1, "look"), Workers(1, "inquire")
        self._closed = False

    def open(self) -> None:
        """LIST everything once, then keep watching; ApiError or Unreachable if the server does not answer."""
        pods = Watch(self._api, PODS, self._inbox.put, identity.selector(self._sweep_id))
        quotas = Watch(self._api, QUOTAS, self._inbox.put)
        retried(pods.list, seconds=_START, denied=_START)
        try:
            retried(quotas.list, seconds=_START)
        except Forbidden as error:  # its watch asks again and again; until then we are modest (see capacity)
            self._inbox.put(events.Silent(QUOTAS, str(error), is_denied=True))
        self._start([pods, quotas])

    def relist(self) -> None:
        """Ask for everything again: after a sleep a connection may bring nothing and not say so."""
        self._start([watch.successor() for watch in self._watches])

    def confirm(self, now: float) -> None:
        """The engine turns, what it knows is no older than the last sleep, and the sweep is ours."""
        self._confirmed_at = now

    def do(self, action: actions.Action) -> None:
        """Carry it out; the answer comes later."""
        match action:
            case actions.Create(attempt):
                self._create(attempt, action)
            case actions.ShowPod(attempt, pod) if attempt in self._creations:
                self._creations[attempt].shown = pod
            case actions.GiveUp(attempt) if attempt in self._creations:
                self._creations[attempt].give_up.set()
            case actions.Delete():
                self._submit(self._deletions, calls.delete, action)
            case actions.ReadEvents():
                self._submit(self._deletions, calls.read_events, action)
            case actions.AskQueue():
                self._submit(self._questions, calls.ask_queue, action)
            case actions.Inquire():
                self._submit(self._questions, calls.inquire, action)
            case actions.ListPods():
                self._submit(self._looks, calls.list_pods, action)

    def leave(self) -> None:
        """Wait for no answer but those to deletions: what is under way is the next controller's to find."""
        for watch in self._watches:
            watch.close()
        for creation in list(self._creations.values()):
            creation.leave.set()
            creation.give_up.set()
        for workers in (self._creates, self._looks, self._questions):
            workers.close()

    def close(self) -> None:
        """Nothing is sent any more."""
        self._closed = True
        self._deletions.close()

    def _start(self, watches: list[Watch]) -> None:
        self._watches = watches
        for watch in watches:
            watch.start()

    def _create(self, attempt: Attempt, action: actions.Create) -> None:
        creation = self._creations[attempt] = Creation(
            self._api,
            action.pod,
            lambda message: self._inbox.put(events.Delayed(attempt, message)),
            self._requests,
            self._is_confirmed,
            self._clock,
        )
        self._creates.submit(partial(self._run, attempt, creation))

    def _run(self, attempt: Attempt, creation: Creation) -> None:
        try:
            result = creation.run()
        except Exception as error:  # noqa: BLE001  # whatever it was, the engine must hear of it
            result = events.Refused(f"creating a pod failed: {type(error).__name__}: {error}", for_good=True)
        self._creations.pop(attempt, None)
        self._inbox.put(events.Answered(attempt, result))

    def _is_confirmed(self) -> bool:
        """Asked in the threads that create."""
        return self._clock.boot() - self._confirmed_at <= CONFIRMED

    def _submit(self, workers: Workers, call: _Call, action: actions.Action) -> None:
        if not self._closed:
            workers.submit(partial(self._call, call, action))

    def _call(self, call: _Call, action: actions.Action) -> None:
        answer = None if self._closed else call(self._api, action)
        if answer is not None:
            # The engine does not hurry for what a deletion comes to: a watch shows that the pod is gone.
            self._inbox.put(answer, wakes=not isinstance(action, actions.Delete))
