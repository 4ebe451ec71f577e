"""Readers for fire, jsonargparse, LightningCLI and tyro, which make a program of a function or class."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from sweeper.core.recognition.model import Option, OptionKind, Program, chosen_command, positional
from sweeper.core.recognition.signatures import Parameter, fields, nested, option, parameters
from sweeper.core.recognition.syntax import Function, Literal, ParsedFile, keywords

FIRE = {"bool": "python", "list": "json", "dict": "json", "text": "python", "none": "python"}
JSONARGPARSE = {"list": "json", "none": "json"}
TYRO = {"bool": "no-flag", "none": "python"}
_FUNCTIONS = Mapping[str, Function]


def read_fire(source: ParsedFile) -> Program | None:
    """Return the program that `fire.Fire(…)` makes; None if there is no such call."""
    call = _call(source, "fire.Fire")
    if call is None:
        return None
    component = call.args[0] if call.args else keywords(call).get("component")
    if isinstance(component, ast.Name) and component.id in source.classes():
        return _fire_class(source, source.classes()[component.id])
    functions, one = _targets(source, component)
    word, remark = ((), ()) if one else chosen_command(list(functions))
    function = one or (functions.get(word[0]) if word else None)
    options = tuple(option(source, given) for given in parameters(function)) if function else ()
    return Program("fire", options, FIRE, words=word, remarks=remark)


def _fire_class(source: ParsedFile, node: ast.ClassDef) -> Program:
    """Return a program with the parameters of the class and of the chosen method."""
    methods = {one.name: one for one in node.body if isinstance(one, Function)}
    word, remark = chosen_command([name for name in methods if not name.startswith("_")])
    chosen = [methods[name] for name in ("__init__", *word) if name in methods]
    given = {one.name: one for method in chosen for one in parameters(method)}
    options = tuple(option(source, one) for one in given.values())
    return Program("fire", options, FIRE, words=word, remarks=remark)


def read_jsonargparse(source: ParsedFile) -> Program | None:
    """Return the program that `jsonargparse.CLI(…)` makes; None if there is no such call.

    Parameters without a default are positional, unless the call has `as_positional=False`.
    """
    call = _call(source, "jsonargparse.CLI", "jsonargparse.auto_cli")
    if call is None:
        return None
    functions, one = _targets(source, call.args[0] if call.args else keywords(call).get("components"))
    if not call.args and len(functions) == 1:
        (one,) = functions.values()
    word, remark = ((), ()) if one else chosen_command(list(functions))
    function = one or (functions.get(word[0]) if word else None)
    given = parameters(function) if function else []
    by_name = source.literal(keywords(call).get("as_positional")) == Literal(False)
    needed = [] if by_name else [one.name for one in given if one.default is None]
    words, asked = positional(needed)
    options = [one for one in nested(source, given) if one.name not in needed]
    return Program(
        "jsonargparse", tuple(options), JSONARGPARSE, words=(*word, *words), remarks=(*remark, *asked)
    )


def read_lightning(source: ParsedFile) -> Program | None:
    """Return LightningCLI's options: the parameters of the project's model and data classes."""
    made = (one for one in source.calls() if source.name(one.func).rpartition(".")[2] == "LightningCLI")
    call = next(made, None)
    if call is None:
        return None
    given = [*call.args, None, None]
    words = keywords(call)
    options: list[Option] = []
    for group, at, name in (("model", 0, "model_class"), ("data", 1, "datamodule_class")):
        named = given[at] if given[at] is not None else words.get(name)
        node = source.classes().get(ast.unparse(named)) if named is not None else None
        options += _arguments(source, node, group) if node else []
    runs = source.literal(words.get("run")) != Literal(False)
    word: tuple[str, ...] = ("fit",) if runs else ()
    remark = ("the subcommand is fit",) if runs else ()
    word += ("--trainer.default_root_dir={out}",)
    more = "Trainer options: e.g. +trainer.max_epochs=3 on the command line, or trainer: {max_epochs: 3} here"
    return Program("LightningCLI", tuple(options), JSONARGPARSE, words=word, remarks=(*remark, more))


def _arguments(source: ParsedFile, node: ast.ClassDef, group: str) -> list[Option]:
    methods = {one.name: one for one in node.body if isinstance(one, Function)}
    given = parameters(methods["__init__"]) if "__init__" in methods else []
    return list(nested(source, given, f"{group}."))


def read_tyro(source: ParsedFile) -> Program | None:
    """Return the program that `tyro.cli(…)` makes of a function, or of a dataclass that may hold others."""
    call = _call(source, "tyro.cli")
    if call is None:
        return None
    target = ast.unparse(call.args[0]) if call.args else ""
    given: list[Parameter] = []
    if function := source.function(target):
        given = parameters(function)
    elif target in source.classes():
        given = fields(source, source.classes()[target])
    return Program("tyro", tuple(nested(source, given, boolean=OptionKind.PAIR)), TYRO)


def _call(source: ParsedFile, *names: str) -> ast.Call | None:
    return next((one for one in source.calls() if source.name(one.func) in names), None)


def _targets(source: ParsedFile, node: ast.expr | None) -> tuple[_FUNCTIONS, Function | None]:
    """Return the functions that subcommands select by name, or the only function of the program."""
    if node is None:
        return {name: one for name, one in source.functions().items() if not name.startswith("_")}, None
    if isinstance(node, ast.Name):
        return {}, source.function(node.id)
    if isinstance(node, ast.Dict):
        pairs = zip(map(source.text, filter(None, node.keys)), map(ast.unparse, node.values), strict=False)
        return {word: found for word, name in pairs if (found := source.function(name))}, None
    names = [ast.unparse(one) for one in node.elts] if isinstance(node, ast.List | ast.Tuple) else []
    return {name: found for name in names if (found := source.function(name))}, None
