"""Reader for argparse, and for the same calls of configargparse, jsonargparse and simple-parsing."""

from __future__ import annotations

import ast
from dataclasses import replace

from sweeper.core.model import Value
from sweeper.core.recognition.model import Option, OptionKind, Program, chosen_command, positional
from sweeper.core.recognition.parsers import ALL, Parsers
from sweeper.core.recognition.syntax import Literal, ParsedFile, keywords

_MAKERS = (
    "argparse.ArgumentParser",
    "jsonargparse.ArgumentParser",
    "configargparse.ArgParser",
    "configargparse.ArgumentParser",
)
_BEFORE = "it comes before the subcommand: add it to task.command"
_BOOL = "type=bool makes true of every text; use action=argparse.BooleanOptionalAction"
_UNNAMED = "options whose names are computed are not listed: give one by +name=value"
_ONE_DASH = "it has no name with two dashes; add one"
_ACTIONS = {
    "store_true": OptionKind.FLAG,
    "store_false": OptionKind.FLAG,
    "BooleanOptionalAction": OptionKind.PAIR,
    "append": OptionKind.REPEATED,
    "extend": OptionKind.LIST,
    "store": OptionKind.VALUE,
}


def read_argparse(source: ParsedFile) -> Program | None:
    """Return the options that `add_argument` calls declare; None if there is no parser."""
    calls = [
        (call, call.func)
        for call in source.calls()
        if isinstance(call.func, ast.Attribute) and call.func.attr == "add_argument"
    ]
    if not calls and not any(source.name(call.func) in _MAKERS for call in source.calls()):
        return None
    parsers = Parsers(source)
    word, chosen = chosen_command(parsers.subcommands)
    options: dict[str, Option] = {}
    needed: list[str] = []
    unnamed: tuple[str, ...] = ()
    for call, method in calls:
        owner = parsers.owner(method.value, call.lineno)
        here = not word or owner in (*word, ALL)
        name = _name(source, call)
        if not name:
            unnamed = (_UNNAMED,)
        elif not name.startswith("-"):
            needed += [name] if here and _is_needed(source, call) else []
        elif (here or owner == "") and (option := _option(source, parsers, call, method.value)):
            found = option if here else replace(option, reason=_BEFORE)
            same = options.setdefault(option.name, found)
            options[option.name] = same if same == found else replace(same, known=False, default=None)
    words, asked = positional(needed)
    remarks = (*chosen, *asked, *unnamed)
    return Program("argparse", tuple(options.values()), words=(*word, *words), remarks=remarks)


def _name(source: ParsedFile, call: ast.Call) -> str:
    """Return the first long name of an option, or else its first name; of a positional argument, its name."""
    names = [source.text(word) for word in call.args] or [source.text(keywords(call).get("dest"))]
    return next((name for name in names if name.startswith("--")), names[0])


def _is_needed(source: ParsedFile, call: ast.Call) -> bool:
    words = keywords(call)
    nargs = source.text(words.get("nargs")) or source.name(words.get("nargs", ast.Name("1")))
    return nargs.rpartition(".")[2] not in ("?", "*", "OPTIONAL", "ZERO_OR_MORE", "REMAINDER")


def _option(source: ParsedFile, parsers: Parsers, call: ast.Call, receiver: ast.expr) -> Option | None:
    """Return the option; None for one that only prints something and exits (--help, --version)."""
    name, words = _name(source, call).lstrip("-"), keywords(call)
    action = source.text(words.get("action")) or source.name(words.get("action", ast.Name("store")))
    if action in ("help", "version"):
        return None
    if not _name(source, call).startswith("--"):
        return Option(name, reason=_ONE_DASH)
    dest = source.text(words.get("dest")) or name.replace("-", "_")
    default = parsers.default(dest) or words.get("default")
    kind = _ACTIONS.get(action.rpartition(".")[2])
    if kind is None:
        return Option(name, reason=f"action={action} is not known to cvsweep: add it to task.command")
    if kind is OptionKind.FLAG:
        return _flag(source, name, action, default)
    if kind is OptionKind.VALUE and source.literal(words.get("nargs")) not in (
        None,
        Literal(None),
        Literal("?"),
    ):
        kind = OptionKind.LIST
    found = source.literal(default)
    if source.name(words.get("type", ast.Name("str"))) == "bool" and not source.imports_from("jsonargparse"):
        return Option(name, reason=_BOOL)
    required = words.get("required") is not None and source.literal(words["required"]) != Literal(False)
    known = default is None or (found is not None and _is_the_same_if_given(source, kind, words, found.value))
    value = found.value if found and known else None
    if _is_unsayable(source, kind, words, value) or (
        value is not None and parsers.is_exclusive(receiver, call)
    ):
        known, value = False, None
    return Option(name, kind, value, known, required)


def _is_the_same_if_given(
    source: ParsedFile, kind: OptionKind, words: dict[str, ast.expr], value: Value
) -> bool:
    """Whether the program gets exactly this default if it is passed as text.

    argparse converts a default only if it is a string. Without a type, or with the program's own type, any
    other default would become a different value.
    """
    if "" in words:
        return False
    if isinstance(value, list):
        return kind is not OptionKind.VALUE and all(
            _is_the_same_if_given(source, kind, words, one) for one in value
        )
    if value is None or isinstance(value, str) or kind is OptionKind.PAIR:
        return True
    if isinstance(value, bool):
        return source.imports_from("jsonargparse")
    return source.name(words.get("type", ast.Name("str"))) in ("int", "float")


def _flag(source: ParsedFile, name: str, action: str, default: ast.expr | None) -> Option:
    usual = Literal(action == "store_false")
    if default is not None and source.literal(default) not in (usual, Literal(None)):
        return Option(name, reason=f"action={action} with the default {ast.unparse(default)} changes nothing")
    return Option(name, OptionKind.FLAG, False)


def _is_unsayable(source: ParsedFile, kind: OptionKind, words: dict[str, ast.expr], value: object) -> bool:
    """Whether this default cannot be passed unchanged, so that it must be left to the program."""
    if kind is OptionKind.REPEATED:
        return value is not None  # argparse appends the passed values to the default
    return value == [] and source.literal(words.get("nargs")) == Literal("+")
