"""Differences between the APIs of Hydra 1.3 and 1.4, and of OmegaConf 2.3 and 2.4."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import hydra
import omegaconf
from hydra.version import VersionBase
from omegaconf import OmegaConf

_IS_13 = hydra.__version__.startswith("1.3.")

# 1.4 drops the parameter and warns if it is given; 1.3 warns if it is not.
VERSION_BASE: dict[str, Any] = {"version_base": "1.3"} if _IS_13 else {}

# 1.4 requires this argument to store a config under a name that exists already.
REPLACE: dict[str, Any] = {} if _IS_13 else {"replace": True}

# 2.4 warns if the former name is used; in 2.3, `register_resolver` is an older function.
register_resolver: Callable[..., None] = (
    OmegaConf.register_new_resolver
    if omegaconf.__version__.startswith("2.3")
    else OmegaConf.register_resolver
)


@contextmanager
def kept_version_base() -> Iterator[None]:
    """Restore the compatibility version that a program has chosen for its own use of Hydra."""
    known: Any = VersionBase.instance()
    before = known.version_base
    try:
        yield
    finally:
        known.version_base = before
