"""A program as a user may write it. Type checkers read it (tests/app/test_types.py); nothing runs it."""

from pathlib import Path

import pandas

import sweeper
from sweeper.app.events import Event, Message, TrialEnded


def show(event: Event) -> None:
    if isinstance(event, Message):
        print(event.text)
    elif isinstance(event, TrialEnded) and not event.again:
        print(event.trial, event.cause, event.metrics.get("acc"))


def main() -> pandas.DataFrame:
    one: sweeper.Sweep = sweeper.create_sweep(
        "lr=1e-3,1e-4", "seed=range(5)", "sweep.name=first", project=Path("project"), observers=[show]
    )
    if not one.run(observers=[show]).finished:
        one.start()
        one.wait(timeout=3600.0)
    one.retry([0, "3f2a"], completed=True)
    one.cancel([1])
    counts: dict[str, int] = dict(one.status().snapshot.counts)
    again = sweeper.open_sweep(one.name, root=Path(one.path).parent)
    curves: pandas.DataFrame = again.curves(metrics="loss", trials=[0])
    print(counts, len(curves), sweeper.load_curves([one.path]).shape, sweeper.__version__)
    return again.results().join(sweeper.load_results(one.path)["lr"], rsuffix="_again")


if __name__ == "__main__":
    main()
