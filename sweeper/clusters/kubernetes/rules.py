"""Rules for the settings of a cluster of pods; they find mistakes before the API server reports them."""

from __future__ import annotations

import re
from typing import Any

from sweeper.clusters.kubernetes.names import LABEL_VALUE, is_label_value
from sweeper.core.patterns import lazy
from sweeper.core.setting_entries import Entries, entries
from sweeper.core.setting_rules import Rule, matching

_DNS_LABEL = lazy(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_PLACEHOLDER = lazy(r"\{(user|uid|gid|priority)\}")
_OWN_KEY = lazy(r"cvsweep/.*|CVSWEEP_.*|app\.kubernetes\.io/(name|managed-by|instance)", re.DOTALL)
_LABEL_KEY = r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_SIZES = "as in 2, 500m or 4Gi"


def dns_label(sentence: str) -> Rule:
    """Return the rule for a name of lower-case letters, digits and '-', at most 63 characters long."""
    return Rule(lambda text: len(text) <= 63 and _DNS_LABEL.fullmatch(text) is not None, sentence)


def label_key(sentence: str) -> Rule:
    """Return the rule for the name of a label or a resource, with or without a domain before it."""
    return matching(_LABEL_KEY, sentence)


def folder(sentence: str) -> Rule:
    """Return the rule for an absolute path that is not the root and contains no `..`."""
    return Rule(
        lambda path: path.startswith("/") and path.rstrip("/") != "" and ".." not in path.split("/"), sentence
    )


def not_blank(sentence: str) -> Rule:
    """Return the rule for a text that is not blank."""
    return Rule(lambda text: text.strip(), sentence)


QUANTITY = matching(r"\d+(\.\d*)?([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?", f"a quantity, {_SIZES}")
# A number without a unit is in bytes: with fewer than seven digits, its unit was probably forgotten.
MEMORY = matching(
    r"\d+(\.\d*)?([KMGTPE]i|[kMGTPE]|[eE][+-]?\d+)|\d{7,}(\.\d*)?",
    "an amount of memory with its unit, as in 16Gi",
)
COMMAND = Rule(
    lambda words: any("{command}" in word for word in words),
    'a list of words, one of which holds "{command}"',
)
QUEUE = matching(
    r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?", "a queue's name (letters, digits, '-', '_' and '.')"
)
TEMPLATE = Rule(
    lambda value: isinstance(value, dict), "keys and values, or the path of a pod file", written=Any
)

_VARIABLE = matching(r"[A-Za-z_][A-Za-z0-9_]*", "a variable's name (letters, digits and '_')")
_LABEL = label_key("a label's name, as in team or example.org/team")
_RESOURCE = label_key("a resource's name, as in memory or nvidia.com/gpu")
_TEXT = Rule(lambda text: True, "text or a number")


def _named(name: Rule, value: Rule, *, texts_only: bool = False) -> Entries:
    return entries(name, value, lambda text: _OWN_KEY.fullmatch(text), texts_only=texts_only)


ENV = _named(_VARIABLE, _TEXT)
SECRETS = _named(
    _VARIABLE,
    matching(r"[a-z0-9][-a-z0-9.]*/[-._A-Za-z0-9]+", "a secret and its key, as in wandb/api-key"),
    texts_only=True,
)
LABELS = _named(_LABEL, Rule(lambda text: is_label_value(_PLACEHOLDER.sub("x", text)), LABEL_VALUE))
ANNOTATIONS = _named(_LABEL, _TEXT)
NODE_LABELS = _named(_LABEL, Rule(is_label_value, LABEL_VALUE))
RESOURCES = _named(_RESOURCE, QUANTITY, texts_only=True)
CLAIMS = _named(
    dns_label("a claim's name in the pod (lower-case letters, digits and '-')"),
    matching(
        r"(?!\d+$)(claim/)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?",
        "a ResourceClaimTemplate, as in one-gpu, or a ResourceClaim, as in claim/shared-gpu",
    ),
)
