"""A run: compose the grid, check everything, make the sweep (or add to it), become its controller.

What only some runs need (a sweep that exists already, a cluster, a named reader) is imported when it is
needed: all of it together takes a tenth of the time of a dry run.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sweeper.backends.local.slots import find_machine
from sweeper.cli import composing
from sweeper.cli.common import say
from sweeper.cli.given import not_given
from sweeper.cli.help import show_help, show_version
from sweeper.cli.misreadings import left_out, refuse_misreadings
from sweeper.cli.planned import show_plan
from sweeper.cli.programs import check_programs
from sweeper.cli.secrets import check_variables, secret_remarks
from sweeper.cli.words import reference
from sweeper.compose import Arguments, Composed, hand_to_hydra, of_format_1, parse_arguments
from sweeper.core.cluster import LocalSettings
from sweeper.core.errors import NameTakenError, SweepHeldError, UsageError
from sweeper.core.settings import Settings, is_frozen

if TYPE_CHECKING:
    from sweeper.store.folder import SweepFolder


def main(argv: Sequence[str]) -> int:
    """Run the command line of a sweep; return the exit code."""
    arguments = parse_arguments(argv)
    if arguments.help or arguments.version:
        return show_help() if arguments.help else show_version()
    if arguments.shell_completion:
        from sweeper.cli.completion.hydra_style import answer

        return answer(arguments.overrides)
    if arguments.handed_to_hydra:
        quiet = "--shell-completion" in arguments.handed or "--hydra-help" in arguments.handed
        project = composing.project_of(arguments.config_dir, arguments.config_name, quiet=quiet)
        return hand_to_hydra(arguments, project=project)
    if "" in arguments.overrides:
        raise UsageError("an argument is empty; perhaps it is a shell variable that is not set")
    found, project = composing.composed(arguments)
    if found.settings.results.reader:
        from sweeper.results.readers import check_reader

        check_reader(found.settings.results)
    return _start(arguments, found, project)


def _start(arguments: Arguments, composed: Composed, project: Path, *, again: bool = False) -> int:
    """Make the sweep, or add to it. `again`: another run has made it since this one looked."""
    given, root = composed, project / composed.settings.sweep.root
    name = composed.settings.sweep.name
    existing = _opened(root / name) if name and (root / name).exists() else None
    if existing:
        from sweeper.cli.adding import refuse_equal_keys, refuse_other

        refuse_other(existing, composed, project)
        _say_other_flags(existing, _flags(arguments, project))
        if _code(existing, project) != project:
            composed = composing.from_the_copy(arguments, composed, project, Path(existing.paths.code))
        if existing.manifest.format == 1:
            composed = replace(composed, trials=tuple(of_format_1(composed.trials, composed.former_keys)))
            refuse_equal_keys(existing, composed.trials)
    code = _code(existing, project)
    check_programs(composed, code)
    refuse_misreadings(composed, code)
    if not existing:
        check_variables(composed.trials, composed.settings)
    for line in [] if again else _remarks(composed):
        say(line)
    if arguments.dry_run:
        return show_plan(root, composed, existing, show_all=arguments.show_all)
    from sweeper.cli.making import make, new_id

    sweep_id = existing.manifest.id if existing else new_id()
    if not (existing and existing.is_held()):
        composed = replace(composed, settings=_prepare(composed.settings, sweep_id, root))
    if existing:
        from sweeper.cli.adding import add

        return add(existing, composed, in_background=arguments.detach)
    try:
        folder, recording = make(root, composed, project, sweep_id, _flags(arguments, project))
    except NameTakenError:
        if again:
            raise
        return _start(arguments, given, project, again=True)
    say(f"{folder.name}: {_trials(len(composed.trials))} in {os.path.relpath(folder.paths.folder)}")
    try:
        return _control(folder, in_background=arguments.detach)
    finally:
        recording.wait()


def _opened(folder: Path) -> SweepFolder:
    from sweeper.store.folder import SweepFolder

    return SweepFolder(folder)


def _code(existing: SweepFolder | None, project: Path) -> Path:
    """What the trials run: the copy of the project that a sweep has, or the project."""
    return Path(existing.paths.code) if existing and os.path.isdir(existing.paths.code) else project


def _control(folder: SweepFolder, *, in_background: bool) -> int:
    """Become the controller of a new sweep, unless another run has added to it and is faster."""
    from sweeper.cli.controller import control
    from sweeper.cli.detach import detach

    try:
        return detach(folder) if in_background else control(folder)
    except SweepHeldError:
        if not folder.is_held():
            raise
    say(
        f"{folder.name}: another run of it has become its controller, and runs these trials too;"
        f" watch it with: cvsweep status -w {reference(folder.paths.folder)}"
    )
    return 0


def _flags(arguments: Arguments, project: Path) -> dict[str, str]:
    """What of the command line chose the configuration, and is no override."""
    found = {"--config-name": arguments.config_name}
    found["--config-dir"] = os.path.abspath(project / arguments.config_dir) if arguments.config_dir else None
    return {flag: value for flag, value in found.items() if value}


def _say_other_flags(folder: SweepFolder, flags: dict[str, str]) -> None:
    """More points of a sweep are usually meant to come from the same configuration."""
    former = folder.manifest.flags
    for flag in dict.fromkeys([*former, *flags]):
        if former.get(flag) != flags.get(flag):
            was = f"with {flag} {former[flag]}" if flag in former else f"without {flag}"
            now = f"{flag} {flags[flag]}" if flag in flags else f"no {flag}"
            say(f"warning: {folder.name} was made {was}, these points with {now}: they may differ in more")


def _prepare(settings: Settings, sweep_id: str, root: Path) -> Settings:
    """Look whether the trials could run, before anything is made."""
    if isinstance(settings.cluster, LocalSettings):
        if settings.cluster.gpus:
            find_machine(settings.cluster)  # refuses to give a trial more GPUs than there are
        return settings
    from sweeper.backends.kubernetes.pods.identity import SweepLabel
    from sweeper.cli import cluster

    return cluster.prepare(settings, SweepLabel(sweep_id, settings.sweep.name or ""), os.fspath(root))


def _remarks(composed: Composed) -> list[str]:
    lines = []
    if composed.repeated:
        lines.append(f"{_points(composed.repeated)} equal to an earlier one: each distinct point runs once")
    if composed.excluded:
        lines.append(f"{_points(composed.excluded)} left out by sweep.exclude")
    elif composed.settings.sweep.exclude:
        lines.append("sweep.exclude matches no point of this grid")
    cluster, growing = composed.settings.cluster, composed.settings.retry.memory_factor > 1
    if growing and not getattr(cluster, "memory", None):
        lines.append("retry.memory_factor does nothing here: it multiplies cluster.memory, which is not set")
    lines += composed.remarks
    if composed.warning:
        lines.append(f"warning: {composed.warning}")
    if composed.settings.code.include and not is_frozen(composed.settings):
        lines.append("code.include does nothing here: trials run the project itself, not a copy")
    lines += secret_remarks(composed.trials, composed.settings)
    if missing := not_given(composed):
        lines.append(missing)
    lines += left_out(composed)
    return lines


def _trials(count: int) -> str:
    return f"{count} trial{'' if count == 1 else 's'}"


def _points(count: int) -> str:
    return f"{count} point{' is' if count == 1 else 's are'}"
