"""A sweep that is made, or found under its name with points to add: what every front end begins with."""

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
    """The sweep of a spec.

    Attributes:
        spec: the points as the sweep has them.
        recording: the record of its environment, still being made; None if the sweep existed.
        addition: what adding the points comes to; None if the sweep is new. Nothing is added yet.
    """

    folder: SweepFolder
    spec: SweepSpec
    recording: Recording | None = None
    addition: Addition | None = None


def join(spec: SweepSpec, observers: Observers, see: See = ignore, *, remarks: bool = True) -> Joined:
    """Make the sweep, or plan to add the points to the one that has its name. Nothing is run.

    Args:
        see: is called as points are composed again.
        remarks: report what is to be said of the points, and how many of them the sweep has already.

    Raises:
        UsageError: the points could not run, or the name belongs to another sweep.
        BackendError: the cluster could not run them.
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
            again = True  # another program has made it since we looked: add to it
        else:
            return Joined(folder, found.spec, recording=recording)
