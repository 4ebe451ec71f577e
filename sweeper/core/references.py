"""References to environment variables in commands: checks, refusals and shell expansions."""

from __future__ import annotations

from collections.abc import Mapping

from sweeper.core.errors import UsageError
from sweeper.core.model import Trial, Value
from sweeper.core.secrets import REFERENCE, needs, references


def guards(trial: Trial) -> str:
    """Return shell lines that end an attempt before its program starts if a needed variable is not set."""
    return "".join(
        f'[ -n "${{{name}+x}}" ] || {{ echo '
        + single_quoted(f"cvsweep: the environment variable {name} is not set: {key} needs it")
        + " >&2; exit 2; }\n"
        for name, key in needs(trial).items()
    )


def refuse_on_command_line(referring: Mapping[str, Value]) -> None:
    """Raise UsageError if there is a secret: every user of the machine can read a command line."""
    for key, value in referring.items():
        name = references(value)[0]
        raise UsageError(
            f"parameter {key} is a secret (the value of {name}), and on a command line everybody on the"
            f" machine can read it: let the program read the environment variable {name} and leave"
            f' {key} out, or use task.args_style=env or, for a Hydra app, "{{overrides}}"'
        )


def expansion(variable: str, value: Value) -> str:
    """Return the line that exports `variable` with the value, whose references the shell expands.

    UsageError if the value is a list.
    """
    if not isinstance(value, str):
        raise UsageError(
            f"parameter {variable}: a list that holds a secret cannot be an environment variable; let the"
            f" program read the variable {references(value)[0]} itself"
        )
    parts, end = [], 0
    for match in REFERENCE.finditer(value):
        parts += [single_quoted(value[end : match.start()]), f'"${{{match[1]}}}"']
        end = match.end()
    parts.append(single_quoted(value[end:]))
    words = "".join(part for part in parts if part != "''")
    return f"export {variable}={words}"


def single_quoted(text: str) -> str:
    """Return the text as one literal shell word."""
    return "'" + text.replace("'", "'\"'\"'") + "'"
