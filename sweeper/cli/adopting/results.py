"""Chooses the `results` settings of a new configuration, and the message about them."""

from __future__ import annotations

from dataclasses import dataclass, field

from sweeper.core.patterns import lazy
from sweeper.core.recognition.metrics import Metrics
from sweeper.core.yaml_text import flow
from sweeper.results.direction import by_name

_HANDED = "write metrics.json (an object) into the folder os.environ['CVSWEEP_OUT']"
_TOOLS = {
    "trainer": "the Hugging Face Trainer",
    "lightning": "PyTorch Lightning",
    "tensorboard": "TensorBoard",
}
_OF_VALIDATION = lazy(r"(?i)(?<![a-z])(val|valid|validation|test|eval|evaluation|dev)(?![a-z])")


@dataclass(frozen=True, slots=True)
class Results:
    """The `settings` of `results`, with a comment under the empty key, and a `sentence` for people."""

    sentence: str
    settings: dict[str, str] = field(default_factory=dict)


def results_of(metrics: Metrics, *, has_folder: bool, elsewhere: str = "") -> Results:
    """Return the settings for a program's results.

    Args:
        metrics: the recognised source of its metrics.
        has_folder: what the program writes goes into the trial's own folder.
        elsewhere: the first words of the command outside of the project folder.
    """
    metric = ranking(metrics.names)
    ranked = {"metric": metric} if metric else {}
    unknown = "" if metric else _choice(metrics.names)
    if metrics.how == "out":
        source, file = _file(metrics, unknown)
        return Results(f"from {source or 'what it writes into $CVSWEEP_OUT'}{_by(metric)}", ranked | file)
    if metrics.how == "printed":
        comment = {} if metric else {"": unknown}
        source = f"from what it prints ({', '.join(metrics.names[:5])}){_by(metric)}"
        return Results(source, ranked | {"reader": "log"} | comment)
    if metrics.how in _TOOLS and has_folder:
        return Results(f"from the files of {_TOOLS[metrics.how]}", {"": unknown})
    if metrics.is_fixed and elsewhere:
        return _fixed(metrics, elsewhere, unknown)
    if metrics.how == "file" and has_folder:
        source, file = _file(metrics, unknown)
        source = source or f"the file that it writes ({metrics.file})"
        return Results(f"from {source}{_by(metric)}", ranked | file)
    what = _TOOLS.get(metrics.how) or metrics.file
    if what:
        read = f", with results.file: {metrics.own_file}" if metrics.own_file else ""
        source = (
            f"{what} seems to write into one folder for all trials: {_HANDED}, or have it write there{read}"
        )
        return Results(source, {"": _choice(())})
    source = f"no metric was recognised: {_HANDED}, or print name=value and set results.reader: log"
    return Results(source, {"": f"{_choice(())}; {_HANDED}"})


def _fixed(metrics: Metrics, elsewhere: str, comment: str) -> Results:
    """Return the results for a file with a fixed path, and two ways to give each trial its own file."""
    folder = metrics.file.removeprefix("./").rpartition("/")[0]
    makes = f"makes the folder {folder} and " if folder else ""
    source = (
        f"all trials would write the same file {metrics.file}. Either write it into the folder"
        f" os.environ['CVSWEEP_OUT'], or, if the script {makes}needs no other file by a relative path, leave"
        f" it as it is and set task.cwd: out with task.command: [{elsewhere}, ...]"
    )
    if not metrics.own_file:
        return Results(source, {"": comment} if comment else {})
    read = f"file: {metrics.own_file}  # would read it, if the program writes it into the trial's folder"
    return Results(f"{source}; then results.file: {metrics.own_file} reads it", {"": read})


def _file(metrics: Metrics, comment: str) -> tuple[str, dict[str, str]]:
    """Return the description of a file that the program names itself, and the settings that read it.

    The description is empty if there is no such file. `comment` is left out of the settings if the user must
    first make the program write into the trial's folder.
    """
    file = metrics.own_file
    if not file:
        return "", {"": comment} if comment else {}
    if metrics.is_placed:
        return f"the file that it writes ({file})", {"file": file} | ({"": comment} if comment else {})
    return (
        f"what it writes: if {file} lies in the folder of the trial, set results.file: {file}",
        {"": f"file: {file}  # would read it, if the program writes it into {{out}}"},
    )


def ranking(names: tuple[str, ...]) -> str:
    """Return the metric to rank by, preferably one of validation; empty if none is certain."""
    known = [name for name in names if by_name(name)]
    group = [name for name in known if _OF_VALIDATION.search(name)] or known
    if len(group) > 1:
        group = [name for name in group if by_name(name) == "max"]
    return group[0] if len(group) == 1 else ""


def _choice(names: tuple[str, ...]) -> str:
    """The setting that would rank, for a comment in YAML."""
    others = f" (or {', '.join(names[1:5])})" if names[1:] else ""
    return f"metric: {flow(names[0]) if names else 'NAME'}  # would rank the table{others}"


def _by(metric: str) -> str:
    return f", ranked by {metric}" if metric else ""
