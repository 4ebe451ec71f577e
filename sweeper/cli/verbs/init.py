"""`cvsweep init`: the configuration of an existing program, or a small project that runs at once."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from sweeper import packaged_data
from sweeper.cli.adopting.adopt import adopt
from sweeper.cli.adopting.files import File, ignoring, remark_on_ignored, write_all
from sweeper.cli.adopting.report import write_and_report
from sweeper.cli.adopting.scripts import SUFFIXES
from sweeper.cli.common import say
from sweeper.cli.parsers.init import make_parser
from sweeper.core.errors import UsageError

_FILES = {
    "configs": ("config.yaml", "overnight.yaml", "experiment/digits.yaml", "experiment/shell.yaml"),
    "experiments": ("digits.py", "digits.csv.gz", "DATA-LICENSE.md"),
}


def main(argv: list[str]) -> int:
    """Write the files and print the next command; return the exit code."""
    given: Path = make_parser().parse_args(argv).dir
    is_script = given.suffix in SUFFIXES and not given.is_dir()
    if is_script and not given.is_file():
        raise UsageError(f"init: there is no script {given}")
    try:
        adoption = adopt(Path(), given) if is_script else adopt(given, None)
        return _write_example(given) if adoption is None else write_and_report(adoption)
    except OSError as error:
        raise UsageError(f"init: cannot write {error.filename or given}: {error.strerror}") from error


def _write_example(into: Path) -> int:
    _refuse_to_overwrite(into)
    files: list[File] = [(into / name, source.read_bytes()) for name, source in _sources()]
    for path in (written := write_all([*files, *ignoring(into)])):
        say(f"wrote {path}")
    if remark := remark_on_ignored(into, written):
        say(remark)
    go_there = "" if into.resolve() == Path.cwd() else f"cd {shlex.quote(os.fspath(into))} && "
    say(f"next: {go_there}cvsweep -m lr=1e-2,1e-3")
    return 0


def _refuse_to_overwrite(into: Path) -> None:
    there = [name for name, _ in _sources() if os.path.lexists(into / name)]
    if there:
        raise UsageError(
            f"init: {into / there[0]} exists already; nothing was written. Try: cvsweep init my-project"
        )


def _sources() -> list[tuple[str, Path]]:
    """Return the target name and the packaged file of each file of the example."""
    return [
        (f"{place}/{name}", packaged_data.folder(place, names[0]) / name)
        for place, names in _FILES.items()
        for name in names
    ]
