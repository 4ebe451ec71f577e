"""cvsweep under the name that it is installed by: `cvsweep.load_results` is `sweeper.load_results`.

Nothing of cvsweep itself may import this package: a project may have a module with the same name, and
then `import cvsweep` means that one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sweeper import Sweep, __version__, create_sweep, load_curves, load_results, open_sweep, sweep

__all__ = ["Sweep", "__version__", "create_sweep", "load_curves", "load_results", "open_sweep", "sweep"]


if not TYPE_CHECKING:  # type checkers must see only the names above, each with its own type

    def __getattr__(name: str) -> Any:
        # Lazy: `python -m cvsweep` must not import `sweeper` before it has cleared sys.path.
        if name in __all__:
            import sweeper

            return getattr(sweeper, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
