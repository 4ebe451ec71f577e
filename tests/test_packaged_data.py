"""What cvsweep brings beside its code says what the code says."""

from __future__ import annotations

from pathlib import Path

import yaml

from sweeper import packaged_data
from sweeper.core.retry import BUDGETS
from sweeper.core.settings import RetrySettings


def test_the_budgets_that_are_written_down_are_those_that_hold():
    """configs/retry/default.yaml shows what would hold without it; the code leaves out what has none."""
    configs = packaged_data.folder("configs", "retry/default.yaml")
    written = yaml.safe_load(Path(configs, "retry/default.yaml").read_text())
    retried = {cause: budget for cause, budget in written["budgets"].items() if budget}
    assert retried == {cause.value: budget for cause, budget in BUDGETS.items()}
    waits = {key: value for key, value in written.items() if key != "budgets"}
    assert waits == {key: getattr(RetrySettings(), key) for key in waits}
