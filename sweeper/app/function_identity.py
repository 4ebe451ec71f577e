"""What tells one Python function from another, over processes and machines."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from types import (
    CellType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any

_ATOMS = (type(None), bool, int, float, complex, str, bytes, type(...), type(NotImplemented))


def identity(function: Any) -> str:
    """A text that differs if the function does something else.

    A function of a module is identified by its name, as a script is by its path. What no module keeps (a
    function of a notebook or of a script, a closure, a partial, a bound method) is identified by its code
    and everything that it refers to: a sweep must never show the results of another function. If that
    cannot be told (a lock, an open file), no other function is the same, and its trials run again.
    """
    if _is_of_a_module(function):
        return f"{function.__module__}:{function.__qualname__}"
    content = "\n".join(_content(function, []))
    digest = hashlib.blake2b(content.encode(errors="surrogatepass"), digest_size=8).hexdigest()
    return f"{getattr(function, '__qualname__', type(function).__qualname__)}:{digest}"


def _is_of_a_module(value: Any) -> bool:
    """Can it be imported by its name? `functools.wraps` copies a name to what it does not belong to."""
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if not (isinstance(module, str) and isinstance(name, str)) or module == "__main__":
        return False
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found is value


def _content(value: Any, inside: list[Any]) -> Iterator[str]:
    """Texts that are equal in every process for equal values. `inside` are the values that hold this one."""
    if isinstance(value, _ATOMS):
        yield f"{type(value).__name__} {value!r}"
        return
    if isinstance(value, ModuleType) or _is_of_a_module(value):
        yield f"import {getattr(value, '__module__', '')} {getattr(value, '__qualname__', '')} " + (
            value.__name__ if isinstance(value, ModuleType) else ""
        )
        return
    if any(value is one for one in inside):
        yield "recursion"
        return
    inside.append(value)
    yield f"({type(value).__name__}"
    if isinstance(value, set | frozenset):
        yield from sorted(" ".join(_content(one, inside)) for one in value)
    else:
        for part in _parts(value):
            yield from _content(part, inside)
    yield ")"
    inside.pop()


def _parts(value: Any) -> Iterable[Any]:
    """What a value is made of, in an order that is always the same."""
    if isinstance(value, tuple | list):
        return value
    if isinstance(value, dict | MappingProxyType):
        return [one for pair in value.items() for one in pair]
    if isinstance(value, CodeType):
        counts = (value.co_argcount, value.co_posonlyargcount, value.co_kwonlyargcount, value.co_flags)
        return [value.co_code, value.co_names, value.co_varnames, value.co_consts, value.co_freevars, counts]
    if isinstance(value, FunctionType):
        return _parts_of_function(value)
    if isinstance(value, MethodType):
        return [value.__func__, value.__self__]
    if isinstance(value, CellType):
        return [value.cell_contents] if _is_filled(value) else []
    if isinstance(value, staticmethod | classmethod):
        return [value.__func__]
    if isinstance(value, MemberDescriptorType | GetSetDescriptorType):
        return [value.__name__]
    if isinstance(value, property):
        return [value.fget, value.fset]
    if isinstance(value, type):
        own = {name: one for name, one in vars(value).items() if name not in _OF_EVERY_CLASS}
        return [value.__qualname__, *value.__bases__, *_pairs(own)]
    try:
        made, arguments, *more = value.__reduce_ex__(4)
    except Exception:  # noqa: BLE001  # whatever it has against being copied
        return [os.urandom(16)]
    rest = [list(one) if hasattr(one, "__next__") else one for one in more]
    return [made, arguments, *rest]


_OF_EVERY_CLASS = (
    "__dict__",
    "__weakref__",
    "__doc__",
    "__module__",
    "__firstlineno__",
    "__static_attributes__",
)


def _parts_of_function(function: FunctionType) -> list[Any]:
    names = dict.fromkeys(_names(function.__code__))
    referred = [(name, function.__globals__[name]) for name in names if name in function.__globals__]
    return [
        function.__code__,
        function.__closure__,
        function.__defaults__,
        function.__kwdefaults__,
        _pairs({key: one for key, one in vars(function).items() if key != "__wrapped__"}),
        referred,
    ]


def _pairs(named: dict[str, Any]) -> list[Any]:
    return [one for name in sorted(named) for one in (name, named[name])]


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _is_filled(cell: CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - it raises if there is nothing
    except ValueError:
        return False
    return True
