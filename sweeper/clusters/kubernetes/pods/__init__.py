"""Pods as data: what is asked for, and what one shows. Pure."""
