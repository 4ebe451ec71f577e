"""Atomic writes, safe reads, and reads of a shared volume that bypass this host's caches."""
