"""Writes the configuration that runs an existing program, as YAML for users to read and change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from shlex import quote
from typing import Any

from sweeper.core.model import Value
from sweeper.core.patterns import lazy
from sweeper.core.recognition.model import MISSING, Option, Program
from sweeper.core.recognition.outputs import output_word
from sweeper.core.recognition.task_args import FormattedOption, format_options, spelling
from sweeper.core.secrets import is_secret_key
from sweeper.core.yaml_text import flow

_OURS = frozenset(("task", "sweep", "cluster", "code", "retry", "results", "hydra", "defaults", "experiment"))
_KEY = lazy(r"[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)*")
_PLAIN_WORD = lazy(r"[A-Za-z0-9_./][\w./=-]*")
_YAMLS_OWN = lazy(r"(?i)(true|false|yes|no|on|off|y|n|null|[-+.\d_]+)")
_LEARNING_RATE = lazy(r"(?i)(?:.*[._-])?(?:lr|learning[-_]?rate)")


@dataclass(frozen=True, slots=True)
class Written:
    """The text of a configuration, its command and its parameters.

    `keys`: the parameters with their values. `missing`: the parameters that still need a value.
    `left_out`: the options that are only comments. `remarks`: messages for the user.
    """

    text: str
    command: tuple[str, ...]
    keys: dict[str, Value]
    missing: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def example(self) -> str:
        """Overrides that vary one parameter, with a placeholder for each parameter that needs a value."""
        varied = self._varied()
        needed = [f"{key}=VALUE" for key in self.missing if not varied.startswith(f"{key}=")]
        return " ".join(filter(None, [varied, *needed]))

    def _varied(self) -> str:
        """Return an override of the learning rate, or else the first number, or else the first flag."""
        numbers = [key for key, value in self.keys.items() if type(value) in (int, float)]
        unknown = [key for key, value in self.keys.items() if value is None]
        rates = [key for key in (*numbers, *self.missing, *unknown) if _LEARNING_RATE.fullmatch(key)]
        if rates:
            return f"{rates[0]}=0.1,0.01"
        if numbers:
            value = self.keys[numbers[0]]
            return f"{numbers[0]}={flow(value)},{flow(_another(value))}"
        flags = [key for key, value in self.keys.items() if value is False]
        return f"{flags[0]}=true,false" if flags else ""


def _another(value: Any) -> Value:
    return value * 2 or value + 1


def project_config(program: Program, head: Sequence[str], script: str, results: dict[str, str]) -> Written:
    """Return the configuration that runs a program.

    Args:
        program: the recognized program.
        head: the first words of its command, which start the program.
        script: the name of the program for comments.
        results: the settings of `results` to write. The value under the empty key is written as a comment: a
            setting, then `  # ` and its effect.
    """
    if program.app is not None:
        return _of_app(program, head, script, results)
    outputs = {one.name: word for one in program.options if (word := output_word(program, one))}
    rest = replace(
        program, options=tuple(_grouped([one for one in program.options if one.name not in outputs]))
    )
    args = spelling(rest)
    lines = [_line(one, args, program.style) for one in format_options(rest, args)]
    command = _command(program, head, tuple(outputs.values()))
    values = {line.key: line.value for line in lines if line.given}
    heading = f"\n# The parameters and their defaults in {script}; null: the program's own default."
    text = "\n".join([
        f"# How cvsweep runs {script}, written by `cvsweep init`. task and results are cvsweep's own keys;",
        "# every other key is a parameter of the program, and a column of the table.",
        "task:",
        f"  command: [{', '.join(map(command_word, command))}]",
        *_task_lines(program, args, command),
        *_results_lines(results),
        *([heading] if lines else []),
        *_tree(lines),
        "",
    ])  # fmt: skip
    return Written(
        text,
        command,
        {key: value for key, value in values.items() if value != MISSING},
        tuple(key for key, value in values.items() if value == MISSING),
        tuple(line.key for line in lines if not line.given),
        (
            *program.remarks,
            *(f"each trial writes into its own folder, by {word}" for word in outputs.values()),
        ),
    )


def _grouped(options: Sequence[Option]) -> Iterator[Option]:
    """Yield the options; one whose group has the name of another option is refused, as its key is taken."""
    names = {one.name for one in options}
    for one in options:
        group, dot, _ = one.name.partition(".")
        reason = f"{group} is an option, too: add it to task.command"
        yield replace(one, reason=reason) if dot and group in names else one


def _of_app(program: Program, head: Sequence[str], script: str, results: dict[str, str]) -> Written:
    assert program.app is not None
    _folder, name = program.app
    command = (*head, "{overrides}")
    text = "\n".join([
        f"# How cvsweep runs the Hydra app {script}, written by `cvsweep init`. The app reads its own",
        f"# configuration ({name}.yaml); set values there or on the command line, since the app does not see",
        "# what only this file says.",
        f"defaults: [{flow(name) if _YAMLS_OWN.fullmatch(name) else name}, _self_]",
        "task:",
        f"  command: [{', '.join(map(command_word, command))}]",
        *_results_lines(results),
        "",
    ])  # fmt: skip
    return Written(text, command, {}, remarks=program.remarks)


def _command(program: Program, head: Sequence[str], outputs: Sequence[str]) -> tuple[str, ...]:
    if program.by_position:
        names = " ".join(f'"${one.name}"' for one in program.options)
        return ("sh", "-c", f"exec {' '.join(map(quote, head))} {names}")
    if program.style == "env":
        return (*head,)
    return (*head, *program.words, *outputs, "{args}")


def command_word(word: str) -> str:
    """Return a word of a command for a YAML list, quoted if necessary."""
    if _PLAIN_WORD.fullmatch(word) and not _YAMLS_OWN.fullmatch(word):
        return word
    return f"'{word}'" if '"' in word and "'" not in word else flow(word)


def _task_lines(program: Program, args: dict[str, str], command: Sequence[str]) -> list[str]:
    remarks = [f"  # {remark}" for remark in program.remarks]
    if program.style != "argparse":
        arrive = "environment variables" if program.style == "env" else "Hydra's overrides"
        return [*remarks, f"  args_style: {program.style}  # parameters arrive as {arrive}"]
    if not args:
        return remarks
    choices = ", ".join(f"{key}: {value}" for key, value in args.items())
    return [*remarks, f"  args: {{{choices}}}  # how options are written for {program.library}"]


def _results_lines(results: dict[str, str]) -> list[str]:
    given = [f"  {key}: {value}" for key, value in results.items() if key]
    hint = results.get("", "")
    if given:
        return ["results:", *given, *([f"  # {hint}"] if hint else [])]
    setting, _, remark = hint.partition("  # ")
    return [f"# results: {{{setting}}}  # {remark}"] if hint else []


@dataclass(frozen=True, slots=True)
class _Line:
    """A parameter in the configuration, or a comment instead of it."""

    key: str
    value: Value = None
    given: bool = True
    remark: str = ""


def _line(one: FormattedOption, args: dict[str, str], style: str) -> _Line:
    option = one.option
    reason = option.reason or _refusal(option, style)
    if reason:
        return _Line(option.name, given=False, remark=reason)
    if option.required:
        inherited = ", or drop this line to inherit it" if style == "env" else ""
        remark = f"needed: write a value here or on the command line{inherited}"
        return _Line(option.name, MISSING, remark=remark)
    if option.known:
        return _Line(option.name, option.default, remark=one.remark)
    if style == "env":
        return _Line(option.name, given=False, remark="without a value here, trials inherit yours")
    if style == "hydra" or args.get("none", "omit") != "omit":
        return _Line(option.name, given=False, remark=one.remark or "its default is not in the source")
    return _Line(option.name, remark=one.remark or "the program's own default")


def _refusal(option: Option, style: str) -> str:
    if option.name.partition(".")[0] in _OURS:
        return "cvsweep has a key of this name: give it in task.command, or rename the option"
    if not _KEY.fullmatch(option.name):
        return "Hydra allows no such name: give it in task.command"
    if is_secret_key(option.name) and style != "env":
        return "a secret belongs in an environment variable, not in a command line"
    return ""


def _tree(lines: Sequence[_Line]) -> list[str]:
    """Return the lines of the keys; keys with dots are nested below the keys of their groups."""
    text: list[str] = []
    groups: dict[str, list[_Line]] = {}
    for line in lines:
        group, dot, inner = line.key.partition(".")
        if not dot:
            text.append(_shown(line))
        else:
            groups.setdefault(group, []).append(replace(line, key=inner))
    for group, inside in groups.items():
        comment = "" if any(line.given for line in inside) else "# "
        text += [f"{comment}{_key(group)}:", *(f"  {one}" for one in _tree(inside))]
    return text


def _shown(line: _Line) -> str:
    if not line.given:
        key = _key(line.key) if _KEY.fullmatch(line.key) else flow(line.key)
        return f"# {key}: null  # {line.remark}"
    value = MISSING if line.value == MISSING else flow(line.value)
    return f"{_key(line.key)}: {value}" + (f"  # {line.remark}" if line.remark else "")


def _key(key: str) -> str:
    return flow(key) if _YAMLS_OWN.fullmatch(key) else key
