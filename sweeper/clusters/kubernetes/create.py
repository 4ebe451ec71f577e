"""Creates one pod, whatever the server answers, and finds out which pod has the name in the end.

Kubernetes charges the quota before it checks the name, so a create is never simply repeated: if it may
have been carried out, the name is looked up first, and the create is sent again only if no pod has it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import tenacity

from sweeper.clusters.kubernetes import refusals
from sweeper.clusters.kubernetes.api_errors import ApiError, NotFound, Trouble
from sweeper.clusters.kubernetes.clock import ClusterClock, SystemClock
from sweeper.clusters.kubernetes.events import Created, Full, Refused, Result
from sweeper.clusters.kubernetes.pods.identity import Requests
from sweeper.clusters.kubernetes.raw import Json, part, text
from sweeper.clusters.kubernetes.server.api import Api
from sweeper.clusters.kubernetes.server.retries import LATE, after_what_was_said

_LOOK_EVERY = 2.0
_FAULTS = 5
"""The number of unexpected errors after which a create fails."""


class _Again(Exception):
    """The create has no result yet and must be tried again."""


class Creation:
    """Creates one pod, in a thread of its own.

    Other threads set `give_up` if the pod is not wanted any more, and also `leave` if no thread waits for the
    result. They set `shown` to the pod if a watch reports it before the create is answered. `report` gets the
    reason for each retry. While `may_send` returns False, no create is sent. The time for which a create is
    in doubt does not include sleep: a request that the machine had not sent is sent when it wakes.
    """

    def __init__(
        self,
        api: Api,
        pod: Json,
        report: Callable[[str], None],
        requests: Requests | None = None,
        may_send: Callable[[], bool] = lambda: True,
        clock: ClusterClock | None = None,
    ) -> None:
        self.give_up = threading.Event()
        self.leave = threading.Event()
        self._api = api
        self._pod = pod
        self._report = report
        self._requests = requests or Requests()
        self._may_send = may_send
        self._clock = clock or SystemClock()
        self._path = api.pods(pod["metadata"]["name"])
        self.shown: Json | None = None
        self._doubtful_since: float | None = None
        self._doubts = 0
        self._since: dict[refusals.Refusal, float] = {}
        self._faults = 0

    def run(self) -> Result:
        """Create the pod, without a time limit; `Result` lists the possible outcomes."""
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(self._is_worth_a_try),
            wait=after_what_was_said(),
            stop=tenacity.stop_when_event_set(self.give_up),
            sleep=tenacity.sleep_using_event(self.give_up),
            before_sleep=self._report_retry,
        )
        try:
            return retrying(self._try)
        except tenacity.RetryError:
            return self._settle()

    def _try(self) -> Result:
        if self.shown is not None:
            return self._created(self.shown, others=self._doubts - 1)
        if self._doubtful_since is not None:
            found = self._look()
            if found:
                return found
            if self._clock.awake() > self._doubtful_since + LATE:
                self._doubtful_since, self._doubts = None, 0
        if self.give_up.is_set():
            raise _Again
        if not self._may_send():
            raise _Again("it is not known whether the sweep is still ours")
        try:
            pod = self._api.post(self._api.pods(), self._requests.marked(self._pod))
        except ApiError as error:
            return self._answered(error)
        except Exception:
            self._doubt()
            raise
        if not text(part(pod, "metadata"), "uid"):
            self._doubt()
            raise _Again("the answer shows no pod")
        return self._created(pod, others=self._doubts)

    def _is_worth_a_try(self, error: BaseException) -> bool:
        self._faults += not isinstance(error, _Again | Trouble)
        return self._faults < _FAULTS

    def _doubt(self) -> None:
        # A server that fails may start again, and then it denies everything until it has read the roles.
        self._since.pop(refusals.Refusal.DENIED, None)
        self._doubtful_since = self._clock.awake()
        self._doubts += 1

    def _created(self, pod: Json, *, others: int) -> Created:
        """Return the result for `pod`.

        `others` is how many creates in doubt did not make this pod; they may make another once it is gone.
        """
        return Created(pod, self._doubtful_for if others > 0 else 0.0)

    @property
    def _doubtful_for(self) -> float:
        """The number of seconds for which a create in doubt may still be carried out."""
        since = self._doubtful_since
        return 0.0 if since is None else max(0.0, since + LATE - self._clock.awake())

    def _answered(self, error: ApiError) -> Result:
        answer = refusals.read(error)
        match answer:
            case refusals.Refusal.QUOTA if self._doubtful_since is None:
                return Full(error.message)
            case refusals.Refusal.QUOTA:
                raise error  # the quota may be full because of the pod that is in doubt
            case refusals.Refusal.DENIED | refusals.Refusal.WEBHOOK if not self._lasts(answer):
                raise error
            case refusals.Refusal.DENIED | refusals.Refusal.WEBHOOK | refusals.Refusal.NEVER:
                message = refusals.explain(error)
                return self._late() or Refused(message, for_good=True)
            case refusals.Refusal.EXISTS:
                found = self._look()
                if found:
                    return found
            case refusals.Refusal.DOUBT:
                self._doubt()
        raise error

    def _lasts(self, answer: refusals.Refusal) -> bool:
        since = self._since.setdefault(answer, self._clock.awake())
        return self._clock.awake() > since + refusals.BELIEVED_AFTER[answer]

    def _look(self) -> Result | None:
        """Look up the name: a Result if a pod has it, None if none has; _Again if ours is being deleted."""
        try:
            there = self._api.get(self._path)
        except NotFound:
            return None
        if not self._requests.made(there):
            message = f"a pod that this sweep did not make is called {self._pod['metadata']['name']}"
            return Refused(message, taken=True, late=self._doubtful_for if self._doubts else 0.0)
        if there["metadata"].get("deletionTimestamp"):
            raise _Again("a former pod of this name is still being deleted")
        return self._created(there, others=self._doubts - 1)

    def _settle(self) -> Result:
        """Return the result of a create that was given up."""
        if self.shown is not None:
            return self._created(self.shown, others=self._doubts - 1)
        return self._late() or Refused("it was not needed any more")

    def _late(self) -> Result | None:
        """Wait for a pod that a create in doubt may still make; None if there is none, or on `leave`."""
        while self._doubtful_for:
            try:
                found = self._look()
            except (Trouble, _Again) as error:
                self._report(str(error))
            else:
                if found:
                    return found
            if self.leave.wait(_LOOK_EVERY):
                break
        return None

    def _report_retry(self, state: tenacity.RetryCallState) -> None:
        if state.outcome:
            self._report(f"a pod is not created yet: {state.outcome.exception()}")
