"""Reading all that a page shows from a sweep's folder."""

from __future__ import annotations

from sweeper.core.model import Attempt, Cause
from sweeper.core.records import Launched, Launching, Offered
from sweeper.report.gather import gather
from tests.report import sweeps

PARAMS = [{"x": index} for index in range(4)]


def test_everything_comes_from_the_journal_and_the_trials_folders(tmp_path):
    """Facts and spans are the journal's, curves and logs the attempts', also of a sweep that runs."""
    made = sweeps.folder(
        tmp_path,
        PARAMS,
        sweeps.ran(0, metrics={"acc": 0.5}),
        sweeps.ran(1, Cause.ERROR, error="ValueError: x"),
        [Launching(Attempt(2, 1), 5.0), Launched(Attempt(2, 1), "uid", "node-b", at=5.0)],
        [Offered(3, 4.0)],
    )
    for index in (0, 2):
        lines = "".join(f'{{"step": {step}, "acc": 0.{step}}}\n' for step in (1, 2))
        (sweeps.out(made, index, PARAMS[index]) / "metrics.jsonl").write_text(lines)
    (sweeps.out(made, 1, PARAMS[1]) / "log.txt").write_text(
        "Traceback (most recent call last):\nValueError: x\n"
    )
    found = gather(made, now=10.0)
    assert found.facts.name == "digits-x"
    assert [span.attempt.trial for span in found.spans] == [0, 1, 2]
    assert {trial: curve.series["acc"] for trial, curve in found.curves.items()} == {
        0: (0.1, 0.2),
        2: (0.1, 0.2),
    }
    assert [one.log[-1] for one in found.failures] == ["ValueError: x"]
    assert found.offers == [(4.0, 3)]
    assert found.facts.tally.seconds == 4.0


def test_long_curves_are_thinned_as_they_come(tmp_path):
    """A night of long runs need not fit into memory."""
    made = sweeps.folder(tmp_path, PARAMS[:1], sweeps.ran(0, metrics={"acc": 0.5}))
    lines = (f'{{"step": {step}, "acc": {step}}}\n' for step in range(5000))
    (sweeps.out(made, 0, PARAMS[0]) / "metrics.jsonl").write_text("".join(lines))
    (curve,) = gather(made, now=10.0).curves.values()
    assert (len(curve.steps), curve.steps[0], curve.steps[-1]) == (200, 0, 4999)
