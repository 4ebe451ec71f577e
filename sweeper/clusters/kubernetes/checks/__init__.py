"""The checks before the first pod of a sweep."""
