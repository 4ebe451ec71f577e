"""Some histories, the same each time; `python -m tests.reliability` plays thousands."""

from __future__ import annotations

from hypothesis import settings

from tests.sim.histories import ANY, Histories

Histories.TestCase.settings = settings(ANY, max_examples=25, derandomize=True)
TestHistories = Histories.TestCase
