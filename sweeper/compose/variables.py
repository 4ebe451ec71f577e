"""Environment variables whose values are secrets: `${oc.env:…}` of such a variable resolves to a reference.

A variable is secret if its name indicates it, or if a secret key uses it, directly or through other keys. The
latter is only detected while a configuration is resolved. Everything is then resolved again, since another
key may have got the variable's value before.
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
_OF_A_TRIAL = "CVSWEEP_"
"""The start of the names of variables that every trial gets."""


class LearnedError(Exception):
    """Another variable was found to be a secret, so everything has to be composed again."""


@dataclass(slots=True)
class SecretVariables:
    """The secret variables that are known so far.

    Attributes:
        listed: the keys in sweep.secrets.
        learned: the variables that secret keys use.
        used: the variables not known as secret that were resolved since the last `clear`.
        of_the_trial: whether a variable was resolved since then that has another value in a trial.
        is_new: whether a variable was added to `learned` since the last `check`.
    """

    listed: tuple[str, ...] = ()
    learned: set[str] = field(default_factory=set)
    used: list[str] = field(default_factory=list)
    of_the_trial: bool = False
    is_new: bool = False

    def clear(self) -> None:
        """Forget what was resolved."""
        self.used.clear()
        self.of_the_trial = False

    def look(self, key: str) -> None:
        """Note that the value of a key was resolved: if the key is secret, so are the variables it used."""
        for variable in self.used if self._is_secret_key(key) else ():
            self._learn(variable)

    def check(self) -> None:
        """Raise LearnedError if data that was composed before may contain the value of a secret."""
        if self.is_new:
            self.is_new = False
            raise LearnedError

    def is_secret(self, variable: str, key: str) -> bool:
        """Whether the value of a variable must not be resolved if this key uses it."""
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
    """Resolve `${oc.env:…}` as OmegaConf does, except for secrets.

    The default of a secret is used only if neither this environment nor cluster.secrets has the variable.
    """

    def env(key: str, default: Any = _NO_DEFAULT, *, _node_: Node, _root_: DictConfig) -> Any:
        if secrets.is_secret(key, _node_._get_full_key(None)):
            if default is _NO_DEFAULT or key in os.environ or key in _of_the_cluster(_root_):
                return reference(key)
        else:
            secrets.used.append(key)
            secrets.of_the_trial |= key.startswith(_OF_A_TRIAL)
        return oc.env(key) if default is _NO_DEFAULT else oc.env(key, default)

    register_resolver("oc.env", env, replace=True)
    try:
        yield
    finally:
        register_resolver("oc.env", oc.env, replace=True)


def _of_the_cluster(root: DictConfig) -> Any:
    return OmegaConf.select(root, "cluster.secrets", default=None) or ()


def refuse_in_settings(sections: Mapping[str, Any], learned: Collection[str]) -> None:
    """Refuse a setting that uses a secret: settings are stored, and other people can read those of a pod."""
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
