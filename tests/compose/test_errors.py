"""The line for an error of Hydra or OmegaConf, whatever its causes look like."""

from __future__ import annotations

import pytest

from sweeper.compose.errors import describe, guarded
from sweeper.core.errors import UsageError


def test_causes_in_a_circle_end() -> None:
    """OmegaConf raises an error again as its own, so that a cause can lead back to it."""
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one
    assert describe(one) == "one"


def test_an_error_of_hydras_own_code_is_no_traceback() -> None:
    """Some mistakes end in an AttributeError there."""
    with (
        pytest.raises(UsageError, match=r"^config: 'NoneType' object has no attribute 'get'$"),
        guarded("config"),
    ):
        None.get  # type: ignore[attr-defined]  # noqa: B018
