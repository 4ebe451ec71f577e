"""Makes many instances of frozen dataclasses quickly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar

T = TypeVar("T")


def maker(cls: type[T]) -> Callable[..., T]:
    """Return a function that makes an instance of a frozen dataclass with slots from all its field values.

    A frozen class sets each field with `object.__setattr__`, which takes most of the time of reading a large
    journal: 1.8 us for nine fields, and 0.5 us in this way (Python 3.11). The function makes an instance of a
    class with the same slots that is not frozen, and then changes its class to `cls`. There are no default
    values, and `__post_init__` is not called.
    """

    twin: Callable[..., Any] | None = None

    def make(*values: Any) -> T:
        nonlocal twin
        if twin is None:
            twin = _twin(cls)
        made = twin(*values)
        made.__class__ = cls
        return made  # type: ignore[no-any-return]

    return make


def _twin(cls: type[Any]) -> Callable[..., Any]:
    """Return a class with the same slots that is not frozen; made at first use, as few commands need it."""
    names = [field.name for field in fields(cls)]
    scope: dict[str, Any] = {}
    body = "".join(f"\n self.{name} = {name}" for name in names)
    exec(f"def __init__(self, {', '.join(names)}):{body}", scope)
    return type(cls.__name__, (), {"__slots__": names, "__init__": scope["__init__"]})
