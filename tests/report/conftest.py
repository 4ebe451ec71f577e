"""A headless browser, and the page of a sweep of two hundred trials to be opened in it.

The tests marked `browser` need Chromium, its driver and selenium, and are skipped where one is missing;
CVSWEEP_BROWSER=required makes that a failure.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.report import big
from tests.required import refuse_skip

if TYPE_CHECKING:
    from tests.report.browser import Browser

REQUIRED = os.environ.get("CVSWEEP_BROWSER") == "required"
NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where the browser is required, a test of it that was skipped has failed."""
    report = yield
    return refuse_skip(report) if REQUIRED and item.get_closest_marker("browser") else report


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a sweep of 200 trials with curves."""
    return big.report(tmp_path_factory.mktemp("big"))


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A headless Chromium."""
    binary = next((found for name in NAMES if (found := shutil.which(name))), None)
    driver = shutil.which("chromedriver")
    missing = [
        name
        for name, there in (
            ("chromium", binary),
            ("chromedriver", driver),
            ("selenium", find_spec("selenium")),
        )
        if not there
    ]
    if missing or not (binary and driver):
        pytest.skip(f"not installed: {', '.join(missing)}")
    from tests.report.browser import Browser

    browser = Browser(binary, driver, tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()
