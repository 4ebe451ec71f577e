"""Reader for absl: the flags that a module defines."""

from __future__ import annotations

import ast

from sweeper.core.model import Value
from sweeper.core.recognition.model import Option, OptionKind, Program
from sweeper.core.recognition.syntax import Literal, ParsedFile, attribute, keywords

ABSL = {"list": "comma"}
_NOT_ABSL = ("alias", "multi_enum_class", "enum_class")


def read_absl(source: ParsedFile) -> Program | None:
    """Return the flags that `flags.DEFINE_…` calls define; None if there is no such call."""
    calls = [one for one in source.calls() if source.name(one.func).startswith("absl.flags.DEFINE_")]
    if not calls:
        return None
    required = {source.text(one.args[0]) for one in source.calls() if _marks_required(one)}
    options = [_flag(source, call, required) for call in calls if call.args]
    repeats = any(one.kind is OptionKind.REPEATED for one in options)
    lists = any(one.kind is OptionKind.LIST for one in options)
    return Program("absl flags", tuple(options), {"list": "repeat"} if repeats and not lists else ABSL)


def _marks_required(call: ast.Call) -> bool:
    return attribute(call) == "mark_flag_as_required" and bool(call.args)


def _flag(source: ParsedFile, call: ast.Call, required: set[str]) -> Option:
    words, name = keywords(call), source.text(call.args[0])
    what = attribute(call).removeprefix("DEFINE_")
    if what in _NOT_ABSL or not name:
        return Option(name or "?", reason="cvsweep cannot read what kind of flag it is")
    default = call.args[1] if len(call.args) > 1 else words.get("default")
    found = source.literal(default)
    value = found.value if found else None
    kind = OptionKind.VALUE
    if what == "list":
        kind, value = OptionKind.LIST, _listed(value, split=True)
    elif what.startswith("multi_"):
        kind, value = OptionKind.REPEATED, _listed(value, split=False)
    elif what == "spaceseplist" and isinstance(value, list):
        value = " ".join(map(str, value))  # its value is one word of the command line, split at blanks
    needed = name in required or source.literal(words.get("required")) == Literal(True)
    return Option(
        name, kind, value or None if kind is not OptionKind.VALUE else value, found is not None, needed
    )


def _listed(value: Value, *, split: bool) -> Value:
    """Return a default as a list; `split` a string at its commas, as absl does for list flags alone."""
    if isinstance(value, str) and split:
        return list(value.split(",")) if value else []
    return value if value is None or isinstance(value, list) else [value]
