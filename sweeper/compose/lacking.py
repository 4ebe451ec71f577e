"""The error for a parameter that exists only with some of the swept options of a config group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import islice

from omegaconf import DictConfig, OmegaConf

from sweeper.compose.session import Session
from sweeper.core.errors import UsageError
from sweeper.core.formatting import listed

_NAMED = 3
_TRIED = 50
"""The largest number of options of a group that are composed to find those without the parameter."""


def some_lack(
    session: Session, alternatives: Iterable[Mapping[str, str]], overrides: Sequence[str], key: str
) -> str:
    """Return the line that names the options without the parameter `key`; "" if all or none have it.

    Args:
        session: the open session.
        alternatives: for each swept group, the override of each of its options, with the override of the
            refused point that it would replace.
        overrides: the overrides of the refused point.
        key: the parameter.
    """
    groups = [text for text in overrides if session.is_group(_key(text).partition("@")[0])]
    for options in alternatives:
        has: dict[str, bool] = {}
        with suppress(UsageError):  # an option may not compose without the other overrides
            for option, here in islice(options.items(), _TRIED):
                has[option] = _has(session, [option if text == here else text for text in groups], key)
        if len(set(has.values())) > 1:
            return _line(session, has, overrides, key)
    return ""


def _line(session: Session, has: Mapping[str, bool], overrides: Sequence[str], key: str) -> str:
    without, with_it = (
        listed((option.lstrip("+") for option in has if has[option] is there), _NAMED)
        for there in (False, True)
    )
    forced = [f"++{text.lstrip('+')}" if _key(text) == key else text for text in overrides]
    way_out = "sweep these in two runs"
    with suppress(UsageError):  # some configurations accept no new parameter at all
        session.load(forced)
        way_out += f", or write ++{key}=... to set it with all of them"
    return f"{key}: there is no such parameter with {without}, only with {with_it}; {way_out}"


def _has(session: Session, overrides: Sequence[str], key: str) -> bool:
    cfg = session.load(overrides, lenient=True).cfg
    parent, _, name = key.rpartition(".")
    node = OmegaConf.select(cfg, parent) if parent else cfg
    return isinstance(node, DictConfig) and name in list(node)


def _key(text: str) -> str:
    return text.lstrip("+~").partition("=")[0]
