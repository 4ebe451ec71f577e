"""cvsweep: turn a Hydra grid into many trials, run them, and get one table back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sweeper.results.curve_frame import load_curves
    from sweeper.results.frame import load_results

    __version__: str

__all__ = ["__version__", "load_curves", "load_results"]


if not TYPE_CHECKING:  # type checkers must see only the names above, each with its own type

    def __getattr__(name: str) -> Any:
        # Lazy, so that `cvsweep --help` and every import of a part load neither pandas nor package metadata.
        if name == "load_results":
            from sweeper.results.frame import load_results

            return load_results
        if name == "load_curves":
            from sweeper.results.curve_frame import load_curves

            return load_curves
        if name == "__version__":
            from importlib.metadata import version

            return version("cvsweep")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
