"""Recipes that need a framework run where it is installed, as the tests of frameworks do."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

from tests.required import refuse_skip


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where the frameworks are required, a test that was skipped has failed."""
    report = yield
    return refuse_skip(report) if os.environ.get("CVSWEEP_FRAMEWORKS") == "required" else report
