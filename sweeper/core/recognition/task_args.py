"""Derives `task.args` from the options of a program, and marks the options that it cannot express."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sweeper.core.recognition.model import Option, OptionKind, Program
from sweeper.core.settings import ArgsSettings

_NO_REPEAT = "it is repeated: it needs task.args.list=repeat"
_NOT_A_FLAG = "a flag: null or true (false would be --no-{})"


@dataclass(frozen=True, slots=True)
class FormattedOption:
    """An option as it is written into the configuration, with a comment for its line."""

    option: Option
    remark: str = ""


def spelling(program: Program) -> dict[str, str]:
    """Return `task.args` for a program, without values that are the default."""
    if program.style != "argparse":
        return {}
    kinds = {one.kind for one in program.options if not one.reason}
    args = dict(program.args)
    if any(
        one.kind is OptionKind.PAIR and one.default is not False for one in program.options if not one.reason
    ):
        args["bool"] = "no-flag"
    elif OptionKind.FLAG in kinds or OptionKind.PAIR in kinds:
        args["bool"] = "flag" if OptionKind.FLAG in kinds else "no-flag"
    if OptionKind.REPEATED in kinds and OptionKind.LIST not in kinds:
        args["list"] = "repeat"
    elif OptionKind.LIST in kinds and args.get("list") == "repeat":
        args["list"] = "space"
    names = "".join(one.name for one in program.options if not one.reason)
    args["key"] = "dash" if "-" in names and "_" not in names else args.get("key", "as_is")
    if "_" in names:
        args["key"] = "as_is"
    defaults = ArgsSettings()
    return {key: value for key, value in args.items() if value != getattr(defaults, key)}


def format_options(program: Program, args: Mapping[str, str]) -> list[FormattedOption]:
    """Return the options under their keys; a default that `args` cannot express is left to the program."""
    return [_format_option(_keyed(one, args), args) for one in program.options]


def _keyed(one: Option, args: Mapping[str, str]) -> Option:
    return replace(one, name=one.name.replace("-", "_")) if args.get("key") == "dash" else one


def _format_option(one: Option, args: Mapping[str, str]) -> FormattedOption:
    if one.reason or one.required:
        return FormattedOption(one)
    mode = args.get("bool", "value")
    if one.kind is OptionKind.FLAG and mode == "no-flag":
        return FormattedOption(replace(one, default=None), _NOT_A_FLAG.format(one.name))
    if one.kind is OptionKind.VALUE and isinstance(one.default, bool) and mode in ("flag", "no-flag"):
        text = "true" if one.default else "false"
        return FormattedOption(replace(one, default=text), "a text: 'true' or 'false'")
    if one.kind is OptionKind.REPEATED and args.get("list", "space") != "repeat":
        return FormattedOption(replace(one, default=None, known=False), _NO_REPEAT)
    if one.default == [] and args.get("list", "space") in ("repeat", "comma"):
        return FormattedOption(replace(one, default=None))
    return FormattedOption(one)
