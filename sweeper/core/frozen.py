"""Many frozen dataclass instances, made quickly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar

T = TypeVar("T")


def maker(cls: type[T]) -> Callable[..., T]:
    """A function that makes an instance of a frozen dataclass with slots from the values of all its fields.

    A frozen class sets every field through `object.__setattr__`, which takes most of the time of reading a
    large journal: 1.8 us for nine fields, 0.5 us this way (Python 3.11). An instance of a class that is
    not frozen but has the same slots is made, and then becomes one of `cls`. There are no default values,
    and `__post_init__` is not called.
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
    """A class with the same slots, whose fields can be set; made at its first use: few commands need it."""
    names = [field.name for field in fields(cls)]
    scope: dict[str, Any] = {}
    body = "".join(f"\n self.{name} = {name}" for name in names)
    exec(f"def __init__(self, {', '.join(names)}):{body}", scope)
    return type(cls.__name__, (), {"__slots__": names, "__init__": scope["__init__"]})
