"""What a run requires is not skipped: where it cannot be had, the tests that need it have failed."""

from __future__ import annotations

import pytest


def refuse_skip(report: pytest.TestReport) -> pytest.TestReport:
    """The report of a test that had to run: a skip becomes a failure that says why."""
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", f"skipped, though required: {report.longrepr}"
    return report
