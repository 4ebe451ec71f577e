"""Differences in the API of Hydra 1.3 and 1.4, and of their OmegaConf 2.3 and 2.4."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import hydra
import omegaconf
from hydra.version import VersionBase
from omegaconf import OmegaConf

_IS_13 = hydra.__version__.startswith("1.3.")

# 1.4 drops the parameter and warns where it is still given; 1.3 warns where it is not.
VERSION_BASE: dict[str, Any] = {"version_base": "1.3"} if _IS_13 else {}

# 1.4 wants to hear that a second store of the same name is meant.
REPLACE: dict[str, Any] = {} if _IS_13 else {"replace": True}

# 2.4 warns where the former name is used; before, `register_resolver` was an older function.
register_resolver: Callable[..., None] = (
    OmegaConf.register_new_resolver
    if omegaconf.__version__.startswith("2.3")
    else OmegaConf.register_resolver
)


@contextmanager
def kept_version_base() -> Iterator[None]:
    """Leave the compatibility version that a program has chosen for its own use of Hydra as it is."""
    known: Any = VersionBase.instance()
    before = known.version_base
    try:
        yield
    finally:
        known.version_base = before
