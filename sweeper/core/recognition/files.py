"""Finds the result files that a source writes: their names in folders that vary, or their fixed paths."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sweeper.core.patterns import lazy
from sweeper.core.recognition.syntax import ParsedFile, attribute

USUAL = ("metrics.json", "metrics.jsonl", "metrics.csv", "all_results.json", "trainer_state.json")
"""Names that cvsweep looks for by itself; a file with any other name must be given by results.file."""
_JOINS = {"join": 2, "joinpath": 1, "Path": 2, "PurePath": 2}
"""Calls that join parts of a path, with their minimum number of arguments."""
_MODE = lazy(r"[bt+]*[wax][bt+]*")
_OF_RESULTS = lazy(r"(?:\./)?[A-Za-z0-9_][\w./-]*\.(?:jsonl?|csv)")
_CONFIGURATION = lazy(r"(?i)config|param|args|setting|option|vocab|token|schema|predict|submission")
_WRITERS = ("write", "save", "dump", "to_", "export")


def preferred(names: Iterable[str]) -> str:
    """Return one of several files, preferably one with a usual name; empty if there are none."""
    return min(names, key=lambda name: _base(name) not in USUAL, default="")


def written_into_folders(source: ParsedFile) -> Iterator[str]:
    """Yield the names of the files that are joined to a folder and then written, in source order."""
    assigned: dict[str, str] = {}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Assign) and (name := _joined(source, node.value)):
            assigned |= {ast.unparse(target): name for target in node.targets}
    for call in source.calls():
        if _writes(source, call):
            for node in ast.walk(call):
                is_name = isinstance(node, ast.Name | ast.Attribute)
                name = assigned.get(ast.unparse(node), "") if is_name else _joined(source, node)
                if name:
                    yield name


def written_in_place(source: ParsedFile) -> Iterator[str]:
    """Yield the relative paths, the same in every run, to which the source writes JSON or CSV files.

    Nothing is yielded for a program that changes its working directory: its relative paths are not known.
    """
    calls = list(source.calls())
    if any(source.name(call.func) == "os.chdir" for call in calls):
        return
    known: dict[str, str] = {}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Assign):
            path = _fixed(source, node.value, known)
            for target in map(ast.unparse, node.targets):
                known[target] = path if known.get(target, path) == path else ""  # assigned different values
    for call in calls:
        if _writes(source, call):
            # The first argument of other calls may be only a part of a path, or no path.
            is_path = attribute(call).startswith(("open", "to_"))
            given = call.args[:1] if is_path else []
            inner = [call.func.value] if isinstance(call.func, ast.Attribute) else []
            for node in (*given, *inner):
                path = _fixed(source, node, known)
                if _OF_RESULTS.fullmatch(path) and not _CONFIGURATION.search(_base(path)):
                    yield path


def _fixed(source: ParsedFile, node: ast.expr, known: Mapping[str, str]) -> str:
    """Return the path that an expression has in every run; empty if that is not certain."""
    if isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node) in known:
        return known[ast.unparse(node)]
    parts: Sequence[ast.expr] = ()
    if isinstance(node, ast.Call) and attribute(node) in ("join", "Path"):
        parts = node.args
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        parts = (node.left, node.right)
    found = [_fixed(source, part, known) for part in parts]
    return source.text(node) if not parts else "/".join(found) if all(found) else ""


def _joined(source: ParsedFile, node: ast.AST) -> str:
    """Return the file's name in an expression that joins it to a folder; empty for any other expression."""
    last: ast.expr | None = None
    if isinstance(node, ast.Call) and len(node.args) >= _JOINS.get(attribute(node), len(node.args) + 1):
        last = node.args[-1]
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Add):
        last = node.right
    elif isinstance(node, ast.JoinedStr) and len(node.values) > 1:
        last = node.values[-1]
    text = source.text(last)
    is_part = not isinstance(node, ast.JoinedStr) or text.startswith("/")
    return _base(text) if is_part and "." in text else ""


def _writes(source: ParsedFile, call: ast.Call) -> bool:
    """Whether a call writes, or opens a file for writing."""
    name = attribute(call)
    if name != "open":
        return name.startswith(_WRITERS)
    modes = [*call.args[:2], *(word.value for word in call.keywords if word.arg == "mode")]
    return any(_MODE.fullmatch(source.text(mode)) for mode in modes)


def _base(name: str) -> str:
    return name.rpartition("/")[2]
