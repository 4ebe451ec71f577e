"""Caches parsed interpolations: the points of a grid resolve the same texts ten thousand times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from omegaconf import base

_REMEMBERED = 1024


@contextmanager
def parsed_once() -> Iterator[None]:
    """Cache OmegaConf's parse trees of texts inside this context.

    OmegaConf never changes a parse tree, and parsing takes several times as long as resolving.
    """
    omegaconf: Any = base
    parse = getattr(omegaconf, "parse", None)
    if parse is None:  # another release of OmegaConf, without this function
        yield
        return
    omegaconf.parse = lru_cache(_REMEMBERED)(parse)
    try:
        yield
    finally:
        omegaconf.parse = parse
