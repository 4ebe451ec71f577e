"""What is found in the source of a program: its options, and what a command needs to give them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from sweeper.core.model import Value

MISSING = "???"
"""OmegaConf's mark for a value that has to be given; a run without it is refused by name."""

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
        name: as it is typed, without the dashes in front; a dot stands between a group and its option.
        default: the program's own default, if `known`.
        known: the default can be read in the source.
        required: the program does not start without it.
        reason: why it cannot be given by cvsweep as it is; empty if it can.
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
        library: what reads them, for people; empty if they are passed on to another program.
        args: `task.args` for this library, see docs/arguments.md.
        style: `task.args_style`.
        words: the words between the script and its options: a subcommand, positional arguments.
        by_position: the program reads its options as positional arguments, in this order.
        remarks: what a person has to know or to fill in.
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
    """The word for a program's subcommand, and a remark that says what was chosen."""
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
    """A word for each positional argument that the program needs, and the remark that names them."""
    if not names:
        return (), ()
    what = "the positional argument" if len(names) == 1 else "the positional arguments"
    return (MISSING,) * len(names), (f"put {what} {', '.join(names)} in place of ??? in task.command",)
