"""What a pod costs and what a ResourceQuota allows, counted as the API server counts it.

A pod is a manifest or, better, the object that the server returned: defaults, a LimitRange, a
priority class and webhooks all change what a pod costs, and only the server knows them.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, reduce

from sweeper.clusters.kubernetes.quotas.claims import ClaimCosts, claimed
from sweeper.clusters.kubernetes.raw import TERMINAL, Raw
from sweeper.core.patterns import lazy

Amount = int | Fraction
"""An exact number. Whole numbers are ints: adding a Fraction takes thirty times as long."""

Amounts = Mapping[str, Amount]
"""How much of each resource, under the name that a quota has for it."""

_NO_CLAIMS: ClaimCosts = {}
_COMPUTE = ("cpu", "memory", "ephemeral-storage")
_CHARGED = ("overhead", "resources", "resourceClaims")
_SCOPED = ("priorityClassName", "activeDeadlineSeconds", "affinity")
_MANDATORY = frozenset({"cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"})
"""If a quota limits one of these, every container must specify its amount. The list is complete."""

_POWERS = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_UNITS = {suffix: Fraction(10) ** power for suffix, power in _POWERS.items()}
_UNITS |= {f"{letter}i": Fraction(1024) ** power for power, letter in enumerate("KMGTPE", start=1)}
_FINEST = _UNITS["n"]
_QUANTITY = lazy(r"([+-]?)([0-9]+\.?[0-9]*|\.[0-9]+)(?:([KMGTPE]i|[numkMGTPE]?)|[eE]([+-]?[0-9]{1,3}))")


@lru_cache(maxsize=4096)  # the same few amounts appear in every pod
def quantity(text: str | int) -> Amount:
    """Return the number of a Kubernetes quantity, rounded up to a multiple of one nano."""
    found = _QUANTITY.fullmatch(str(text))
    if found is None:
        raise ValueError(f"{text!r} is not a quantity such as 2, 500m or 4Gi")
    sign, digits, suffix, exponent = found.groups()
    unit = _UNITS[suffix] if exponent is None else Fraction(10) ** int(exponent)
    amount = math.ceil(Fraction(digits) * unit / _FINEST) * _FINEST * (-1 if sign == "-" else 1)
    return amount.numerator if amount.denominator == 1 else amount


@lru_cache(maxsize=4096)
def format_amount(amount: Amount) -> str:
    """The shortest quantity that stands for exactly this number."""
    counts = {suffix: amount / unit for suffix, unit in _UNITS.items()}
    return min((f"{count}{suffix}" for suffix, count in counts.items() if count.denominator == 1), key=len)


def charge(pod: Raw, claims: ClaimCosts = _NO_CLAIMS) -> dict[str, Amount]:
    """Return what a quota counts for this pod; a pod that has ended counts as an object only.

    A pod that is being deleted counts in full. The server stops counting it when its grace period is over by
    the server's clock. To count it too long costs capacity for a moment; too short leads to refused creates.

    Args:
        pod: the pod.
        claims: the costs of ResourceClaims, by the name of their template.
    """
    stored: dict[str, Amount] = {"count/pods": 1}
    if (pod.get("status") or {}).get("phase") in TERMINAL:
        return stored
    spec = pod["spec"]
    overhead = _amounts(spec.get("overhead"))
    # Pod-level requests override the sum over the containers; pod-level limits are only a default for it.
    requests = _given(spec, "limits") | _peak(spec, _requests) | _given(spec, "requests")
    limits = _peak(spec, _limits) | _limits(spec)
    limited = {name: amount for name, amount in overhead.items() if limits.get(name)}
    counted = _counted(_join(operator.add, requests, overhead), _join(operator.add, limits, limited))
    return stored | {"pods": 1} | counted | claimed(pod, claims)


def charged_for(pod: Raw) -> tuple[object, ...]:
    """Return all that `charge` depends on, except claim costs: pods with equal values are charged alike."""
    spec = pod["spec"]
    containers = (
        [(one.get("resources"), one.get("restartPolicy")) for one in spec.get(kind) or ()]
        for kind in ("containers", "initContainers")
    )
    ended = (pod.get("status") or {}).get("phase") in TERMINAL
    return ended, *containers, *(spec.get(key) for key in _CHARGED)


def counted_by(pod: Raw) -> tuple[object, ...]:
    """Return all that decides which quotas count a pod, and how: equal values are counted alike."""
    return *charged_for(pod), *(pod["spec"].get(key) for key in _SCOPED)


def _amounts(quantities: Mapping[str, str] | None) -> dict[str, Amount]:
    return {name: quantity(text) for name, text in (quantities or {}).items()}


def _given(holder: Raw, kind: str) -> dict[str, Amount]:
    return _amounts((holder.get("resources") or {}).get(kind))


def _limits(holder: Raw) -> dict[str, Amount]:
    return _given(holder, "limits")


def _requests(container: Raw) -> dict[str, Amount]:
    # If a container limits a resource and does not request it, the API server requests the limit.
    return _limits(container) | _given(container, "requests")


def _join(how: Callable[[Amount, Amount], Amount], one: Amounts, other: Amounts) -> dict[str, Amount]:
    return {**one, **other, **{name: how(one[name], other[name]) for name in one.keys() & other.keys()}}


def _peak(spec: Raw, wants: Callable[[Raw], Amounts]) -> dict[str, Amount]:
    """Return the most that the containers hold at once: init containers run in turn, then the others."""
    starting: Amounts = {}
    staying: Amounts = {}
    for container in spec.get("initContainers") or ():
        together = _join(operator.add, staying, wants(container))
        starting = _join(max, starting, together)
        if container.get("restartPolicy") == "Always":  # a sidecar: it keeps running beside all later ones
            staying = together
    others = map(wants, spec.get("containers") or ())
    return _join(max, starting, reduce(lambda held, more: _join(operator.add, held, more), others, staying))


def _counted(requests: Amounts, limits: Amounts) -> dict[str, Amount]:
    """The same amounts under the names that a quota uses."""
    limited = {f"limits.{name}": limits[name] for name in _COMPUTE if name in limits}
    return {key: amount for name, amount in requests.items() for key in _request_keys(name)} | limited


def _request_keys(name: str) -> tuple[str, ...]:
    if name in _COMPUTE or name.startswith("hugepages-"):
        return name, f"requests.{name}"
    return (f"requests.{name}",) if "/" in name and "kubernetes.io/" not in name else ()


@dataclass(frozen=True, slots=True)
class Scope:
    """A condition on the pods that a quota counts."""

    name: str
    operator: str = "Exists"
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quota:
    """A ResourceQuota: what it allows, its `status.used`, and which pods it counts."""

    name: str
    hard: Amounts
    used: Amounts
    scopes: tuple[Scope, ...] = ()


def read_quota(obj: Raw) -> Quota:
    """Parse a ResourceQuota object of the API."""
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    selectors = (spec.get("scopeSelector") or {}).get("matchExpressions") or ()
    scopes = [Scope(name) for name in spec.get("scopes") or ()]
    scopes += [Scope(one["scopeName"], one["operator"], tuple(one.get("values") or ())) for one in selectors]
    # Admission uses the status, which follows the spec: while they differ, the lower value is safe.
    hard = _join(min, _amounts(spec.get("hard")), _amounts(status.get("hard")))
    return Quota(obj["metadata"]["name"], hard, _amounts(status.get("used")), tuple(scopes))


def applies(quota: Quota, pod: Raw) -> bool:
    """Whether this quota counts this pod: all of its scopes must match."""
    return all(_matches(scope, pod["spec"]) for scope in quota.scopes)


def _matches(scope: Scope, spec: Raw) -> bool:
    match scope.name:
        case "Terminating" | "NotTerminating":
            return (spec.get("activeDeadlineSeconds") is not None) == (scope.name == "Terminating")
        case "BestEffort" | "NotBestEffort":
            return _is_best_effort(spec) == (scope.name == "BestEffort")
        case "PriorityClass":
            return _is_chosen(spec.get("priorityClassName"), scope)
        case "CrossNamespacePodAffinity":
            return _crosses_namespaces(spec.get("affinity") or {})
        case _:  # An unknown scope. To count too much costs capacity; too little leads to refused creates.
            return True


def _is_best_effort(spec: Raw) -> bool:
    """Whether the pod specifies no CPU and no memory; GPUs do not matter here."""
    declared = (wants(holder) for holder in (spec, *_containers(spec)) for wants in (_requests, _limits))
    return not any(amounts.get(name) for amounts in declared for name in ("cpu", "memory"))


def _is_chosen(priority_class: str | None, scope: Scope) -> bool:
    match scope.operator:
        case "In":
            return priority_class in scope.values
        case "NotIn":
            return priority_class not in scope.values
        case "DoesNotExist":
            return not priority_class
        case _:
            return bool(priority_class)


def _crosses_namespaces(affinity: Raw) -> bool:
    rules = [
        rule for kind in ("podAffinity", "podAntiAffinity") for rule in (affinity.get(kind) or {}).values()
    ]
    terms = [term.get("podAffinityTerm", term) for rule in rules for term in rule or ()]
    return any(term.get("namespaces") or term.get("namespaceSelector") is not None for term in terms)


def _containers(spec: Raw) -> list[Raw]:
    return [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]


def unspecified(quota: Quota, pod: Raw) -> list[str]:
    """Return the resources that a quota requires of every container and that some container lacks."""
    if pod["spec"].get("resources"):
        return []  # with pod-level resources, the server requires nothing of the containers
    declared = [_counted(_requests(one), _limits(one)).keys() for one in _containers(pod["spec"])]
    return sorted(key for key in quota.hard.keys() & _MANDATORY if not all(key in keys for keys in declared))
