"""Some histories, the same each time; more for the mutants; `python -m tests.reliability` plays thousands."""

from __future__ import annotations

from hypothesis import settings

from tests.conftest import PLAYED
from tests.sim.histories import ANY, Histories

Histories.TestCase.settings = settings(ANY, max_examples=round(25 * PLAYED), derandomize=True)
TestHistories = Histories.TestCase
