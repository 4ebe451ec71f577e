"""The quota arithmetic under one name; each subject has a module of its own."""

from __future__ import annotations

from sweeper.clusters.kubernetes.quotas.headroom import Headroom, headroom
from sweeper.clusters.kubernetes.quotas.ledger import Ledger
from sweeper.clusters.kubernetes.quotas.manners import Manners

__all__ = ["Headroom", "Ledger", "Manners", "headroom"]
