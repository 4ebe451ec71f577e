"""Functions that travel to the trials by cloudpickle, and what tells one from another."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any

from sweeper.core.errors import UsageError

FOLDER = '"$CVSWEEP_TRIAL_DIR"/../../tasks'
"""Where the sweep keeps these files, for a trial's shell."""
_SOURCE = Path(__file__).parent.parent / "cvsweep_trial.py"


def runner() -> dict[str, bytes]:
    """The file that trials use (cvsweep_trial.py), by its path in the sweep's folder."""
    return {"tasks/cvsweep_trial.py": _SOURCE.read_bytes()}


def pickle_task(task: Mapping[str, Any]) -> tuple[str, dict[str, bytes]]:
    """A task for cvsweep_trial.py: the name of its file, and the files by their paths in the sweep's folder.

    Raises:
        UsageError: cloudpickle is not installed, or something in the task cannot be pickled.
    """
    try:
        import cloudpickle
    except ImportError as error:
        raise UsageError(
            "a Python function travels to its trials by cloudpickle: pip install 'cvsweep[launcher]'"
        ) from error
    try:
        data = cloudpickle.dumps(dict(task))
    except Exception as error:
        raise UsageError(f"the function cannot be pickled: {type(error).__name__}: {error}") from error
    name = f"{hashlib.blake2b(data, digest_size=6).hexdigest()}.pkl"
    return name, {**runner(), f"tasks/{name}": data}


def identity(function: Any) -> str:
    """What tells a function from others.

    That of a module is told by its name, as a script is by its path. What no module keeps (a notebook's
    function, a closure, a partial) is told by its code as well, and by all that it refers to: a sweep must
    not give the results of the former one for it.
    """
    if _is_of_a_module(function):
        return f"{function.__module__}:{function.__qualname__}"
    digest = hashlib.blake2b("\n".join(_content(function, set())).encode(), digest_size=6).hexdigest()
    return f"{getattr(function, '__qualname__', type(function).__qualname__)}:{digest}"


def _is_of_a_module(value: Any) -> bool:
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", "")
    return module not in (None, "__main__") and bool(name) and "<" not in name and hasattr(value, "__name__")


def _content(value: Any, seen: set[int]) -> Iterator[str]:
    """Texts that differ if the value does, as far as it can be looked into."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, ModuleType) or _is_of_a_module(value):
        yield f"{getattr(value, '__module__', '')}:{getattr(value, '__qualname__', value.__name__)}"
    elif isinstance(value, FunctionType):
        yield from _instructions(value.__code__)
        names = [name for name in _names(value.__code__) if name in value.__globals__]
        inside = [value.__globals__[name] for name in names]
        cells = [cell.cell_contents for cell in value.__closure__ or () if _is_filled(cell)]
        for one in (*inside, *cells, *(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()):
            yield from _content(one, seen)
    elif isinstance(value, partial):
        for one in (value.func, *value.args, *value.keywords, *value.keywords.values()):
            yield from _content(one, seen)
    else:
        yield _digest(value)


def _digest(value: Any) -> str:
    import cloudpickle

    try:
        return hashlib.blake2b(cloudpickle.dumps(value), digest_size=8).hexdigest()
    except Exception:  # noqa: BLE001  # of whatever kind; to pickle the function itself will say it
        return type(value).__qualname__


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _instructions(code: CodeType) -> Iterator[str]:
    yield code.co_code.hex()
    yield repr(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _instructions(constant)
        else:
            yield repr(constant)


def _is_filled(cell: CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - it raises if there is nothing
    except ValueError:
        return False
    return True
