"""Separates the overrides of the program from those of cvsweep and Hydra, and hides cvsweep's from Hydra."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from omegaconf import DictConfig, OmegaConf, flag_override

from sweeper.compose.errors import STORED_SUFFIX
from sweeper.core.patterns import lazy
from sweeper.core.settings import RESERVED

_TOP = lazy(r"[+~]*([^./@=\[]*)")
_KEY = lazy(r"[+~]*([^@=]*)")


def top(text: str) -> str:
    """Return the first part of an override's key or group."""
    match = _TOP.match(text)
    return match[1] if match else ""


def own_overrides(overrides: Sequence[str]) -> tuple[str, ...]:
    """Return the overrides that are for the program: all except those of cvsweep's settings and of Hydra."""
    return tuple(filter(_is_own, overrides))


@lru_cache(maxsize=10_000)  # points share their overrides
def _is_own(text: str) -> bool:
    return top(text) not in RESERVED


def hide_ours(node: DictConfig) -> None:
    """Remove cvsweep's overrides, and the suffix of its stored config, from Hydra's node.

    A parameter that uses them (`${hydra:job.override_dirname}`) must not depend on the sweep's settings.
    """
    with flag_override(node, ["readonly", "struct"], False):
        node.job.config_name = str(node.job.config_name).removesuffix(STORED_SUFFIX)
        # Unresolved, since an override may refer to a key that does not exist.
        all_of_them = OmegaConf.to_container(node.overrides.task)
        assert isinstance(all_of_them, list)
        own = own_overrides(all_of_them)
        if len(own) < len(all_of_them):
            node.overrides.task = list(own)
            node.job.override_dirname = _dirname(own, node.job.config.override_dirname)


def _dirname(overrides: Sequence[str], config: DictConfig) -> str:
    """Return `override_dirname` for these overrides, as Hydra computes it."""
    texts: Iterator[str] = (text for text in overrides if _key(text) not in config.exclude_keys)
    return str(config.item_sep).join(sorted(texts)).replace("=", config.kv_sep)


def _key(text: str) -> str:
    match = _KEY.match(text)
    return match[1] if match else ""
