"""Load the project's configuration, composed with overrides, as the spec of a sweep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sweeper.app.observers import Observers
from sweeper.app.spec import Source, SweepSpec
from sweeper.core.errors import UsageError
from sweeper.core.formatting import escape
from sweeper.snapshot.configs import changed_configs

if TYPE_CHECKING:
    from sweeper.compose import Composed

_NAMED = 3

See = Callable[[int, int], None]
"""Called after each composed point, with the number of points so far and the total number."""


def ignore(done: int, total: int) -> None:
    """Show no progress."""


def load(source: Source, project: Path, see: See = ignore) -> SweepSpec:
    """Return the spec of the sweep that a command line defines in a project. Nothing is created.

    Raises:
        UsageError: the configuration or the overrides are wrong; the message names the location.
    """
    return _spec(_composed(source, project, see), project, source)


def _composed(source: Source, project: Path, see: See) -> Composed:
    from sweeper.compose import compose

    return compose(
        source.overrides,
        config_dir=source.config_dir,
        config_name=source.config_name,
        multirun=source.multirun,
        project=project,
        see=see,
    )


def _spec(composed: Composed, project: Path, source: Source) -> SweepSpec:
    return SweepSpec(
        trials=composed.trials,
        settings=composed.settings,
        project=project,
        config=composed.config,
        swept=composed.swept,
        repeated=composed.repeated,
        excluded=composed.excluded,
        experiment=composed.experiment,
        programs=composed.programs,
        commands=composed.commands,
        warning=composed.warning,
        remarks=composed.remarks,
        former_keys=composed.former_keys,
        source=source,
    )


def load_from_copy(spec: SweepSpec, copy: Path, observers: Observers, see: See = ignore) -> SweepSpec:
    """Return the spec with its points composed from a sweep's copy of the project, which its trials run.

    The settings stay those of the current project. The spec is returned unchanged if it was not composed, or
    if the copy does not contain its configuration.

    Raises:
        UsageError: the configuration in the copy does not allow these points.
    """
    source, project = spec.source, spec.project
    if source is None:
        return spec
    folder = project / (source.config_dir or "configs")
    inside = [one for one in {project / "configs", folder} if one.is_relative_to(project) and one.is_dir()]
    places = [one.relative_to(project) for one in inside]
    if not places or not all((copy / place).is_dir() for place in places):
        return spec  # the copy does not contain this configuration
    config_dir = copy / folder.relative_to(project) if folder in inside else source.config_dir
    frozen_source = replace(source, config_dir=config_dir if source.config_dir else None)
    try:
        frozen = _spec(_composed(frozen_source, copy, see), project, source)
    except UsageError as error:
        raise UsageError(f"{error} (in {_where(copy)})") from error
    unknown = _groups(spec) - _groups(frozen)
    if unknown:  # in a configuration without this group, `+model=vit` sets a parameter instead
        raise UsageError(f"there is no config group {min(unknown)} in {_where(copy)}")
    if {one.key for one in frozen.trials} != {one.key for one in spec.trials}:
        observers.warn(
            f"the project's configuration has changed since this sweep was made"
            f"{_names(changed_configs(project, copy, places))}: its points are composed from the sweep's own"
            " copy; for the new configuration use a new sweep.name"
        )
    return replace(frozen, settings=spec.settings)


def _names(files: Sequence[str]) -> str:
    more = f" and {len(files) - _NAMED} more" if len(files) > _NAMED else ""
    return f" ({escape(', '.join(files[:_NAMED]))}{more})" if files else ""


def _groups(spec: SweepSpec) -> set[str]:
    return {group for one in spec.trials for group in one.choices}


def _where(copy: Path) -> str:
    return f"the sweep's copy of the project, {copy}: what is new in the project needs a new sweep.name"
