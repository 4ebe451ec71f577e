"""summary.md."""

from __future__ import annotations

from sweeper.core.model import Cause
from sweeper.report.summary import make_summary
from tests.report import sweeps

PARAMS = [
    {"lr": 0.1, "<b>": "a|b"},
    {"lr": 0.01, "<b>": "c"},
    {"lr": 0.001, "<b>": "d"},
    {"lr": 1.0, "<b>": "e"},
]


def test_it_says_how_it_went_which_is_best_and_what_failed():
    """The headline, the best rows, best first, and the failures by kind; nothing of a user's is markup."""
    facts = sweeps.facts(
        PARAMS,
        sweeps.ran(0, metrics={"acc": 0.5, "loss": 1.5}),
        sweeps.ran(1, metrics={"acc": 0.75, "loss": 0.25}),
        sweeps.ran(2, Cause.ERROR, error="KeyError: '<x>'"),
        sweeps.ran(3, Cause.ERROR, error="KeyError: '<x>'"),
        now=0.0,
    )
    key = facts.state.trials[1].trial.key
    assert (
        make_summary(facts)
        == f"""\
# digits-x

**4 trials: 2 completed, 2 failed** (finished, as of 1970-01-01 00:00 UTC)

- wall time: 2.0s
- run time of all attempts: 8.0s
- retries: 0

## Best

Trial 1: **acc = 0.75**, with lr = 0.01, `<b>` = c

To run it again, by hand or as the command that it is:

```
sh /sweeps/digits-x/trials/00001-{key}/command.sh
python train.py --index=1
```

## Best rows

| trial | lr | `<b>` | acc | loss |
| --- | --- | --- | --- | --- |
| 1 | 0.01 | c | 0.75 | 0.25 |
| 0 | 0.1 | `a\\|b` | 0.5 | 1.5 |

## Failures

- 2× error, trials 2, 3: `KeyError: '<x>'`
"""
    )


def test_a_sweep_of_which_nothing_is_known_yet_has_a_summary():
    """Before anything was launched the summary is the counts alone."""
    text = make_summary(sweeps.facts(PARAMS, now=0.0))
    assert text == "# digits-x\n\n**4 trials: 4 queued** (not finished, as of 1970-01-01 00:00 UTC)\n"


def test_what_is_too_much_is_counted():
    """The rows are the ten best, and failures of other kinds than the ten most frequent are counted."""
    params = [{"x": index} for index in range(24)]
    good = [sweeps.ran(index, metrics={"acc": index / 100}) for index in range(12)]
    bad = [sweeps.ran(index, Cause.ERROR, error="E" * (index - 11)) for index in range(12, 24)]
    lines = make_summary(sweeps.facts(params, *good, *bad)).splitlines()
    assert sum(line.startswith("| ") for line in lines) == 12
    assert lines[-1] == "- and 2 more that failed in other ways"
