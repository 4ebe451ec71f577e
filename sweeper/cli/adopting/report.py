"""Writes the configuration of an existing program; prints the assumptions and the next commands."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from sweeper.cli.adopting.adopt import Adoption
from sweeper.cli.adopting.files import has_command, ignoring, read_text, remark_on_ignored, write_all
from sweeper.cli.adopting.scripts import find_scripts
from sweeper.cli.adopting.start import interpreter
from sweeper.cli.common import say
from sweeper.core.errors import CvsweepError, UsageError
from sweeper.core.formatting import clipped
from sweeper.core.recognition.config_writer import Written
from sweeper.core.recognition.model import Program
from sweeper.core.values import flatten

_SHOWN = 6
_WIDEST = 100


def write_and_report(adoption: Adoption) -> int:
    """Write the configuration unless there is one; return the exit code."""
    target = adoption.project / adoption.target
    there = read_text(target)
    if has_command(there):
        say(f"{target} is there already, with a command of its own; nothing was written")
        for line in _next_commands(adoption, _example(adoption) if _is_ours(adoption, there) else ""):
            say(line)
        return 0
    for line in _assumptions(adoption):
        say(line)
    if os.path.lexists(target):
        say(f"{target} is there already and is left as it is; nothing was written. Add to it by hand:")
        for line in adoption.written.text.splitlines():
            say(f"    {line}")
        return UsageError.exit_code
    written = write_all([(target, adoption.written.text.encode()), *ignoring(adoption.project)])
    for path in written:
        say(f"wrote {path}")
    if remark := remark_on_ignored(adoption.project, written):
        say(remark)
    for line in _next_commands(adoption, _example(adoption)):
        say(line)
    return 0


def _assumptions(adoption: Adoption) -> Iterator[str]:
    script, written = adoption.script, adoption.written
    origin = "" if adoption.origin == script.path else f", declared in {adoption.origin}"
    yield f"{script.path} {_how(adoption.program)}{origin}"
    yield f"assumed: it is started by {clipped(' '.join(written.command), _WIDEST)}"
    if python := interpreter(script, list(written.command), os.environ):
        yield f"assumed: python is {python}"
    for remark in written.remarks:
        is_to_do = "???" in remark or "this file" in remark
        yield f"{'to do' if is_to_do else 'assumed'}: {remark.replace('this file', adoption.target)}"
    if written.missing:
        missing = ", ".join(written.missing)
        yield f"to do: give a value to {missing} in {adoption.target} or on the command line"
    if written.left_out:
        yield f"left out, with the reason in {adoption.target}: {_some(written.left_out)}"
    yield f"metrics: {adoption.results.sentence}"
    if others := tuple(_others(adoption)):
        command = f"{_go_there(adoption)}cvsweep init {quote(others[0])}"
        yield f"other scripts: {_some(others)}; to take one: {command}"


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")


def _others(adoption: Adoption) -> Iterator[str]:
    """Yield the paths of the project's other scripts that have options."""
    for one in find_scripts(adoption.project):
        if one.path != adoption.script.path and one.candidate.has_options:
            yield one.path


def _how(program: Program | None) -> str:
    if program is None:
        return "reads no options that are known here"
    if program.app is not None:
        return f"is a Hydra app with the configuration {'/'.join(program.app)}.yaml"
    if not program.library:
        return "passes on the options that it gets"
    count = len(program.options)
    what = "parameter" if program.style == "env" else "option"
    way = "from" if program.style == "env" else "with"
    return f"reads {count} {what}{'' if count == 1 else 's'} {way} {program.library}"


def _is_ours(adoption: Adoption, there: str) -> bool:
    """Return True if the file's first line equals that of the file we would write."""
    return there.partition("\n")[0] == adoption.written.text.partition("\n")[0]


def _next_commands(adoption: Adoption, example: str) -> Iterator[str]:
    """Yield the commands that show and run the trials."""
    command = f"{_go_there(adoption)}cvsweep {adoption.options}{'-m ' + example if example else ''}".rstrip()
    yield f"next: {command} --dry-run   shows the trials"
    yield f"      {command}   runs them"


def _go_there(adoption: Adoption) -> str:
    """Return a `cd` command to the project; empty if it is the current folder."""
    here = adoption.project.resolve() == Path.cwd()
    return "" if here else f"cd {quote(os.fspath(adoption.project))} && "


def _example(adoption: Adoption) -> str:
    """Return overrides that vary one parameter, for a Hydra app one of its own configuration."""
    if adoption.program is None or adoption.program.app is None:
        return adoption.written.example
    from sweeper.compose import compose

    target = (adoption.project / adoption.target).resolve()
    try:
        found = compose(
            [], config_dir=target.parent, config_name=target.stem, multirun=False, project=adoption.project
        )
    except CvsweepError as error:
        say(f"to do: {adoption.target} cannot be composed yet: {error}")
        return ""
    return Written("", (), dict(flatten(found.trials[0].params, "."))).example
