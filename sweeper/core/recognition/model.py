"""The result of reading a program's source: its options, and what its command needs to pass them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from sweeper.core.model import Value

MISSING = "???"
"""OmegaConf's mark for a mandatory value; a run that lacks it is refused, with the parameter's name."""

_PREFERRED = ("train", "fit", "run", "main")


class OptionKind(Enum):
    """How an option takes its value. A FLAG is given or not; a PAIR is `--x` or `--no-x`."""

    VALUE = auto()
    FLAG = auto()
    PAIR = auto()
    LIST = auto()
    REPEATED = auto()


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a program.

    Attributes:
        name: as it is typed, without the leading dashes; a dot separates a group from its option.
        default: the program's own default, if `known`.
        known: the default can be read in the source.
        required: the program does not start without it.
        reason: why cvsweep cannot pass it as it is; empty if it can.
    """

    name: str
    kind: OptionKind = OptionKind.VALUE
    default: Value = None
    known: bool = True
    required: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Program:
    """How a program reads its parameters.

    Attributes:
        library: the name of the library for messages; empty if another program reads the parameters.
        args: `task.args` for this library, see docs/arguments.md.
        style: `task.args_style`.
        words: the words between the script and its options: a subcommand, positional arguments.
        by_position: the program reads its options as positional arguments, in this order.
        remarks: what the user has to know or to fill in.
        app: the folder (relative to the script) and the name of a Hydra app's configuration.
    """

    library: str
    options: tuple[Option, ...] = ()
    args: Mapping[str, str] = field(default_factory=dict)
    style: str = "argparse"
    words: tuple[str, ...] = ()
    by_position: bool = False
    remarks: tuple[str, ...] = ()
    app: tuple[str, str] | None = None


def chosen_command(names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the word for a program's subcommand, MISSING if the choice is unclear, and a remark about it."""
    if not names:
        return (), ()
    preferred = next((name for name in _PREFERRED if name in names), None)
    only = names[0] if len(names) == 1 else None
    word = preferred or only
    if word is None:
        return (MISSING,), (f"put a subcommand in place of ??? in task.command: {', '.join(names)}",)
    others = ", ".join(name for name in names if name != word)
    return (word,), (f"the subcommand is {word}" + (f" (there are also: {others})" if others else ""),)


def positional(names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return MISSING for each required positional argument, and a remark that names these arguments."""
    if not names:
        return (), ()
    what = "the positional argument" if len(names) == 1 else "the positional arguments"
    return (MISSING,) * len(names), (f"put {what} {', '.join(names)} in place of ??? in task.command",)
