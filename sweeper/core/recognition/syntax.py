"""A parsed Python source: full names by its imports, literals, and calls."""

from __future__ import annotations

import ast
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sweeper.core.model import Value
from sweeper.core.python_syntax import module_syntax

Function = ast.FunctionDef | ast.AsyncFunctionDef
Defined = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_DOES = (ast.Expr, ast.If, ast.For, ast.While, ast.With)


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that the source contains as a literal."""

    value: Value


@dataclass(frozen=True)
class ParsedFile:
    """One parsed file."""

    tree: ast.Module
    imports: Mapping[str, str]
    constants: Mapping[str, Value]
    elsewhere: Mapping[str, Function | ast.ClassDef] = field(default_factory=dict)
    """Functions and classes of other modules of the project."""

    def with_names_of(self, others: Sequence[ParsedFile]) -> ParsedFile:
        """Return a copy with the definitions and imports of other modules.

        It has no constants whose names another module also assigns or imports, since they are ambiguous.
        """
        defined = {
            node.name: node for other in others for node in other.tree.body if isinstance(node, Defined)
        }
        names = {name: full for other in others for name, full in other.imports.items()}
        taken = {name for other in others for name in (*other.constants, *other.imports)}
        constants = {name: value for name, value in self.constants.items() if name not in taken}
        return replace(self, elsewhere=defined, imports={**names, **self.imports}, constants=constants)

    def name(self, node: ast.expr) -> str:
        """Return the full name of what an expression refers to: `c.option` is `click.option`."""
        text = ast.unparse(node)
        first, dot, rest = text.partition(".")
        return f"{self.imports.get(first, first)}{dot}{rest}"

    def literal(self, node: ast.expr | None) -> Literal | None:
        """Return the value of an expression; None if it is no literal and no known constant."""
        if isinstance(node, ast.Name) and node.id in self.constants:
            return Literal(self.constants[node.id])
        return literal(node)

    def text(self, node: ast.expr | None) -> str:
        """Return the string that an expression is; empty if it is no known string."""
        found = self.literal(node)
        return found.value if found and isinstance(found.value, str) else ""

    def calls(self) -> Iterator[ast.Call]:
        """Yield all calls in source order."""
        yield from sorted(_of_type(self.tree, ast.Call), key=lambda call: (call.lineno, call.col_offset))

    def uses(self) -> set[str]:
        """Return the names that the file takes from other modules, without the modules' names."""
        last = {full.rpartition(".")[2] for full in self.imports.values()}
        called = [ast.unparse(call.func).rpartition(".") for call in self.calls()]
        own = {node.name for node in self.tree.body if isinstance(node, Defined)}
        through = {name for first, _, name in called if first.partition(".")[0] in self.imports}
        return (
            last
            | through
            | ({name for first, _, name in called if not first} - own if "*" in last else set())
        )

    def reached_by(self, names: set[str]) -> ParsedFile:
        """Return the part that runs or is called if others import the module and take these names from it."""
        body = [node for node in self.tree.body if not isinstance(node, Defined) and not _is_guard(node)]
        left = [node for node in self.tree.body if isinstance(node, Defined)]
        text = "\n".join([*names, *map(ast.unparse, body)])
        while used := [node for node in left if re.search(rf"\b{node.name}\b", text)]:
            body += used
            left = [node for node in left if node not in used]
            text = "\n".join(map(ast.unparse, used))
        return replace(self, tree=ast.Module(body, []))

    def function(self, name: str) -> Function | None:
        """Return the function with this name, of the module itself or another one; None if there is none."""
        found = self.functions().get(name) or self.elsewhere.get(name)
        return found if isinstance(found, Function) else None

    def functions(self) -> Mapping[str, Function]:
        """Return the functions at the top level of the module itself, by name."""
        return {node.name: node for node in self.tree.body if isinstance(node, Function)}

    def classes(self) -> Mapping[str, ast.ClassDef]:
        """Return all classes, also those of other modules, by name."""
        own = {node.name: node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef)}
        others = {name: node for name, node in self.elsewhere.items() if isinstance(node, ast.ClassDef)}
        return others | own

    def imports_from(self, *packages: str) -> bool:
        """Whether one of these packages, or a part of one, is imported."""
        return any(full.split(".")[0] in packages for full in self.imports.values())

    @property
    def does_something(self) -> bool:
        """Whether the file does more than define names when it is run as a script."""
        return any(isinstance(node, _DOES) and not _is_text(node) for node in self.tree.body)


def parse_source(text: str | bytes) -> ParsedFile | None:
    """Parse a source; None if it is not valid Python."""
    tree = module_syntax(text)
    if tree is None:
        return None
    nodes = list(ast.walk(tree))
    return ParsedFile(tree, dict(_imports(nodes)), dict(_constants(tree, nodes)))


def _is_guard(node: ast.stmt) -> bool:
    """Whether the statement is `if __name__ == "__main__":`."""
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def keywords(call: ast.Call) -> dict[str, ast.expr]:
    """Return the keyword arguments of a call; `**more` has the empty name."""
    return {word.arg or "": word.value for word in call.keywords}


def attribute(call: ast.Call) -> str:
    """Return the name of the method or function that is called."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def literal(node: ast.expr | None) -> Literal | None:
    """Return the value of a literal that can be a parameter; None for any other expression."""
    if node is None:
        return None
    try:
        return Literal(_value(ast.literal_eval(node)))
    except (ValueError, TypeError, MemoryError, RecursionError, SyntaxError):
        return None


def _value(found: object) -> Value:
    """Return a Python literal as a parameter's value; raise ValueError if a configuration cannot hold it."""
    if isinstance(found, list | tuple):
        return [_value(element) for element in found]
    if isinstance(found, str) and ("${" in found or found == "???" or "\0" in found):
        raise ValueError("OmegaConf would read it as a reference")
    if isinstance(found, float) and not math.isfinite(found):
        raise ValueError("no literal")
    if found is None or isinstance(found, bool | int | float | str):
        return found
    raise ValueError("no value of a parameter")


def _of_type(tree: ast.AST, kind: type[ast.Call]) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, kind))


def _imports(nodes: Sequence[ast.AST]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        if isinstance(node, ast.Import):
            for one in node.names:
                yield (one.asname, one.name) if one.asname else (one.name.split(".")[0],) * 2
        elif isinstance(node, ast.ImportFrom):
            for one in node.names:
                yield (
                    one.asname or one.name,
                    f"{'.' * node.level}{node.module + '.' if node.module else ''}{one.name}",
                )


def _constants(tree: ast.Module, nodes: Sequence[ast.AST]) -> Iterator[tuple[str, Value]]:
    """Yield each name that is assigned once in the file, at its top level, to a literal; with its value."""
    stored = Counter(
        node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    )
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            found = literal(node.value)
            if found and isinstance(target, ast.Name) and stored[target.id] == 1:
                yield target.id, found.value
