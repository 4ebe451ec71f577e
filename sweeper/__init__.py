"""cvsweep: turn a Hydra grid into many trials, run them, and get one table back.

import sweeper

night = sweeper.sweep("train.py", {"lr": [1e-3, 1e-4], "seed": range(5)}, name="night")
night.wait()
frame = night.results()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sweeper.app.api import create_sweep, open_sweep, sweep
    from sweeper.app.sweep import Sweep
    from sweeper.results.curve_frame import load_curves
    from sweeper.results.results_frame import load_results

    __version__: str

__all__ = ["Sweep", "__version__", "create_sweep", "load_curves", "load_results", "open_sweep", "sweep"]

_PLACES = {
    "Sweep": "sweeper.app.sweep",
    "create_sweep": "sweeper.app.api",
    "load_curves": "sweeper.results.curve_frame",
    "load_results": "sweeper.results.results_frame",
    "open_sweep": "sweeper.app.api",
    "sweep": "sweeper.app.api",
}


if not TYPE_CHECKING:  # type checkers must see only the names above, each with its own type

    def __getattr__(name: str) -> Any:
        # Lazy, so that `cvsweep --help` and every import of a part load neither pandas nor package metadata.
        if name in _PLACES:
            from importlib import import_module

            return getattr(import_module(_PLACES[name]), name)
        if name == "__version__":
            from importlib.metadata import version

            return version("cvsweep")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
