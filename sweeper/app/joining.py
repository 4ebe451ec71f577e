"""Create a sweep, or find the existing one of its name to add points; the first step of every front end."""

from __future__ import annotations

from dataclasses import dataclass

from sweeper.app.adding import Addition, plan_addition
from sweeper.app.checking import ask_cluster, check
from sweeper.app.create import create
from sweeper.app.load_config import See, ignore
from sweeper.app.observers import Observers
from sweeper.app.recording import Recording
from sweeper.app.spec import SweepSpec
from sweeper.core.errors import NameTakenError
from sweeper.store.folder import SweepFolder


@dataclass(frozen=True, slots=True)
class Joined:
    """The new or existing sweep of a spec.

    Attributes:
        folder: the sweep.
        spec: the points as the sweep has them.
        recording: the recording of its environment, which runs in a thread; None if the sweep existed.
        addition: the plan to add the points to an existing sweep; None if the sweep is new.
    """

    folder: SweepFolder
    spec: SweepSpec
    recording: Recording | None = None
    addition: Addition | None = None


def join(spec: SweepSpec, observers: Observers, see: See = ignore, *, remarks: bool = True) -> Joined:
    """Create the sweep, or plan to add the points to the existing sweep of its name. Nothing is run.

    Args:
        spec: the requested sweep.
        observers: receive messages for users.
        see: shows the progress if the points are composed again.
        remarks: report the remarks on the points, and how many of them the sweep already has.

    Raises:
        UsageError: the points cannot run, or the name belongs to another sweep.
        BackendError: the cluster cannot run them.
        StorageError: the folder cannot be written.
    """
    again = False
    while True:
        found = check(spec, observers, see, remarks=remarks and not again)
        if found.existing:
            ready = found.spec
            if not found.existing.is_held():
                ready = ask_cluster(ready, found.existing.manifest.id, observers)
            addition = plan_addition(found.existing, ready, observers if remarks else Observers())
            return Joined(found.existing, ready, addition=addition)
        try:
            folder, recording = create(found.spec, observers)
        except NameTakenError:
            if again:
                raise
            again = True  # another program has created it since the check: add the points to it
        else:
            return Joined(folder, found.spec, recording=recording)
