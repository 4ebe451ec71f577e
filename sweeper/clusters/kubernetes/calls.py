"""Requests for which no caller waits: each function sends an action's request and returns an event.

Most errors become events as well: if a thread ended without one, a pod could be left behind.
"""

from __future__ import annotations

from sweeper.clusters.kubernetes import events
from sweeper.clusters.kubernetes.actions import AskQueue, Delete, Inquire, ListPods, ReadEvents
from sweeper.clusters.kubernetes.api_errors import Conflict, NotFound, Trouble, UnknownResource
from sweeper.clusters.kubernetes.deletion import believed_after
from sweeper.clusters.kubernetes.pods import queue_signs
from sweeper.clusters.kubernetes.pods.waiting import UNREADABLE, last_event_message
from sweeper.clusters.kubernetes.raw import Json, parts
from sweeper.clusters.kubernetes.server.api import Api, all_pods
from sweeper.clusters.kubernetes.server.retries import rest_after


def delete(api: Api, action: Delete) -> events.DeletionAgreed | events.DeletionFailed:
    """Delete a pod with its normal grace period, if it still has the action's UID."""
    try:
        return events.DeletionAgreed(action.uid, is_gone=not _is_deleted(api, action))
    except Exception as error:  # noqa: BLE001  # after any error the deletion has to be sent again
        message = str(error) if isinstance(error, Trouble) else f"{type(error).__name__}: {error}"
        return events.DeletionFailed(
            action.uid, message, rest_after(action.tries, error), believed_after(error)
        )


def _is_deleted(api: Api, action: Delete) -> bool:
    """Delete the pod: True if the server agreed, False if the pod was gone already."""
    try:
        api.delete(api.pods(action.name), action.uid)
    except (NotFound, Conflict) as error:
        is_told = isinstance(error, NotFound) and not isinstance(error, UnknownResource)
        if not is_told and _is_there(api, action):
            raise  # the pod exists with this UID, so the conflict has another reason
        return False
    return True


def _is_there(api: Api, action: Delete) -> bool:
    """Return True if the pod of this name still has the action's UID."""
    try:
        found = api.get(api.pods(action.name))
    except UnknownResource:
        raise  # a server that has just started may not know pods yet
    except NotFound:
        return False
    return bool(found["metadata"]["uid"] == action.uid)


def read_events(api: Api, action: ReadEvents) -> events.EventsRead:
    try:
        message = last_event_message(_events(api, f"involvedObject.uid={action.uid}"))
    except Exception as error:  # noqa: BLE001  # an unexpected answer must not end the thread
        message = f"{UNREADABLE}: {error}"
    return events.EventsRead(action.uid, message)


def ask_queue(api: Api, action: AskQueue) -> events.EventsRead | None:
    """Read the last message about a pod in a queue; None without an answer: the next request is due soon."""
    try:
        event_list = _events(api, f"involvedObject.uid={action.uid}")
        if workload := queue_signs.workload_of(event_list):
            event_list = _events(api, f"involvedObject.kind=Workload,involvedObject.name={workload}")
        return events.EventsRead(action.uid, queue_signs.last_event_message(event_list))
    except Exception:  # noqa: BLE001  # as above
        return None


def inquire(api: Api, action: Inquire) -> events.Inquired:
    """Read who deleted a pod; without an answer the deletion is judged by what else is known."""
    try:
        event_list = _events(api, f"involvedObject.uid={action.uid}")
        if group := queue_signs.group_of(action.pod):
            event_list += _events(api, f"involvedObject.kind=PodGroup,involvedObject.name={group}")
        found: tuple[Json, ...] | None = tuple(event_list)
    except Exception:  # noqa: BLE001  # as above
        found = None
    # An earlier listing is outdated, whether this one succeeds or not: hence () and not None.
    pods = (_all_pods(api) or ()) if action.look_around else None
    return events.Inquired(action.uid, found, pods)


def list_pods(api: Api, action: ListPods) -> events.PodsListed:
    """List the namespace's pods; a failure is reported by the watches, and the next listing is due soon."""
    return events.PodsListed(action.began, _all_pods(api))


def _all_pods(api: Api) -> tuple[Json, ...] | None:
    try:
        return all_pods(api)
    except Exception:  # noqa: BLE001  # the callers handle None
        return None


def _events(api: Api, selector: str) -> list[Json]:
    return [dict(one) for one in parts(api.get(api.path("events"), fieldSelector=selector), "items")]
