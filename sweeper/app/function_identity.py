"""Identify Python functions by what they do, independent of process and machine."""

from __future__ import annotations

import hashlib
import os
import site
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
from typing import Any, ParamSpec, TypeVar

from sweeper.files.inside import inside

_ATOMS = (type(None), bool, int, float, complex, str, bytes, type(...), type(NotImplemented))


def identity(function: Any, project: str | os.PathLike[str] = ".") -> str:
    """Return a text that is different for functions that do something else.

    A function that can be imported from a module is identified by its name, as a script is by its path; if
    its file is neither in `project` nor installed with Python, by that file as well. Any other function (of a
    notebook or a script, a closure, a partial, a bound method) is identified by its code and everything that
    it refers to: a sweep must never show the results of another function. If it refers to something that
    cannot be compared (a lock, an open file), every call returns another text, so its trials run again.
    """
    if _is_of_a_module(function):
        return f"{function.__module__}:{function.__qualname__}{_elsewhere(function.__module__, project)}"
    content = "\n".join(_Walk(project).content(function))
    digest = hashlib.blake2b(content.encode(errors="surrogatepass"), digest_size=8).hexdigest()
    return f"{_attribute(function, '__qualname__') or type(function).__qualname__}:{digest}"


def _is_of_a_module(value: Any) -> bool:
    """Whether the value can be imported by its name.

    The name alone is not enough: `functools.wraps` copies it to another function.
    """
    module, name = _attribute(value, "__module__"), _attribute(value, "__qualname__")
    if not (isinstance(module, str) and isinstance(name, str)) or module == "__main__":
        return False
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found is value


def _elsewhere(module: str, project: str | os.PathLike[str]) -> str:
    """Return the file of a module after a blank; empty if it is in the project or installed with Python."""
    file = getattr(sys.modules.get(module), "__file__", None)
    known = (project, sys.prefix, sys.base_prefix, site.getuserbase())
    if not file or any(inside(folder, file) for folder in known):
        return ""
    return f" {os.path.realpath(file)}"


def _attribute(value: Any, name: str) -> Any:
    """Return an attribute without running a `__getattr__` of its class; None if there is none."""
    get: Any = type.__getattribute__ if isinstance(value, type) else object.__getattribute__
    try:
        return get(value, name)
    except AttributeError:
        return None


class _Walk:
    """One walk through everything to which a value refers; equal values give equal texts in every process."""

    def __init__(self, project: str | os.PathLike[str], seen: dict[int, int] | None = None) -> None:
        self._project = project
        self._seen = seen or {}
        self._alive: list[Any] = []  # Python may reuse the id of a deleted object

    def content(self, value: Any) -> Iterator[str]:
        if type(value) in _ATOMS:
            yield f"{type(value).__name__} {value!r}"
        elif isinstance(value, ModuleType):
            yield f"module {value.__name__}{_elsewhere(value.__name__, self._project)}"
        elif _is_of_a_module(value):
            elsewhere = _elsewhere(value.__module__, self._project)
            yield f"import {value.__module__} {value.__qualname__}{elsewhere}"
        elif id(value) in self._seen:
            yield f"again {self._seen[id(value)]}"
        else:
            yield from self._whole(value)

    def _whole(self, value: Any) -> Iterator[str]:
        if not isinstance(value, tuple | frozenset | CodeType):  # equal ones may or may not be one object
            self._seen[id(value)] = len(self._seen)
            self._alive.append(value)
        yield f"({type(value).__name__}"
        if isinstance(value, set | frozenset):
            if type(value) not in (set, frozenset):
                yield from self.content([type(value), getattr(value, "__dict__", None)])
            yield from sorted(" ".join(_Walk(self._project, dict(self._seen)).content(one)) for one in value)
        else:
            for part in _parts(value):
                yield from self.content(part)
        yield ")"


def _parts(value: Any) -> Iterable[Any]:
    """Return the parts of a value, always in the same order."""
    if type(value) in (tuple, list):
        return list(value)
    if type(value) in (dict, MappingProxyType):
        return [one for pair in value.items() for one in pair]
    if isinstance(value, CodeType):
        counts = (value.co_argcount, value.co_posonlyargcount, value.co_kwonlyargcount, value.co_flags)
        names = (value.co_names, value.co_varnames, value.co_freevars)
        return [value.co_code, getattr(value, "co_exceptiontable", b""), value.co_consts, *names, counts]
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
        meta = [] if _is_of_a_module(type(value)) else [type(value)]
        return [value.__qualname__, *value.__bases__, *meta, *_pairs(own)]
    if isinstance(value, TypeVar | ParamSpec):
        return [value.__name__]
    try:
        reduced = value.__reduce_ex__(4)
    except Exception:  # noqa: BLE001  # whatever it has against being copied
        reduced = ""
    if isinstance(reduced, str):  # an error, or a global name by which the value cannot be imported
        return [_attribute(value, "__wrapped__") or os.urandom(16)]
    made, arguments, *more = reduced
    rest = [list(one) if isinstance(one, Iterator) else one for one in more]
    return [made, arguments, *rest]


_OF_EVERY_CLASS = (
    "__dict__",
    "__weakref__",
    "__doc__",
    "__module__",
    "__firstlineno__",
    "__static_attributes__",
    "_abc_impl",
    "__abstractmethods__",
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
