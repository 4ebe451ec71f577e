"""What a quota's `status.used` may not show yet of our own creates and of our own pods' ends. Pure.

For every pod `status.used` changes twice, and both times we may learn of it late:

- The admission plugin raises it before the API server answers the create. Our informer shows the rise some
  milliseconds later, through another connection, so before or after the answer.
- The quota controller lowers it some milliseconds after the pod's end. Our informer may show this fall before
  or after the end itself.

A controller that reads `status.used` alone would send creates that are refused. kube-scheduler has the same
problem with nodes: it assumes a pod on its node until the informer shows the pod. Here a charge is assumed.
One thing is harder: `status.used` is one sum for the whole namespace, so a rise does not show whose create
caused it. Four terms are enough:

    pending charge   the cost of one of our creates: from before it is sent until it is refused, or until
                     INFORMER_LAG after its answer
    rise             a step up of `status.used`, by our creates or those of others
    release          the cost of one of our pods that ended in the last INFORMER_LAG
    fall             a step down of `status.used` by any pods, in the last 1.5 * INFORMER_LAG

    charges that are not shown yet  = pending charges - the rises credited to them
    releases that are not shown yet = releases - falls

The capacity for more pods is what `status.used` and the charges leave. The releases never add capacity. They
only explain why `status.used` may count more than our living pods although no others exist.

When in doubt, a charge counts as not shown: that costs capacity for a moment, while the opposite leads to
refused creates. A release counts as shown: then the difference counts as pods of others, and creates are sent
one at a time.

An example with a quota of 8 GPUs. The pod x is ours and holds 2; `ask` is a create that is about to be sent.
The columns `pending` and `released` have what is not shown yet; `alone`: only our own pods are counted.

    at    event        pending  released  free  alone
    0.00  listed 2     0        0         6     no
    0.00  holds x 2    0        0         6     yes    # all that is used is ours
    0.10  ask a 1      1        0         5     yes    # it counts before it is sent
    0.11  ask b 1      2        0         4     yes
    0.15  used 3       1        0         4     yes    # a rise by 1, of a or of b
    0.20  created b 1  1        0         4     yes    # an answer does not say what `used` shows
    0.25  used 4       0        0         4     yes
    5.00  ended x      0        2         4     yes    # `used` still counts x, so nothing is free yet
    5.05  used 2       0        0         6     yes    # the fall that the end caused
    5.10  used 3       0        0         5     no     # all charges of ours are shown: somebody else's create
"""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

from sweeper.clusters.kubernetes.quotas.quota import Amounts

INFORMER_LAG = 2.0
"""Seconds after which our informer shows a change of `status.used` that we caused.

The charge is made before the response leaves, and a working watch is milliseconds behind. If no rise was
seen by then, it was hidden: `status.used` rose and fell in one step, with a release.
"""

FALLS_COUNT_FOR = 1.5
"""Falls count for so many times INFORMER_LAG: our informer may show a fall before the end that caused it."""

NOTHING: Amounts = MappingProxyType({})


class Unshown(NamedTuple):
    """What `status.used` of one quota may not show yet: our charges, and our releases."""

    charged: Amounts = NOTHING
    released: Amounts = NOTHING


def rises(before: Amounts, after: Amounts) -> Amounts:
    """Return by how much each resource of `status.used` went up.

    A resource that was not counted before appears with all that is used of it, by pods of any age. That is
    not a rise: it does not come from our creates.
    """
    steps = {key: after[key] - before[key] for key in before.keys() & after.keys()}
    return {key: step for key, step in steps.items() if step > 0}


def falls(before: Amounts, after: Amounts) -> Amounts:
    """Return by how much each resource of `status.used` went down; one that is no longer counted did not."""
    return rises(after, before)


def credit(credited: Amounts, risen: Amounts, pending: Amounts) -> Amounts:
    """Return the rises credited to our pending charges, after `status.used` has risen once more.

    They are credited to all pending charges together, since a rise does not show whose create caused it. What
    exceeds the charges comes from others, and is not kept for a create that we send later.
    """
    return {key: min(credited.get(key, 0) + risen.get(key, 0), charge) for key, charge in pending.items()}


def withdraw(credited: Amounts, charge: Amounts) -> Amounts:
    """Return the rises credited to the other pending charges, after `charge` is no longer pending.

    As many rises as the charge is large are removed, as if they were its own. If they were rises of the
    other charges, those count twice until INFORMER_LAG is over, and we send fewer creates than we could. If
    we kept rises that were this charge's, we would send creates that are refused.
    """
    return {key: max(0, amount - charge.get(key, 0)) for key, amount in credited.items()}


def charges_not_shown(pending: Amounts, credited: Amounts) -> Amounts:
    """Return what to add to `status.used`: the pending charges to which no rise has been credited."""
    return {key: charge - credited.get(key, 0) for key, charge in pending.items()}


def releases_not_shown(released: Amounts, fallen: Amounts) -> Amounts:
    """Return what `status.used` may still count of our ended pods: the releases that no fall has shown.

    Every fall counts as caused by our pods. Otherwise another user's pod that replaced one of ours in one
    step of `status.used` would be taken for the ended pod, as long as our pods keep ending.
    """
    return {key: max(0, amount - fallen.get(key, 0)) for key, amount in released.items()}


def plus(total: Amounts, amounts: Amounts) -> Amounts:
    """Return the sum of both."""
    return {**total, **{key: total.get(key, 0) + amount for key, amount in amounts.items()}}


def minus(total: Amounts, amounts: Amounts) -> Amounts:
    """Return a sum less these amounts, which it contains; resources of which nothing is left are dropped."""
    left = {key: amount - amounts.get(key, 0) for key, amount in total.items()}
    return {key: amount for key, amount in left.items() if amount}
