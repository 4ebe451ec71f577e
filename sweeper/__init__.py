"""cvsweep: turn a Hydra grid into many trials, run them, and get one table back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sweeper.results.frame import load_results

__all__ = ["load_results"]


def __getattr__(name: str) -> Any:
    # Lazy, so that `cvsweep --help` and every other import of a part does not import pandas.
    if name == "load_results":
        from sweeper.results.frame import load_results

        return load_results
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
