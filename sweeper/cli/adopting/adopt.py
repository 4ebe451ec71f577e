"""Plans the files for an existing program: which script, its configuration, and where that goes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path, PurePosixPath
from shlex import quote

from sweeper.cli.adopting.files import has_command, read_text
from sweeper.cli.adopting.results import Results, results_of
from sweeper.cli.adopting.scripts import Script, find_scripts, named_script
from sweeper.cli.adopting.start import start_words, words_elsewhere
from sweeper.core.errors import UsageError
from sweeper.core.recognition.config_writer import Written, command_word, project_config
from sweeper.core.recognition.metrics import Metrics
from sweeper.core.recognition.model import Program
from sweeper.core.recognition.script_choice import choose

_TARGET = "configs/config.yaml"


@dataclass(frozen=True)
class Adoption:
    """An existing script and the configuration that is planned for it.

    Attributes:
        program: how the script reads its parameters, None if nothing was recognised.
        origin: the file from which `program` was recognised.
        target: the file to write, relative to the project.
        options: the options of `cvsweep` that find this file.
        head: the words that start the script.
    """

    script: Script
    program: Program | None
    origin: str
    written: Written
    results: Results
    target: str
    options: str
    head: tuple[str, ...]

    @property
    def project(self) -> Path:
        return self.script.project


def adopt(project: Path, name: Path | None) -> Adoption | None:
    """Plan the configuration of the script `name`, or of the best candidate; None if there is no script."""
    if name is not None:
        return _beside_another(_adoption(named_script(project, name)))
    scripts = {script.path: script for script in find_scripts(project)}
    chosen = choose([script.candidate for script in scripts.values()])
    return _adoption(scripts[chosen.path]) if chosen else None


def _adoption(script: Script) -> Adoption:
    found, origin = script.read
    program = found or Program("nothing", style="env", remarks=(_way_to_vary(script),))
    target, options = _target(script, program, origin)
    head = start_words(script, os.environ)
    command = project_config(program, head, script.path, {}).command
    into_folder = any("{out}" in word or "{checkpoints}" in word for word in command)
    results = results_of(
        _placed(script.metrics, command),
        has_folder=into_folder or program.app is not None,
        elsewhere="" if program.app else ", ".join(map(command_word, words_elsewhere(script, head))),
    )
    written = project_config(program, head, script.path, results.settings)
    return Adoption(script, found, origin, written, results, target, options, tuple(head))


def _placed(metrics: Metrics, command: Sequence[str]) -> Metrics:
    """Return `metrics`, marked as placed if an option of the command writes its file to `{out}`."""
    file = metrics.own_file
    handed = bool(file) and any(word.endswith(f"{{out}}/{file}") for word in command)
    return replace(metrics, is_placed=metrics.is_placed or handed)


def _beside_another(adoption: Adoption) -> Adoption:
    """Choose a separate file for a named script if the project's configuration runs another program."""
    there = read_text(adoption.project / adoption.target)
    if not has_command(there) or _starts(adoption.head[-1], there):
        return adoption
    folder, _, former = adoption.target.rpartition("/")
    for name in _own_names(PurePosixPath(adoption.script.path), "" if former == "config.yaml" else "sweep_"):
        place = adoption.project / folder / f"{name}.yaml"
        if not os.path.lexists(place) or _starts(adoption.head[-1], read_text(place)):
            break
    options = f"{adoption.options.removesuffix('-cn sweep ')}-cn {name} "
    return replace(adoption, target=f"{folder}/{name}.yaml", options=options)


def _starts(word: str, text: str) -> bool:
    """Return True if a configuration names this script or module outside of its comments."""
    given = re.sub(r"(?m)(^|\s)#.*", "", text)
    return re.search(rf"(?<![\w./-])(\./|\{{code\}}/)?{re.escape(word)}(?![\w./-])", given) is not None


def _own_names(path: PurePosixPath, before: str) -> Iterator[str]:
    """Yield names for a script's configuration: its file name, its whole path, then numbered names."""
    parts = [re.sub(r"\W", "_", part) for part in path.with_suffix("").parts if part != "__main__"]
    yield f"{before}{parts[-1]}"
    whole = f"{before}{'_'.join(parts)}"
    yield whole
    yield from (f"{whole}_{number}" for number in count(2))


def _way_to_vary(script: Script) -> str:
    """Return advice on how to give a parameter to a script that reads none."""
    if script.is_shell:
        return (
            "nothing can vary yet: use a variable in the script, as in $lr, and write lr: 0.1 into this file"
        )
    found = script.source.constants if script.source else {}
    numbers = [(key, value) for key, value in found.items() if type(value) in (int, float)]
    key, value = next(iter(numbers), ("lr", 0.1))
    read = f"{key} = {type(value).__name__}(os.environ.get({key!r}, {value}))"
    return f"nothing can vary yet: write {read} into the script, and {key}: {value} into this file"


def _target(script: Script, program: Program, origin: str) -> tuple[str, str]:
    """Return the file to write and the options of `cvsweep` that select it."""
    if program.app is None:
        return _TARGET, ""
    folder, name = program.app
    place = os.path.normpath(os.path.join(os.path.dirname(origin), folder))
    file = os.path.join(place, f"{name}.yaml")
    if file.startswith("..") or os.path.isabs(file) or not (script.project / file).is_file():
        raise UsageError(
            f"init: {script.path} is a Hydra app, but its configuration {file} is not in this folder; nothing"
            " was written. Go to the app's project"
        )
    given = "" if place == "configs" else f"-cd {quote(place)} "
    return f"{place}/sweep.yaml", f"{given}-cn sweep "
