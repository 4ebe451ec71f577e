"""CVSWEEP_NOTEBOOKS=required makes a notebook that cannot be executed here a failure instead of a skip."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

from tests.required import refuse_skip

WANTED = os.environ.get("CVSWEEP_NOTEBOOKS", "")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """If notebooks are required, a skipped test has failed."""
    report = yield
    return refuse_skip(report) if WANTED == "required" else report
