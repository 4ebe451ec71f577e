"""Environment variables whose values are secrets: `${oc.env:…}` of one resolves to its own text.

A variable is one if its name says so, or if a key that is a secret uses it, directly or through other
keys. The second is only found while a configuration is resolved; then everything is resolved once more,
since another key may have got the variable's value by then.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from omegaconf import DictConfig, Node, OmegaConf
from omegaconf.resolvers import oc

from sweeper.compose.versions import register_resolver
from sweeper.core.errors import UsageError
from sweeper.core.secrets import (
    can_be_secret,
    is_below,
    is_secret_key,
    is_secret_variable,
    reference,
    uses_secret,
)
from sweeper.core.values import flatten

_NO_DEFAULT = object()


class LearnedError(Exception):
    """A further variable turned out to be a secret: compose again."""


@dataclass(slots=True)
class SecretVariables:
    """What is known of the variables so far.

    `listed` are the keys of sweep.secrets, `learned` the variables that secret keys use, `used` all others
    that were resolved since the last `clear`.
    """

    listed: tuple[str, ...] = ()
    learned: set[str] = field(default_factory=set)
    used: list[str] = field(default_factory=list)
    is_new: bool = False

    def look(self, key: str) -> None:
        """The value of this key was just resolved: what it used is a secret if the key is one."""
        for variable in self.used if self._is_secret_key(key) else ():
            self._learn(variable)

    def check(self) -> None:
        """LearnedError if what was composed so far may hold the value of a secret."""
        if self.is_new:
            self.is_new = False
            raise LearnedError

    def is_secret(self, variable: str, key: str) -> bool:
        """Must the value of this variable, used at this key, not be resolved?"""
        if not is_secret_variable(variable) and self._is_secret_key(key):
            self._learn(variable)
        return is_secret_variable(variable) or variable in self.learned

    def _learn(self, variable: str) -> None:
        if can_be_secret(variable) and variable not in self.learned:
            self.learned.add(variable)
            self.is_new = True

    def _is_secret_key(self, key: str) -> bool:
        return is_secret_key(key) or is_below(key, self.listed)


@contextmanager
def kept(secrets: SecretVariables) -> Iterator[None]:
    """Resolve `${oc.env:…}` as OmegaConf does, but for secrets.

    A secret's default counts only where nobody provides the variable: not this environment, and not
    cluster.secrets.
    """

    def env(key: str, default: Any = _NO_DEFAULT, *, _node_: Node, _root_: DictConfig) -> Any:
        if secrets.is_secret(key, _node_._get_full_key(None)):
            if default is _NO_DEFAULT or key in os.environ or key in _of_the_cluster(_root_):
                return reference(key)
        else:
            secrets.used.append(key)
        return oc.env(key) if default is _NO_DEFAULT else oc.env(key, default)

    register_resolver("oc.env", env, replace=True)
    try:
        yield
    finally:
        register_resolver("oc.env", oc.env, replace=True)


def _of_the_cluster(root: DictConfig) -> Any:
    return OmegaConf.select(root, "cluster.secrets", default=None) or ()


def refuse_in_settings(sections: Mapping[str, Any], learned: Collection[str]) -> None:
    """Refuse a setting that uses a secret: settings are stored, and a pod's are read by others."""
    for key, value in flatten(sections, "."):
        variable = uses_secret(value, learned)
        if variable:
            name = key.removeprefix("cluster.env.")
            remedy = (
                f"use cluster.secrets.{name}=<secret>/<key>, so that the value comes from a Secret of the"
                " namespace"
                if name != key
                else "write the value itself if it is none, or leave it to the program"
            )
            raise UsageError(f"{key} uses the value of {variable}, a secret, and would store it; {remedy}")
