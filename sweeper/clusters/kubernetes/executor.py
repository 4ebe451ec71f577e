"""Runs the requests of actions, and the two watches, in threads. Decides nothing."""

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
"""Seconds after the engine has confirmed that the sweep is still ours during which a create may be sent.

A machine that wakes after another host has taken the sweep over must not send a create that was about to be
sent: the other host waits for late pods only for LATE, the sum of this time and the server's own limit.
"""

_START = 30.0

_Call = Callable[[Api, Any], events.BackendEvent | None]


class Executor:
    """Sends requests for the engine's thread, and puts every answer into the inbox."""

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
        """List pods and quotas once, then watch them.

        Raises:
            ApiError: the pods may not be listed. Quotas that may not be listed are reported as `Silent`.
            Unreachable: the server does not answer.
        """
        pods = Watch(self._api, PODS, self._inbox.put, identity.selector(self._sweep_id))
        quotas = Watch(self._api, QUOTAS, self._inbox.put)
        retried(pods.list, seconds=_START, denied=_START)
        try:
            retried(quotas.list, seconds=_START)
        except Forbidden as error:  # the watch tries again; until then few pods are created (see capacity)
            self._inbox.put(events.Silent(QUOTAS, str(error), is_denied=True))
        self._start([pods, quotas])

    def relist(self) -> None:
        """Replace both watches, which list again: after a sleep a connection may be dead without an error."""
        self._start([watch.successor() for watch in self._watches])

    def confirm(self, now: float) -> None:
        """Record that at `now` the engine's data was newer than the last sleep and the sweep was ours."""
        self._confirmed_at = now

    def do(self, action: actions.Action) -> None:
        """Start the action's request; its answer is put into the inbox later."""
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
        """Stop everything but deletions; pods of creates under way are found by the next controller."""
        for watch in self._watches:
            watch.close()
        for creation in list(self._creations.values()):
            creation.leave.set()
            creation.give_up.set()
        for workers in (self._creates, self._looks, self._questions):
            workers.close()

    def close(self) -> None:
        """Send no further request."""
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
        except Exception as error:  # noqa: BLE001  # the engine must get a result for every create
            result = events.Refused(f"creating a pod failed: {type(error).__name__}: {error}", for_good=True)
        self._creations.pop(attempt, None)
        self._inbox.put(events.Answered(attempt, result))

    def _is_confirmed(self) -> bool:
        """Return True if a create may be sent now; called in the threads that create."""
        return self._clock.boot() - self._confirmed_at <= CONFIRMED

    def _submit(self, workers: Workers, call: _Call, action: actions.Action) -> None:
        if not self._closed:
            workers.submit(partial(self._call, call, action))

    def _call(self, call: _Call, action: actions.Action) -> None:
        answer = None if self._closed else call(self._api, action)
        if answer is not None:
            # The answer to a deletion does not wake the engine: a watch reports when the pod is gone.
            self._inbox.put(answer, wakes=not isinstance(action, actions.Delete))
