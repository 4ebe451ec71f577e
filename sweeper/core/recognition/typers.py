"""Reader for typer: a function's parameters are options, or arguments if they have no default."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from sweeper.core.recognition import signatures
from sweeper.core.recognition.model import Option, OptionKind, Program, chosen_command, positional
from sweeper.core.recognition.signatures import Parameter, parameters
from sweeper.core.recognition.syntax import Function, ParsedFile, keywords

ARGS = {"bool": "no-flag", "list": "repeat", "key": "dash"}
_REQUIRED = "..."
_ANNOTATED = ("Annotated", "typing.Annotated", "typing_extensions.Annotated")


def read_typer(source: ParsedFile) -> Program | None:
    """Return the options of the function that typer runs; None if it runs none."""
    if not source.imports_from("typer"):
        return None
    commands = dict(_commands(source))
    alone = dict(_alone(source))
    if not (commands or alone):
        return None
    several = len(commands) > 1 or _has_callback(source)
    word, remark = chosen_command(list(commands)) if several and not alone else ((), ())
    function = commands.get(word[0]) if word else next(iter((alone or commands).values()))
    options, needed = [], []
    for one in parameters(function) if function else []:
        if _is_context(source, one):
            continue
        option, is_argument = _read(source, one)
        if not is_argument:
            options.append(option)
        elif option.required:
            needed.append(one.name)
    words, asked = positional(needed)
    return Program("typer", tuple(options), ARGS, words=(*word, *words), remarks=(*remark, *asked))


def _commands(source: ParsedFile) -> Iterator[tuple[str, Function]]:
    for node in source.functions().values():
        for one in node.decorator_list:
            if (
                isinstance(one, ast.Call)
                and isinstance(one.func, ast.Attribute)
                and one.func.attr == "command"
            ):
                given = one.args[0] if one.args else keywords(one).get("name")
                yield source.text(given) or node.name.replace("_", "-"), node


def _alone(source: ParsedFile) -> Iterator[tuple[str, Function]]:
    calls = (call for call in source.calls() if source.name(call.func) == "typer.run" and call.args)
    found = (source.function(ast.unparse(call.args[0])) for call in calls)
    return ((function.name, function) for function in found if function)


def _has_callback(source: ParsedFile) -> bool:
    decorators = (one for node in source.functions().values() for one in node.decorator_list)
    return any(
        isinstance(one, ast.Call) and source.name(one.func).endswith(".callback") for one in decorators
    )


def _is_context(source: ParsedFile, one: Parameter) -> bool:
    return one.annotation is not None and source.name(one.annotation) in ("typer.Context", "click.Context")


def _read(source: ParsedFile, one: Parameter) -> tuple[Option, bool]:
    """Return the option, and whether it is a positional argument instead."""
    call = _described(source, one)
    plain = replace(one, annotation=_bare(source, one.annotation))
    names: list[str] = []
    is_argument = one.default is None and call is None
    if call is not None:
        is_argument = source.name(call.func) == "typer.Argument"
        given = list(call.args)
        if call is one.default:
            plain = replace(plain, default=given.pop(0) if given else keywords(call).get("default"))
        names = [text for word in given if (text := source.text(word)).startswith("--")]
    if plain.default is not None and ast.unparse(plain.default) == _REQUIRED:
        plain = replace(plain, default=None)
    found = signatures.option(source, plain, boolean=OptionKind.PAIR, many=OptionKind.REPEATED)
    if found.kind is OptionKind.REPEATED and found.default == []:
        found = replace(found, default=None)
    return _named(found, names[0] if names else ""), is_argument


def _named(found: Option, name: str) -> Option:
    """Return the option under its declared name, or else under the name that typer derives."""
    first, _, opposite = (part.strip().lstrip("-") for part in name.partition("/"))
    if not first:
        return replace(found, name=found.name.replace("_", "-"))
    if found.kind is OptionKind.PAIR and opposite != f"no-{first}":
        if not opposite and found.default is True:
            return replace(found, name=first, reason="it is a flag that is on")
        return replace(
            found, name=opposite if found.default is True else first, kind=OptionKind.FLAG, default=False
        )
    return replace(found, name=first)


def _described(source: ParsedFile, one: Parameter) -> ast.Call | None:
    """Return the call of `typer.Option` or `typer.Argument` that describes a parameter."""
    places = [one.default, *(_annotation(source, one.annotation) or ())]
    calls = (place for place in places if isinstance(place, ast.Call))
    return next(
        (call for call in calls if source.name(call.func) in ("typer.Option", "typer.Argument")), None
    )


def _annotation(source: ParsedFile, node: ast.expr | None) -> list[ast.expr] | None:
    """Return the elements of `Annotated[…]`; None for any other annotation."""
    if (
        isinstance(node, ast.Subscript)
        and source.name(node.value) in _ANNOTATED
        and isinstance(node.slice, ast.Tuple)
    ):
        return node.slice.elts
    return None


def _bare(source: ParsedFile, node: ast.expr | None) -> ast.expr | None:
    inner = _annotation(source, node)
    return inner[0] if inner else node
