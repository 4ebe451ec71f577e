"""Reader for Hydra apps, whose configuration is in files or in a dataclass."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sweeper.core.recognition.model import Option, Program
from sweeper.core.recognition.signatures import fields, nested
from sweeper.core.recognition.syntax import ParsedFile, attribute, keywords


def read_hydra(source: ParsedFile) -> Program | None:
    """Return a Hydra app; None if the source is not one.

    The options of an app without a folder of configuration files are the fields of its dataclass.
    """
    decorated = [one for one in source.calls() if source.name(one.func) in ("hydra.main", "hydra.main.main")]
    bare = any("hydra.main" in map(source.name, one.decorator_list) for one in source.functions().values())
    if not (decorated or bare):
        return None
    words = dict(zip(("config_path", "config_name"), decorated[0].args, strict=False)) if decorated else {}
    words |= keywords(decorated[0]) if decorated else {}
    folder, name = _path(source, words.get("config_path")), source.text(words.get("config_name"))
    if folder and name:
        return Program("Hydra", app=(folder, name.removesuffix(".yaml")))
    return Program("Hydra", tuple(_structured(source)), style="hydra")


def _path(source: ParsedFile, node: ast.expr | None) -> str:
    """Return the folder; if it is not a literal, its expression, which is not the name of any folder."""
    return source.text(node) or ("" if source.literal(node) or node is None else ast.unparse(node))


def _structured(source: ParsedFile) -> Iterator[Option]:
    """Yield the fields of the dataclass that is stored in Hydra's ConfigStore without a group."""
    for call in source.calls():
        words = keywords(call)
        node = source.classes().get(ast.unparse(words["node"])) if "node" in words else None
        if attribute(call) == "store" and node is not None and "group" not in words:
            for one in nested(source, fields(source, node)):
                if one.name != "defaults":
                    yield one
