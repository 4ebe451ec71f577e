"""Reader for click: the decorators of a command's function."""

from __future__ import annotations

import ast

from sweeper.core.recognition.model import Option, OptionKind, Program, chosen_command, positional
from sweeper.core.recognition.syntax import Function, Literal, ParsedFile, keywords

ARGS = {"bool": "flag", "list": "repeat", "key": "dash"}
_PACKAGES = ("click", "rich_click")
_SUFFIX = ("_command", "_cmd", "_group", "_grp")


def read_click(source: ParsedFile) -> Program | None:
    """Return the options of the only command, or of the chosen subcommand; None if there is no command."""
    commands = {node: call for node in _functions(source) if (call := _command(source, node))}
    if not commands:
        return None
    inner = {
        _called(source, node, call): node for node, call in commands.items() if not _is_top(source, call)
    }
    word, remark = chosen_command(list(inner))
    function = inner.get(word[0]) if word else next(iter(commands))
    decorators = [one for one in function.decorator_list if isinstance(one, ast.Call)] if function else []
    options = [_option(source, one) for one in decorators if _is(source, one.func, "option")]
    arguments = [one for one in decorators if _is(source, one.func, "argument")]
    words, asked = positional([source.text(one.args[0]) for one in arguments if _is_needed(source, one)])
    return Program(
        "click", tuple(filter(None, options)), ARGS, words=(*word, *words), remarks=(*remark, *asked)
    )


def _functions(source: ParsedFile) -> list[Function]:
    return [node for node in ast.walk(source.tree) if isinstance(node, Function)]


def _command(source: ParsedFile, node: Function) -> ast.expr | None:
    """Return the decorator that makes the function a command; None if it is none, or a group of commands."""
    if not source.imports_from(*_PACKAGES):
        return None
    for one in node.decorator_list:
        called = one.func if isinstance(one, ast.Call) else one
        if source.name(called).endswith(".command"):
            return one
    return None


def _is_top(source: ParsedFile, decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return _is(source, called, "command")


def _is(source: ParsedFile, node: ast.expr, name: str) -> bool:
    return source.name(node) in tuple(f"{package}.{name}" for package in _PACKAGES)


def _called(source: ParsedFile, node: Function, decorator: ast.expr) -> str:
    """Return the subcommand's name: from its decorator, or else from the function's name."""
    given = decorator.args[:1] if isinstance(decorator, ast.Call) else []
    named = keywords(decorator).get("name") if isinstance(decorator, ast.Call) else None
    text = source.text(given[0] if given else named)
    bare = next((node.name.removesuffix(end) for end in _SUFFIX if node.name.endswith(end)), node.name)
    return text or bare.lower().replace("_", "-")


def _is_needed(source: ParsedFile, call: ast.Call) -> bool:
    words = keywords(call)
    required = source.literal(words.get("required"))
    if required is not None:
        return required.value is True
    return "default" not in words and source.literal(words.get("nargs")) != Literal(-1)


def _option(source: ParsedFile, call: ast.Call) -> Option | None:
    words = keywords(call)
    names = [source.text(one) for one in call.args]
    name = next((one for one in names if one.startswith("--")), "")
    first, _, opposite = (part.strip().lstrip("-") for part in name.partition("/"))
    if not name:
        return Option(next(iter(names), "?").lstrip("-"), reason="it has no name with two dashes; add one")
    found = source.literal(words.get("default"))
    known = "default" not in words or (found is not None and "" not in words)
    value = found.value if found else None
    if opposite:
        return _pair(first, opposite, value, known)
    if _is_true(source, words, "count"):
        return Option(first, reason="it is counted (-vv): add it to task.command")
    if _is_true(source, words, "is_flag") or "flag_value" in words:
        plain = value in (None, False) and "flag_value" not in words
        return (
            Option(first, OptionKind.FLAG, False)
            if plain
            else Option(first, reason="it is a flag that is on")
        )
    many = _is_true(source, words, "multiple")
    kind = OptionKind.REPEATED if many else OptionKind.LIST if "nargs" in words else OptionKind.VALUE
    required = _is_true(source, words, "required") or "prompt" in words
    return Option(first, kind, value, known, required and value is None)


def _pair(first: str, opposite: str, value: object, known: bool) -> Option:
    """Return one PAIR for `--ema/--no-ema`; for `--loud/--quiet`, the flag that changes the default."""
    if opposite == f"no-{first}":
        return Option(first, OptionKind.PAIR, bool(value) if known else None, known)
    return Option(opposite if value is True else first, OptionKind.FLAG, False)


def _is_true(source: ParsedFile, words: dict[str, ast.expr], name: str) -> bool:
    return source.literal(words.get(name)) == Literal(True)
