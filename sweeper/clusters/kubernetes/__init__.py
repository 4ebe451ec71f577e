"""Trials as pods of a Kubernetes namespace."""
