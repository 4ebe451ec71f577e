"""Finds resolvers of an app that return another value at each call, such as a random number or a time.

The app resolves its configuration again when it runs, so a value that was resolved here is another one there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from omegaconf import OmegaConf
from omegaconf.basecontainer import BaseContainer

_KNOWN = ("hydra", "now")
"""Hydra's own resolvers; the names of OmegaConf's begin with `oc.`."""
_CALLS = 3
"""How often a resolver is called again with the same arguments."""
_NOTHING = object()

Resolver = Callable[[Any, Any, Any, tuple[Any, ...], tuple[str, ...]], Any]
"""As OmegaConf keeps it: called with the root, the parent, the node, the arguments, and their texts."""


@contextmanager
def watched(found_unstable: Callable[[], object]) -> Iterator[None]:
    """Call `found_unstable` whenever a resolver is used that returns different values for equal arguments.

    At the first use with some arguments, each resolver is called up to `_CALLS` times more.
    """
    resolvers: dict[str, Resolver] = BaseContainer._resolvers
    theirs = {
        name: one for name, one in resolvers.items() if name not in _KNOWN and not name.startswith("oc.")
    }
    for name, one in theirs.items():
        resolvers[name] = _watching(name, one, found_unstable)
    try:
        yield
    finally:
        resolvers.update(theirs)


def _watching(name: str, resolver: Resolver, found_unstable: Callable[[], object]) -> Resolver:
    known: dict[str, bool] = {}

    def call(root: Any, parent: Any, node: Any, arguments: tuple[Any, ...], texts: tuple[str, ...]) -> Any:
        value = resolver(root, parent, node, arguments, texts)
        key = repr(arguments)
        if key not in known:
            cache = OmegaConf.get_cache(root)[name]
            held = cache.pop(texts, _NOTHING)  # else the resolver would not be called again
            known[key] = any(
                _differs(value, lambda: resolver(root, parent, node, arguments, texts), cache, texts)
                for _ in range(_CALLS)
            )
            if held is not _NOTHING:
                cache[texts] = held
        if known[key]:
            found_unstable()
        return value

    return call


def _differs(value: Any, again: Callable[[], Any], cache: dict[Any, Any], texts: tuple[str, ...]) -> bool:
    try:
        return repr(again()) != repr(value)
    except Exception:  # noqa: BLE001  # it is the app's own code: whatever it raises is another result
        return True
    finally:
        cache.pop(texts, None)
