"""Pods as data: manifests that are sent, and the state that a pod shows. Pure."""
