"""What the ill-treatment tests share."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.chaos.victim import Victim


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[Victim]:
    """A sweep that nothing is left of afterwards."""
    one = Victim(tmp_path / "project")
    yield one
    one.stop()


@pytest.fixture
def mischief(request: pytest.FixtureRequest) -> Callable[[float, float], None]:
    """Waits for a moment that is random but the same for the same round."""
    chance = random.Random(request.node.name)

    def wait(shortest: float, longest: float) -> None:
        time.sleep(chance.uniform(shortest, longest))

    return wait
