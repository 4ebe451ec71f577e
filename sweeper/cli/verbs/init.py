"""`cvsweep init`: a small project that runs at once."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from sweeper import packaged
from sweeper.cli.common import say
from sweeper.cli.parsers.init import make_parser
from sweeper.core.errors import UsageError

_FILES = {
    "configs": ("config.yaml", "overnight.yaml", "experiment/digits.yaml", "experiment/shell.yaml"),
    "experiments": ("digits.py", "digits.csv.gz", "DATA-LICENSE.md"),
}
_IGNORED = "# The results of sweeps: one folder each.\nsweeps/\n"


def main(argv: list[str]) -> int:
    """Write the project and say what to type next."""
    into: Path = make_parser().parse_args(argv).dir
    try:
        _refuse_to_overwrite(into)
        written = write_project(into)
    except OSError as error:
        raise UsageError(f"init: cannot write {error.filename or into}: {error.strerror}") from error
    for path in written:
        say(f"wrote {path}")
    if into / ".gitignore" not in written:
        say(f"{into / '.gitignore'} was there already and is left as it is; you may want sweeps/ in it")
    go_there = "" if into.resolve() == Path.cwd() else f"cd {shlex.quote(os.fspath(into))} && "
    say(f"next: {go_there}cvsweep -m lr=1e-2,1e-3")
    return 0


def write_project(into: Path) -> list[Path]:
    """Write every file, or none of them; return what was written."""
    made: list[Path] = []
    try:
        for name, source in _sources():
            _write_new(into / name, source.read_bytes(), made)
        if not os.path.lexists(into / ".gitignore"):
            _write_new(into / ".gitignore", _IGNORED.encode(), made)
    except BaseException:
        for path in made:
            path.unlink(missing_ok=True)
        raise
    return made


def _write_new(path: Path, data: bytes, made: list[Path]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        made.append(path)
        file.write(data)


def _refuse_to_overwrite(into: Path) -> None:
    there = [name for name, _ in _sources() if os.path.lexists(into / name)]
    if there:
        raise UsageError(
            f"init: {into / there[0]} exists already; nothing was written. Try: cvsweep init my-project"
        )


def _sources() -> list[tuple[str, Path]]:
    """The name in the project and the packaged file of everything that is copied."""
    return [
        (f"{place}/{name}", packaged.folder(place, names[0]) / name)
        for place, names in _FILES.items()
        for name in names
    ]
