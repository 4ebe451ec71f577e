"""Overrides for Hydra that test_command.py does not run through a shell."""

import pytest

from sweeper.core.errors import UsageError
from sweeper.core.hydra_override_text import hydra_word


@pytest.mark.parametrize("value", ["???", ["a", "???"], [{"name": "???"}]])
def test_missing_values_are_refused(value):
    """The text that Hydra reads as a missing value is refused, at any depth and with its parameter named."""
    with pytest.raises(UsageError, match=r"parameter model\.name: .*missing value"):
        hydra_word("model.name", value)
