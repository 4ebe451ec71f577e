"""Reads options from the parameters of functions and the fields of dataclasses."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sweeper.core.recognition.model import Option, OptionKind
from sweeper.core.recognition.syntax import Function, ParsedFile, keywords

_LISTS = ("list", "List", "tuple", "Tuple", "Sequence", "Iterable", "set", "Set")
_OPTIONAL = ("Optional", "typing.Optional")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter or field; `default` is None if it has none."""

    name: str
    annotation: ast.expr | None
    default: ast.expr | None
    keyword_only: bool = False


def parameters(function: Function) -> list[Parameter]:
    """Return the parameters of a function in order, without `self`, `cls`, `*args` and `**kwargs`."""
    given = function.args
    plain = [*given.posonlyargs, *given.args]
    missing = len(plain) - len(given.defaults)
    first = [*([None] * missing), *given.defaults]
    found = [Parameter(one.arg, one.annotation, value) for one, value in zip(plain, first, strict=True)]
    named = zip(given.kwonlyargs, given.kw_defaults, strict=True)
    found += [Parameter(one.arg, one.annotation, value, keyword_only=True) for one, value in named]
    return [one for one in found if one.name not in ("self", "cls")]


def fields(source: ParsedFile, node: ast.ClassDef) -> list[Parameter]:
    """Return the fields of a dataclass, those of its base classes first."""
    found: dict[str, Parameter] = {}
    for base in node.bases:
        inherited = source.classes().get(ast.unparse(base))
        if inherited is not None and inherited is not node:
            found |= {one.name: one for one in fields(source, inherited)}
    for line in node.body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and _is_field(line):
            default = _field_default(source, line.value)
            found[line.target.id] = Parameter(line.target.id, line.annotation, default)
    return list(found.values())


def _is_field(line: ast.AnnAssign) -> bool:
    if ast.unparse(line.annotation).startswith(("ClassVar", "typing.ClassVar")):
        return False
    return not isinstance(line.value, ast.Call) or "init" not in keywords(line.value)


def _field_default(source: ParsedFile, value: ast.expr | None) -> ast.expr | None:
    """Return the default of a field, also one in `field(default=…)` or `field(default_factory=…)`."""
    if not isinstance(value, ast.Call) or source.name(value.func).rpartition(".")[2] not in (
        "field",
        "list_field",
    ):
        return value
    given = keywords(value)
    factory = given.get("default_factory")
    if isinstance(factory, ast.Lambda):
        return factory.body
    if isinstance(factory, ast.Name):
        return ast.List([], ast.Load()) if factory.id == "list" else ast.Call(factory, [], [])
    return factory if factory is not None else given.get("default")


def option(
    source: ParsedFile,
    one: Parameter,
    *,
    boolean: OptionKind = OptionKind.VALUE,
    many: OptionKind = OptionKind.LIST,
) -> Option:
    """Return a parameter as an option; `boolean` and `many` say how its library takes a bool and a list."""
    found = source.literal(one.default)
    value = found.value if found else None
    kind = OptionKind.VALUE
    if kind_of(source, one.annotation) == "bool" or (one.annotation is None and isinstance(value, bool)):
        kind = boolean
    elif kind_of(source, one.annotation) == "list" or isinstance(value, list):
        kind = many
    return Option(one.name, kind, value, one.default is None or found is not None, one.default is None)


def kind_of(source: ParsedFile, annotation: ast.expr | None) -> str:
    """Return the type that an annotation names, without None; `list` for all kinds of sequences and sets."""
    if annotation is None:
        return ""
    if isinstance(annotation, ast.BinOp):
        sides = [side for side in (annotation.left, annotation.right) if ast.unparse(side) != "None"]
        return kind_of(source, sides[0])
    if isinstance(annotation, ast.Subscript):
        if source.name(annotation.value) in _OPTIONAL:
            return kind_of(source, annotation.slice)
        return "list" if source.name(annotation.value).rpartition(".")[2] in _LISTS else ""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return _of_text(annotation.value)
    return "list" if ast.unparse(annotation) in _LISTS else ast.unparse(annotation)


def _of_text(text: str) -> str:
    first = text.partition("[")
    if first[0] in _OPTIONAL:
        return _of_text(first[2].removesuffix("]"))
    return "list" if first[0] in _LISTS else text.partition(" |")[0]


def nested(
    source: ParsedFile, given: list[Parameter], prefix: str = "", **kinds: OptionKind
) -> Iterator[Option]:
    """Yield the options of fields; those of a field that is a dataclass get its name as prefix (`opt.lr`)."""
    for one in given:
        inner = source.classes().get(kind_of(source, one.annotation))
        if inner is not None and len(prefix.split(".")) < 5 and is_dataclass(source, inner):
            yield from nested(source, fields(source, inner), f"{prefix}{one.name}.", **kinds)
        else:
            found = option(source, one, **kinds)
            yield replace(found, name=f"{prefix}{found.name}")


def is_dataclass(source: ParsedFile, node: ast.ClassDef) -> bool:
    """Whether a decorator makes the class a dataclass (of attrs, too)."""
    decorators = (one.func if isinstance(one, ast.Call) else one for one in node.decorator_list)
    return any(source.name(one).rpartition(".")[2] in ("dataclass", "define", "frozen") for one in decorators)
